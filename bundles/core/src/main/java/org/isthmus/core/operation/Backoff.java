// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;

/** How long to wait before the next try: doubling from 200 ms up to 5 s; throttled ones begin at 2 s and go to 30 s. */
final class Backoff {
    private Backoff() {}

    static Duration after(int attempts, boolean throttled) {
        long first = throttled ? 2000 : 200;
        long most = throttled ? 30_000 : 5000;
        return Duration.ofMillis(Math.min(most, first << Math.min(attempts, 10)));
    }
}
