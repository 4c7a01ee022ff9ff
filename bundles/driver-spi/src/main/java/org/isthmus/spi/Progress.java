// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * The answer to a {@link Call}: done with a result, or under way. The host repeats the same call with the same token until
 * it is {@link Done}; there is no poll method and no callback.
 */
public sealed interface Progress<T> {
    static <T> Progress<T> done(T result) {
        return new Done<>(result);
    }

    static Progress<Void> done() {
        return new Done<>(null);
    }

    static <T> Progress<T> pending(String memo, Duration askAgainAfter) {
        return new Pending<>(memo, askAgainAfter, -1);
    }

    /** The wish is fulfilled. Asked again with the same token, the driver gives an equal result. */
    record Done<T>(T result) implements Progress<T> {}

    /**
     * Begun, not finished.
     *
     * @param memo at most 4,000 characters, given back with the next call if the host still has it
     * @param askAgainAfter when asking again makes sense: 0 to 60 s; only a hint
     * @param percent 0 to 100, or -1 where nobody can say
     */
    record Pending<T>(String memo, Duration askAgainAfter, int percent) implements Progress<T> {
        public Pending {
            Objects.requireNonNull(memo, "memo");
            if (memo.length() > 4000) {
                throw new IllegalArgumentException("A memo has at most 4,000 characters.");
            }
            if (askAgainAfter.isNegative() || askAgainAfter.compareTo(Duration.ofSeconds(60)) > 0) {
                throw new IllegalArgumentException("askAgainAfter is 0 to 60 s.");
            }
            if (percent < -1 || percent > 100) {
                throw new IllegalArgumentException("percent is 0 to 100, or -1 for unknown.");
            }
        }
    }
}
