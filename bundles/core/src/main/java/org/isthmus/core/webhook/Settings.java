// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.core.outward.Reach;

/**
 * What the platform's operator lets webhooks do.
 *
 * @param reach where they may go
 * @param timeout of one delivery, from its beginning to its answer
 */
public record Settings(Reach reach, Duration timeout) {
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofSeconds(30);

    public static final Settings DEFAULT = new Settings(Reach.DEFAULT, Duration.ofSeconds(10));

    /** All that is wrong with a configuration, at once. */
    static Settings of(boolean http, String networks, String refused, String longest) {
        List<String> wrong = new ArrayList<>();
        Reach reach = Reach.of("", http, networks, refused, wrong);
        Duration timeout = DEFAULT.timeout();
        try {
            timeout = Duration.parse(longest);
        } catch (DateTimeParseException e) {
            timeout = Duration.ZERO;
        }
        if (timeout.compareTo(LEAST) < 0 || timeout.compareTo(MOST) > 0) {
            wrong.add("timeout is an ISO 8601 duration, " + LEAST + " to " + MOST + ".");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("etc/org.isthmus.core.webhook.cfg: " + String.join(" ", wrong));
        }
        return new Settings(reach, timeout);
    }
}
