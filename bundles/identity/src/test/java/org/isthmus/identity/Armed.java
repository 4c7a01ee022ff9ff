// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Users.BeginTotp;
import org.isthmus.api.identity.Users.ConfirmTotp;
import org.isthmus.api.identity.Users.TotpBegun;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.identity.factor.Totp;
import org.isthmus.model.Secret;

/**
 * Somebody with a second factor, and the device in hand.
 *
 * @param caller in the session in which it was confirmed
 */
record Armed(Estate estate, Estate.Customer customer, Caller caller, Secret secret, List<Secret> recoveryCodes) {
    /** A new person who has given it to themself. */
    static Armed of(Estate estate, Estate.Customer customer, String username, String... roles) {
        return of(estate, customer, estate.person(customer, username, roles));
    }

    static Armed of(Estate estate, Estate.Customer customer, Caller caller) {
        Ref self = Ref.of(caller.user().orElseThrow());
        TotpBegun begun = estate.submit(caller, new BeginTotp(customer.ref(), self));
        Secret code =
                new Secret(Totp.code(begun.secret().reveal(), estate.clock().instant()));
        TotpConfirmed confirmed = estate.submit(caller, new ConfirmTotp(customer.ref(), self, code));
        return new Armed(estate, customer, caller, begun.secret(), confirmed.recoveryCodes());
    }

    String username() {
        return caller.username();
    }

    Ref ref() {
        return Ref.of(caller.user().orElseThrow());
    }

    /** What the device shows, after enough time that it was not shown before. */
    Secret next() {
        estate.clock().pass(Duration.ofSeconds(30));
        return shown();
    }

    Secret shown() {
        return new Secret(Totp.code(secret.reveal(), estate.clock().instant()));
    }

    /** Six digits that the device shows neither now nor soon. */
    Secret wrong() {
        Instant now = estate.clock().instant();
        List<String> near = LongStream.rangeClosed(-2, 40)
                .mapToObj(steps -> Totp.code(secret.reveal(), now.plusSeconds(30 * steps)))
                .toList();
        return new Secret(List.of("123456", "654321", "111111").stream()
                .filter(code -> !near.contains(code))
                .findFirst()
                .orElseThrow());
    }

    /** A new session, with the next code. */
    Caller login() {
        Secret bearer = estate.identity()
                .logins()
                .login(username(), Estate.PASSWORD, Optional.of(next()), Estate.origin())
                .token();
        return estate.identity().logins().caller(bearer, Estate.origin());
    }
}
