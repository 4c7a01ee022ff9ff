// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One wish of the host, possibly said many times. The first parameter of every call that changes something.
 *
 * @param token names the wish: the driver writes it onto what it makes, so that the same token makes one thing, ever. 1 to
 *     100 of {@code A-Z a-z 0-9 . _ -}
 * @param memo what the driver's last {@link Progress.Pending} answer to this token said, when the host still has it; a
 *     driver must come to the same result without it
 * @param deadline after it nobody waits for the result: the host will undo. Never a reason for a driver to start a timer
 * @param onBehalfOf an opaque signed assertion of who asked, for sites with a policy of their own
 */
public record Call(String token, Optional<String> memo, Instant deadline, Optional<String> onBehalfOf) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    public Call {
        if (token == null || !FORM.matcher(token).matches()) {
            throw new IllegalArgumentException("A token is 1 to 100 of A-Z a-z 0-9 . _ -");
        }
        Objects.requireNonNull(memo, "memo");
        Objects.requireNonNull(deadline, "deadline");
        Objects.requireNonNull(onBehalfOf, "onBehalfOf");
    }

    public Call(String token, Instant deadline) {
        this(token, Optional.empty(), deadline, Optional.empty());
    }

    public Call withMemo(String text) {
        return new Call(token, Optional.of(text), deadline, onBehalfOf);
    }
}
