// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The keys providers publish. A token signed by one that is not known makes them be read anew, at most every ten seconds: so a new
 * key works at once, and tokens of strangers make no flood. A key that is no longer published is forgotten within the hour.
 */
final class KeySets {
    private static final Duration GOOD_FOR = Duration.ofMinutes(30);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
    private static final int MOST_KEYS = 100;
    private static final int LEAST_RSA_BITS = 2048;

    private final Wire wire;
    private final Kept<List<JWK>> kept;

    KeySets(Wire wire, Clock clock) {
        this.wire = wire;
        this.kept = new Kept<>(clock, GOOD_FOR, AFTER_FAILURE);
    }

    /** The one key that may have signed under this header. Nothing in the header itself is a key, or leads to one. */
    JWK signer(URI set, JWSHeader header) {
        List<JWK> fit = fitting(kept.get(set.toString(), () -> read(set)), header);
        if (fit.isEmpty()) {
            fit = fitting(kept.renewed(set.toString(), BETWEEN_LOOKS, () -> read(set)), header);
        }
        if (fit.size() != 1) {
            throw new Untrusted(Refusal.KEY, fit.size() + " keys fit kid " + header.getKeyID());
        }
        return fit.get(0);
    }

    private static List<JWK> fitting(List<JWK> keys, JWSHeader header) {
        JWSAlgorithm algorithm = header.getAlgorithm();
        return keys.stream()
                .filter(key -> KeyType.forAlgorithm(algorithm).equals(key.getKeyType()))
                .filter(key -> key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm))
                .filter(key -> header.getKeyID() == null || header.getKeyID().equals(key.getKeyID()))
                .toList();
    }

    private List<JWK> read(URI set) {
        Wire.Fetched answer = wire.get(set, Map.of("Accept", "application/jwk-set+json, application/json"));
        if (answer.status() != 200) {
            throw new Untrusted(Refusal.ANSWER, "keys: status " + answer.status());
        }
        if (!(answer.json(Refusal.ANSWER).get("keys") instanceof List<?> listed) || listed.size() > MOST_KEYS) {
            throw new Untrusted(Refusal.ANSWER, "no list of keys, or more than " + MOST_KEYS);
        }
        List<JWK> usable = new ArrayList<>();
        for (Object one : listed) {
            if (one instanceof Map<?, ?> members) {
                parsed(members).filter(KeySets::usable).ifPresent(usable::add);
            }
        }
        return List.copyOf(usable);
    }

    /** A key of a kind we do not know is none of ours. */
    private static java.util.Optional<JWK> parsed(Map<?, ?> members) {
        try {
            Map<String, Object> named = new java.util.HashMap<>();
            members.forEach((name, value) -> named.put(String.valueOf(name), value));
            return java.util.Optional.of(JWK.parse(named));
        } catch (ParseException | IllegalArgumentException e) {
            return java.util.Optional.empty();
        }
    }

    private static boolean usable(JWK key) {
        return key instanceof AsymmetricJWK
                && (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (!key.getKeyType().equals(KeyType.RSA) || key.size() >= LEAST_RSA_BITS);
    }
}
