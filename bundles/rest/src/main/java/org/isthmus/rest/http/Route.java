// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One row of the table that is served and published.
 *
 * @param id stable name of the operation, for clients made from the OpenAPI document
 * @param group the heading it stands under in the document
 * @param command the command it submits, for a change
 * @param body the record of its JSON body
 * @param view what is shown: {@code fields} trims its members
 * @param answers what it answers when it goes well
 */
public record Route(
        Verb verb,
        PathPattern path,
        String id,
        String group,
        String summary,
        Guard guard,
        Optional<Class<?>> command,
        Optional<Class<?>> body,
        Optional<Class<?>> view,
        List<Parameter> parameters,
        Set<Trait> traits,
        List<Answer> answers,
        Handler handler) {
    public Route {
        parameters = List.copyOf(parameters);
        traits = Set.copyOf(traits);
        answers = List.copyOf(answers);
    }

    /** What else goes for a route. */
    public enum Trait {
        /** {@code limit}, {@code cursor} and the filters. */
        LIST,
        /** {@code tag}. */
        TAGS,
        /** {@code fields}, and ETag when the view has a version. */
        FIELDS,
        /** {@code dryRun}. */
        DRY_RUN,
        /** Idempotency-Key. */
        REPLAY,
        /** Prefer: wait. */
        WAIT,
        /** If-Match is needed. */
        VERSIONED,
        /** The body may be left out. */
        BODY_OPTIONAL,
        /** The body is any bytes, read by the handler. */
        BYTES,
        /** The body is a form as browsers send it, read by the handler. */
        FORM,
        /** What else comes in its query is left alone, as OAuth 2.0 has it. */
        ANY_PARAMETERS,
        /** Allowed while the password must be changed. */
        BEFORE_PASSWORD_CHANGE,
        /** Belongs to logging in: it is there also where the policy wants everything else used through a VPN. */
        WITHOUT_VPN
    }

    /** Does the work. */
    @FunctionalInterface
    public interface Handler {
        Reply handle(Call call) throws IOException;
    }

    /**
     * One way it may answer.
     *
     * @param type of the body, when there is one
     * @param page the body is a page of these
     */
    public record Answer(int status, String about, Optional<Type> type, boolean page, String mediaType) {
        public static final String JSON = "application/json";

        static Answer json(int status, String about, Type type) {
            return new Answer(status, about, Optional.of(type), false, JSON);
        }

        static Answer none(int status, String about) {
            return new Answer(status, about, Optional.empty(), false, "");
        }
    }

    public boolean has(Trait trait) {
        return traits.contains(trait);
    }

    /** How this part of the API speaks. */
    public Manner manner() {
        return Manner.of(path.text());
    }

    /** What kind of thing it is about: the last named part of its path, or the first word of it. */
    String subject() {
        List<String> names = path.names();
        return names.isEmpty() ? "request" : names.get(names.size() - 1);
    }
}
