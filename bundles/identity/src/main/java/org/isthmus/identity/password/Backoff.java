// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Makes guessing slow: after some failures each further one doubles a pause. Counted for an account at one address, for
 * an account from anywhere (late and short, so that a stranger cannot lock somebody out) and for an address.
 *
 * <p>In memory, each controller for itself. Accounts that do not exist are treated like those that do.
 */
@Component(service = Backoff.class)
public final class Backoff {
    /** Failures older than this are forgotten. */
    private static final Duration MEMORY = Duration.ofMinutes(15);

    private static final int MOST_KEPT = 20_000;

    private final Clock clock;
    private final Map<Key, Failures> failures = new LinkedHashMap<>(256, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Failures> eldest) {
            return size() > MOST_KEPT;
        }
    };

    private enum Kind {
        ACCOUNT_AT_ADDRESS(5, Duration.ofMinutes(5)),
        ACCOUNT(25, Duration.ofSeconds(30)),
        /** A whole company may share one address: people who mistype must not shut out the rest. */
        ADDRESS(200, Duration.ofSeconds(30)),
        /** Codes of an account from anywhere: only who knows its password comes to give one, so nobody else locks it. */
        CODE(10, Duration.ofMinutes(14));

        private final int free;
        private final Duration longest;

        Kind(int free, Duration longest) {
            this.free = free;
            this.longest = longest;
        }

        Duration pause(int failed) {
            if (failed < free) {
                return Duration.ZERO;
            }
            Duration pause = Duration.ofSeconds(1L << Math.min(failed - free, 20));
            return pause.compareTo(longest) < 0 ? pause : longest;
        }
    }

    private record Key(Kind kind, String account, String address) {}

    private record Failures(int count, Instant last) {}

    @Activate
    public Backoff(@Reference Clock clock) {
        this.clock = clock;
    }

    /** How much longer to wait before an attempt is looked at; empty when it may be made now. */
    public synchronized Optional<Duration> pause(String account, String address) {
        return pause(keys(account, address));
    }

    /** The same for the code of a second factor, once the password was right. */
    public synchronized Optional<Duration> codePause(String account) {
        return pause(List.of(new Key(Kind.CODE, account, "")));
    }

    /** The same where no account is named: a provider's answers, for an address. */
    public synchronized Optional<Duration> pause(String address) {
        return pause(List.of(new Key(Kind.ADDRESS, "", address)));
    }

    private Optional<Duration> pause(List<Key> keys) {
        Instant now = clock.instant();
        Optional<Duration> longest = Optional.empty();
        for (Key key : keys) {
            Failures known = failures.get(key);
            if (known == null) {
                continue;
            }
            Duration pause = key.kind.pause(known.count);
            Duration until = Duration.between(now, known.last.plus(pause));
            // never longer than the pause, also when the clock was set back
            Duration left = until.compareTo(pause) < 0 ? until : pause;
            if (left.compareTo(longest.orElse(Duration.ZERO)) > 0) {
                longest = Optional.of(left);
            }
        }
        return longest;
    }

    public synchronized void failed(String account, String address) {
        failed(keys(account, address));
    }

    public synchronized void failed(String address) {
        failed(List.of(new Key(Kind.ADDRESS, "", address)));
    }

    /** A wrong code counts like a wrong password, and besides with all codes of the account. */
    public synchronized void failedCode(String account, String address) {
        failed(keys(account, address));
        failed(List.of(new Key(Kind.CODE, account, "")));
    }

    private void failed(List<Key> keys) {
        Instant now = clock.instant();
        for (Key key : keys) {
            failures.merge(
                    key,
                    new Failures(1, now),
                    (known, one) -> known.last.plus(MEMORY).isBefore(now) ? one : new Failures(known.count + 1, now));
        }
    }

    /** Forgets the account's failures, not the address's: one good account does not pay for guessing others. */
    public synchronized void succeeded(String account, String address) {
        failures.remove(new Key(Kind.ACCOUNT_AT_ADDRESS, account, address));
        failures.remove(new Key(Kind.ACCOUNT, account, ""));
        failures.remove(new Key(Kind.CODE, account, ""));
    }

    private static List<Key> keys(String account, String address) {
        return List.of(
                new Key(Kind.ACCOUNT_AT_ADDRESS, account, address),
                new Key(Kind.ACCOUNT, account, ""),
                new Key(Kind.ADDRESS, "", address));
    }
}
