// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.fake;

import java.lang.reflect.Field;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.ClientPrincipal;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Candidate;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.impl.action.command.DefaultActionPreparator;
import org.apache.karaf.shell.support.CommandException;
import org.isthmus.shell.Services;

/** Somebody at a shell: words are read into commands by Karaf's own code. At the local console unless said otherwise. */
public final class Typist {
    public final FakeSession session = new FakeSession();
    private final Services services;
    private Subject subject = atTheConsole();

    public Typist(Services services) {
        this.services = services;
    }

    /** As Karaf makes it for its console in the foreground. */
    public static Subject atTheConsole() {
        Subject subject = new Subject();
        subject.getPrincipals().add(new ClientPrincipal("local", "localhost"));
        return subject;
    }

    public Typist as(Subject somebody) {
        subject = somebody;
        return this;
    }

    /** Types a command; what it printed. */
    public String type(Class<? extends Action> command, String... words) throws Exception {
        Action action = command.getConstructor().newInstance();
        given(action);
        if (!new DefaultActionPreparator().prepare(action, session, List.of((Object[]) words))) {
            throw new IllegalArgumentException("Karaf printed help instead");
        }
        doAs(action::execute);
        return session.printed();
    }

    /** Types a command that fails; what is shown of that. */
    public String fail(Class<? extends Action> command, String... words) throws Exception {
        try {
            String printed = type(command, words);
            throw new AssertionError("It should have failed, and printed: " + printed);
        } catch (CommandException refused) {
            return refused.getNiceHelp();
        }
    }

    /** Presses TAB at the end of this line. */
    public List<String> tab(Class<? extends Completer> offer, String... words) throws Exception {
        Completer completer = offer.getConstructor().newInstance();
        given(completer);
        List<Candidate> found = new java.util.ArrayList<>();
        doAs(() -> {
            completer.completeCandidates(session, line(words), found);
            return null;
        });
        return found.stream()
                .map(candidate -> candidate.value() + (candidate.complete() ? " " : ""))
                .toList();
    }

    private void doAs(PrivilegedExceptionAction<Object> work) throws Exception {
        try {
            Subject.doAs(subject, work);
        } catch (java.security.PrivilegedActionException e) {
            throw e.getException();
        }
    }

    private void given(Object command) throws IllegalAccessException {
        for (Class<?> type = command.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.isAnnotationPresent(Reference.class)) {
                    field.setAccessible(true);
                    field.set(command, field.getType() == Session.class ? session : services);
                }
            }
        }
    }

    private static CommandLine line(String... words) {
        String last = words[words.length - 1];
        return new CommandLine() {
            @Override
            public int getCursorArgumentIndex() {
                return words.length - 1;
            }

            @Override
            public String getCursorArgument() {
                return last;
            }

            @Override
            public int getArgumentPosition() {
                return last.length();
            }

            @Override
            public String[] getArguments() {
                return words.clone();
            }

            @Override
            public int getBufferPosition() {
                return getBuffer().length();
            }

            @Override
            public String getBuffer() {
                return String.join(" ", words);
            }
        };
    }
}
