// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a token claims, read so that a value of another kind than expected is no value. */
record Claims(Map<String, Object> all) {
    /** How far apart clocks may be. */
    static final Duration SKEW = Duration.ofSeconds(60);

    private static final long LAST_SECOND = 253_402_300_799L; // the end of the year 9999

    Optional<String> text(String name) {
        return all.get(name) instanceof String value && !value.isEmpty() ? Optional.of(value) : Optional.empty();
    }

    /** Seconds since 1970, as JWT has it; empty when it is not there. */
    Optional<Instant> time(String name) {
        if (!all.containsKey(name)) {
            return Optional.empty();
        }
        if (all.get(name) instanceof Number number
                && number.doubleValue() >= 0
                && number.doubleValue() <= LAST_SECOND) {
            return Optional.of(Instant.ofEpochSecond(number.longValue()));
        }
        throw new Untrusted(Refusal.FORM, name + " is no time");
    }

    /** One text or a list of them. */
    List<String> texts(String name) {
        return texts(all.get(name));
    }

    private static List<String> texts(Object value) {
        if (value instanceof String one) {
            return List.of(one);
        }
        List<String> texts = new ArrayList<>();
        if (value instanceof List<?> several) {
            for (Object one : several) {
                if (one instanceof String text) {
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    /** By a name of the settings: a claim, or a member of one. */
    Optional<Object> named(String path) {
        if (all.containsKey(path)) {
            return Optional.ofNullable(all.get(path));
        }
        Object at = all;
        for (String step : path.split("\\.", -1)) {
            if (!(at instanceof Map<?, ?> members) || !members.containsKey(step)) {
                return Optional.empty();
            }
            at = members.get(step);
        }
        return Optional.ofNullable(at);
    }

    Optional<String> namedText(String path) {
        return named(path)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(text -> !text.isBlank());
    }

    List<String> namedTexts(String path) {
        return named(path).map(Claims::texts).orElse(List.of());
    }

    // ------------------------------------------------------------------ what ID tokens and logout tokens have in
    // common

    void issuedBy(String issuer) {
        if (!issuer.equals(all.get("iss"))) {
            throw new Untrusted(Refusal.TOKEN_ISSUER, String.valueOf(all.get("iss")));
        }
    }

    void issuedTo(String client) {
        List<String> audience = texts("aud");
        if (!audience.contains(client)) {
            throw new Untrusted(Refusal.AUDIENCE, String.join(" ", audience));
        }
        boolean needed = audience.size() > 1 || all.containsKey("azp");
        if (needed && !client.equals(all.get("azp"))) {
            throw new Untrusted(Refusal.PARTY, String.valueOf(all.get("azp")));
        }
    }

    void goodAt(Clock clock) {
        Instant now = clock.instant();
        Instant expires = time("exp").orElseThrow(() -> new Untrusted(Refusal.EXPIRED, "exp is missing"));
        if (!now.isBefore(expires.plus(SKEW))) {
            throw new Untrusted(Refusal.EXPIRED, "at " + expires);
        }
        Instant issued = time("iat").orElseThrow(() -> new Untrusted(Refusal.FUTURE, "iat is missing"));
        Instant from = time("nbf").filter(issued::isBefore).orElse(issued);
        if (now.plus(SKEW).isBefore(from)) {
            throw new Untrusted(Refusal.FUTURE, "of " + from);
        }
    }
}
