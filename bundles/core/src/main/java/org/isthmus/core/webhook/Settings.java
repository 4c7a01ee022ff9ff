// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.core.outward.Block;
import org.isthmus.core.outward.Reach;

/**
 * What the platform's operator lets webhooks do.
 *
 * @param http whether addresses may begin with http
 * @param networks private ones that may be reached nevertheless
 * @param timeout of one delivery, from its beginning to its answer
 */
public record Settings(boolean http, List<Block> networks, Duration timeout) {
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofSeconds(30);

    public static final Settings DEFAULT = new Settings(false, List.of(), Duration.ofSeconds(10));

    public Settings {
        networks = List.copyOf(networks);
    }

    Reach reach() {
        return new Reach(http, networks);
    }

    /** All that is wrong with a configuration, at once. */
    static Settings of(boolean http, String listed, String longest) {
        List<String> wrong = new ArrayList<>();
        List<Block> networks = Block.listed("networks", listed, wrong);
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
        return new Settings(http, networks, timeout);
    }
}
