// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The only exception that passes through the API: a refusal or a failure with its type, what happened and what to do.
 * Below 500 it carries no stack trace.
 */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ProblemType type;
    private final transient List<FieldError> errors;
    private final transient Map<String, Object> extra;
    private final transient Optional<Duration> retryAfter;

    /**
     * A problem.
     *
     * @param detail what happened and what to do
     * @param errors per field, may be empty
     * @param extra further members of the problem document: texts, numbers, lists and maps of those
     * @param retryAfter when asking again makes sense
     */
    public ProblemException(
            ProblemType type,
            String detail,
            List<FieldError> errors,
            Map<String, Object> extra,
            Optional<Duration> retryAfter) {
        super(detail, null, false, type.status() >= 500);
        this.type = Objects.requireNonNull(type, "type");
        this.errors = List.copyOf(errors);
        this.extra = Map.copyOf(extra);
        this.retryAfter = retryAfter;
    }

    public ProblemType type() {
        return type;
    }

    public List<FieldError> errors() {
        return errors;
    }

    public Map<String, Object> extra() {
        return extra;
    }

    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /** The same problem with several field errors. */
    public ProblemException with(List<FieldError> fields) {
        return new ProblemException(type, getMessage(), fields, extra, retryAfter);
    }

    /** The same problem with one more member. */
    public ProblemException with(String member, Object value) {
        Map<String, Object> more = new java.util.LinkedHashMap<>(extra);
        more.put(member, value);
        return new ProblemException(type, getMessage(), errors, more, retryAfter);
    }

    /**
     * What is wrong with one field, or against which policy it is.
     *
     * @param pointer RFC 6901; empty where it is nothing that was sent, or all of it
     * @param policy its name, such as {@code allowedLocations}, as the two below only where a policy is in the way
     * @param owner whose policy it is: the organization's name
     */
    public record FieldError(
            String pointer,
            String detail,
            Optional<String> policy,
            Optional<String> owner,
            Optional<ChangeableBy> changeableBy) {
        /** One that no policy is behind. */
        public FieldError(String pointer, String detail) {
            this(pointer, detail, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /**
     * Who can change something: whoever has this right there.
     *
     * @param action such as {@code policy.set}
     * @param organization its name
     */
    public record ChangeableBy(String action, String organization) {}
}
