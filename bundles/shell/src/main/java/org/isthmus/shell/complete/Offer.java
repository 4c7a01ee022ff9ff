// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.complete;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Candidate;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.model.Ids;
import org.isthmus.shell.Services;
import org.isthmus.shell.login.Asker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One kind of thing to offer. */
public abstract class Offer implements Completer {
    private static final Logger LOG = LoggerFactory.getLogger(Offer.class);

    @Reference
    private Services services;

    /** The words that fit; those that do not begin as typed are dropped afterwards. */
    protected abstract Stream<String> words(Line line);

    /** True when more must be typed after a word, as after {@code name=}. */
    protected boolean open(String word) {
        return word.endsWith("=");
    }

    @Override
    public final void completeCandidates(Session session, CommandLine typed, List<Candidate> candidates) {
        if (typed.getArguments().length == 1) {
            // Karaf asks whether an earlier argument is right before it offers the next, and shows nothing but that
            // one:
            // whether it is right is for the command to say.
            candidates.add(new Candidate(typed.getArguments()[0], true));
            return;
        }
        String begun = typed.getCursorArgument() == null
                ? ""
                : typed.getCursorArgument().substring(0, typed.getArgumentPosition());
        try {
            words(new Line(services, session, typed))
                    .filter(word -> word.startsWith(begun))
                    .distinct()
                    .sorted()
                    .forEach(word -> candidates.add(new Candidate(word, !open(word))));
        } catch (ProblemException | IllegalArgumentException nothingToOffer) {
            LOG.debug("No completion: {}", nothingToOffer.getMessage());
        }
    }

    @Override
    public final int complete(Session session, CommandLine typed, List<String> candidates) {
        List<Candidate> found = new ArrayList<>();
        completeCandidates(session, typed, found);
        found.forEach(candidate -> candidates.add(candidate.value() + (candidate.complete() ? " " : "")));
        return typed.getBufferPosition() - typed.getArgumentPosition();
    }

    /** What was typed so far, and the services to look things up. */
    public static final class Line {
        private final Services services;
        private final Asker asker;
        private final List<String> arguments;

        Line(Services services, Session session, CommandLine typed) {
            this.services = services;
            this.asker = new Asker(services, session);
            this.arguments = Arrays.asList(typed.getArguments());
        }

        /** What a service knows; nothing while it, the store or identity is away. */
        public <S, R> Optional<R> with(Class<S> type, BiFunction<? super S, Caller, ? extends R> work) {
            return services.present(Ids.class) && services.present(type)
                    ? Optional.of(asker.with(type, work))
                    : Optional.empty();
        }

        /** The organization meant. */
        public Ref organization() {
            return asker.organization(
                    after("-o").or(() -> after("--organization")).orElse(null));
        }

        /** The first of these words that was typed: arguments are told apart by what they name. */
        public Optional<String> typed(List<String> known) {
            return arguments.stream().skip(1).filter(known::contains).findFirst();
        }

        private Optional<String> after(String option) {
            int at = arguments.indexOf(option);
            return at >= 0 && at + 1 < arguments.size() ? Optional.of(arguments.get(at + 1)) : Optional.empty();
        }
    }
}
