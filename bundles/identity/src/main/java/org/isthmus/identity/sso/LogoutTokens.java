// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tokens by which a provider ends sessions (OpenID Connect Back-Channel Logout 1.0). */
final class LogoutTokens {
    private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";
    private static final Set<String> TYPES = Set.of("logout+jwt", "jwt");
    /** Older ones are refused, so that nobody has to remember longer which were used. */
    static final Duration LONGEST = Duration.ofMinutes(10);

    private final Discovery discovery;
    private final SignedTokens tokens;
    private final Memory memory;
    private final Clock clock;

    LogoutTokens(Discovery discovery, SignedTokens tokens, Memory memory, Clock clock) {
        this.discovery = discovery;
        this.tokens = tokens;
        this.memory = memory;
        this.clock = clock;
    }

    /**
     * Whose sessions end: those of the provider's session, or all of the subject.
     *
     * @param id good once, and remembered until then
     */
    record Logout(Optional<String> subject, Optional<String> session, String id, Instant until) {}

    /** What a token says. It is not used up by that: see {@link #use}. */
    Logout logout(Provider provider, String token) {
        Metadata metadata = discovery.of(provider.issuer());
        Claims claims = new Claims(tokens.open(token, metadata.keys(), TYPES).claims());
        claims.issuedBy(metadata.issuer());
        claims.issuedTo(provider.client());
        claims.goodAt(clock);
        Instant issued = claims.time("iat").orElseThrow();
        if (issued.plus(LONGEST).isBefore(clock.instant())) {
            throw new Untrusted(Refusal.OLD, "of " + issued);
        }
        if (!(claims.all().get("events") instanceof Map<?, ?> events) || !(events.get(EVENT) instanceof Map<?, ?>)) {
            throw new Untrusted(Refusal.PURPOSE, "it tells of no logout");
        }
        if (claims.all().containsKey("nonce")) {
            throw new Untrusted(Refusal.PURPOSE, "it has a nonce, as ID tokens have");
        }
        Optional<String> subject = bounded(claims, "sub");
        Optional<String> session = bounded(claims, "sid").filter(text -> text.length() <= CodeFlow.MOST_SESSION);
        if (subject.isEmpty() && session.isEmpty()) {
            throw new Untrusted(Refusal.SUBJECT, "neither sub nor sid");
        }
        String id = bounded(claims, "jti").orElseThrow(() -> new Untrusted(Refusal.REPLAYED, "jti is missing"));
        return new Logout(subject, session, id, issued.plus(LONGEST).plus(Claims.SKEW));
    }

    /** Uses it up, in the transaction that does what it says: when that fails, the provider may come with it again. */
    void use(Provider provider, Logout logout) {
        if (!memory.firstUse(provider.key(), logout.id(), logout.until())) {
            throw new Untrusted(Refusal.REPLAYED, logout.id());
        }
    }

    private static Optional<String> bounded(Claims claims, String name) {
        return claims.text(name).filter(text -> text.length() <= 255);
    }
}
