// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A kind of refusal or failure, as clients can rely on it (RFC 9457). Each domain has one enum of these; each constant is
 * in the problem catalogue of the documentation.
 */
public interface ProblemType {
    /** The stable last part of the type's address: {@code server-name-taken}. */
    String slug();

    /** The HTTP status. */
    int status();

    /** A short summary, the same for every occurrence. */
    String title();

    /** What it means and what to do about it, for the catalogue. */
    String help();

    /** The problem with what happened and what to do, in sentences. Format as {@link String#format}. */
    default ProblemException because(String detail, Object... arguments) {
        return new ProblemException(
                this,
                arguments.length == 0 ? detail : String.format(Locale.ROOT, detail, arguments),
                List.of(),
                Map.of(),
                Optional.empty());
    }

    /** The problem for one field of what was sent; the pointer is RFC 6901, as in {@code /disks/0/sizeGiB}. */
    default ProblemException at(String pointer, String detail) {
        return new ProblemException(
                this, detail, List.of(new ProblemException.FieldError(pointer, detail)), Map.of(), Optional.empty());
    }

    /** The problem, with when trying again makes sense. */
    default ProblemException retryAfter(Duration pause, String detail) {
        return new ProblemException(this, detail, List.of(), Map.of(), Optional.of(pause));
    }
}
