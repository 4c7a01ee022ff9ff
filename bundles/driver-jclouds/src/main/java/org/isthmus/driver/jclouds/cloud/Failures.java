// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.jclouds.http.HttpResponseException;
import org.jclouds.rest.AuthorizationException;
import org.jclouds.rest.InsufficientResourcesException;
import org.jclouds.rest.ResourceNotFoundException;
import org.jclouds.rest.RetryAfterException;

/**
 * What a provider throws, in our words: the kind, and the first line of what the cloud said, without the credential.
 * Causes are left behind, because a request's text may hold what must not be shown.
 */
public final class Failures {
    private static final int LONGEST = 300;
    private static final Pattern WORDS =
            Pattern.compile("\"message\"\\s*:\\s*\"([^\"]+)\"|code='([^']*)', message='([^']*)'");

    private final String credential;
    private final Function<Throwable, Optional<Kind>> provider;

    /** @param provider knows kinds by exceptions of its own; empty for others */
    public Failures(String credential, Function<Throwable, Optional<Kind>> provider) {
        this.credential = credential;
        this.provider = provider;
    }

    /** The exception to throw. */
    public DriverException said(String what, Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof DriverException ours) {
                return ours;
            }
        }
        Kind kind = kind(thrown);
        return new DriverException(kind, begin(kind, what) + text(thrown));
    }

    private static String begin(Kind kind, String what) {
        return switch (kind) {
            case DENIED -> "The cloud refuses the identity or its rights to " + what + ": ";
            case UNAVAILABLE -> "The cloud cannot be reached to " + what + ": ";
            case THROTTLED -> "The cloud wants fewer calls, and did not " + what + ": ";
            default -> "The cloud did not " + what + ": ";
        };
    }

    private Kind kind(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            Optional<Kind> known = provider.apply(cause);
            if (known.isPresent()) {
                return known.orElseThrow();
            }
        }
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            Optional<Kind> known = known(cause);
            if (known.isPresent()) {
                return known.orElseThrow();
            }
        }
        return Kind.BROKEN;
    }

    private static Optional<Kind> known(Throwable cause) {
        if (cause instanceof AuthorizationException) {
            return Optional.of(mentionsQuota(cause) ? Kind.NO_CAPACITY : Kind.DENIED);
        }
        if (cause instanceof InsufficientResourcesException) {
            return Optional.of(Kind.NO_CAPACITY);
        }
        if (cause instanceof RetryAfterException) {
            return Optional.of(Kind.THROTTLED);
        }
        if (cause instanceof ResourceNotFoundException) {
            return Optional.of(Kind.NOT_FOUND);
        }
        if (cause instanceof HttpResponseException answer) {
            return Optional.of(
                    answer.getResponse() == null
                            ? Kind.UNAVAILABLE
                            : ofStatus(answer.getResponse().getStatusCode(), mentionsQuota(answer)));
        }
        if (cause instanceof IOException
                || cause instanceof TimeoutException
                || cause instanceof InterruptedException) {
            return Optional.of(Kind.UNAVAILABLE);
        }
        if (cause instanceof UnsupportedOperationException || cause instanceof IllegalArgumentException) {
            return Optional.of(Kind.INVALID);
        }
        return Optional.empty();
    }

    /** OpenStack says 403 when a quota is exceeded, and some clouds 400 or 413. */
    private static boolean mentionsQuota(Throwable cause) {
        return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("quota exceeded");
    }

    private static Kind ofStatus(int status, boolean quota) {
        if (quota) {
            return Kind.NO_CAPACITY;
        }
        return switch (status) {
            case 401, 403 -> Kind.DENIED;
            case 404, 410 -> Kind.NOT_FOUND;
            case 409, 412 -> Kind.CONFLICT;
            case 413, 429 -> Kind.THROTTLED;
            case 407, 408 -> Kind.UNAVAILABLE;
            default -> status >= 500 || status < 400 ? Kind.UNAVAILABLE : Kind.INVALID;
        };
    }

    /** The innermost message that says something, on one line; of an answer what it says for people. */
    private String text(Throwable thrown) {
        String found = thrown.getClass().getSimpleName();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                boolean bare = cause instanceof IOException || cause instanceof HttpResponseException;
                found = (bare ? cause.getClass().getSimpleName() + ": " : "") + cause.getMessage();
            }
        }
        Matcher words = WORDS.matcher(found);
        int status = status(thrown);
        if (!words.find()) {
            return clean(found);
        }
        String said = words.group(1) != null ? words.group(1) : words.group(2) + ", " + words.group(3);
        return clean((status == 0 ? "" : "HTTP " + status + ": ") + said);
    }

    /** The HTTP status the cloud answered with, however the provider wrapped it; 0 when it is about no answer. */
    public static int status(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpResponseException answer && answer.getResponse() != null) {
                return answer.getResponse().getStatusCode();
            }
        }
        return 0;
    }

    /** One line of what somebody else wrote, without the credential. */
    public String clean(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        if (!credential.isEmpty()) {
            line = line.replace(credential, "***");
        }
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
