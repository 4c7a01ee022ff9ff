// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.identity.SettableClock;
import org.junit.jupiter.api.Test;

final class BackoffTest {
    private final SettableClock clock = new SettableClock();
    private final Backoff backoff = new Backoff(clock);

    private void fail(int times, String account, String address) {
        for (int i = 0; i < times; i++) {
            backoff.failed(account, address);
        }
    }

    private Optional<Duration> pause(String account, String address) {
        return backoff.pause(account, address);
    }

    @Test
    void someFailuresAreFreeThenThePauseDoublesToALimit() {
        fail(4, "anna@acme", "192.0.2.1");
        assertEquals(Optional.empty(), pause("anna@acme", "192.0.2.1"));

        fail(1, "anna@acme", "192.0.2.1");
        assertEquals(Optional.of(Duration.ofSeconds(1)), pause("anna@acme", "192.0.2.1"));

        fail(3, "anna@acme", "192.0.2.1");
        assertEquals(Optional.of(Duration.ofSeconds(8)), pause("anna@acme", "192.0.2.1"));

        fail(40, "anna@acme", "192.0.2.1");
        assertEquals(Optional.of(Duration.ofMinutes(5)), pause("anna@acme", "192.0.2.1"));
    }

    @Test
    void aStrangerCannotLockSomebodyOutForLong() {
        for (int i = 0; i < 200; i++) {
            fail(1, "anna@acme", "198.51.100." + i);
        }

        assertTrue(pause("anna@acme", "192.0.2.1").orElseThrow().compareTo(Duration.ofSeconds(30)) <= 0);
    }

    @Test
    void anAddressThatGuessesManyAccountsIsSlowed() {
        for (int i = 0; i < 200; i++) {
            fail(1, "user" + i + "@acme", "192.0.2.66");
        }

        assertTrue(pause("somebody-else@acme", "192.0.2.66").isPresent());
        assertEquals(Optional.empty(), pause("somebody-else@acme", "192.0.2.67"));
    }

    @Test
    void aRightPasswordForgetsTheAccountsFailuresButNotTheAddresses() {
        fail(200, "anna@acme", "192.0.2.1");
        backoff.succeeded("anna@acme", "192.0.2.1");

        assertEquals(Optional.empty(), pause("anna@acme", "192.0.2.2"));
        assertTrue(pause("bert@acme", "192.0.2.1").isPresent());
    }

    @Test
    void failuresAreForgottenAfterAQuarterOfAnHour() {
        fail(10, "anna@acme", "192.0.2.1");
        clock.pass(Duration.ofMinutes(16));
        fail(1, "anna@acme", "192.0.2.1");

        assertEquals(Optional.empty(), pause("anna@acme", "192.0.2.1"));
    }
}
