// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.time.Duration;

/**
 * How patient a connection is.
 *
 * @param connect to reach a remote
 * @param handshake from reached to ready, the first dump of the tables included
 * @param probe silence after which an echo is sent; after twice as much the peer counts as gone
 * @param backoff the first pause after all remotes failed; doubled each round
 * @param longestBackoff where doubling ends
 * @param firstReady how long a call waits for a connection that is being made for the first time
 * @param ready how long a call waits for one that broke
 */
public record Timing(
        Duration connect,
        Duration handshake,
        Duration probe,
        Duration backoff,
        Duration longestBackoff,
        Duration firstReady,
        Duration ready) {
    /** For production. */
    public static final Timing NORMAL = new Timing(
            Duration.ofSeconds(3),
            Duration.ofSeconds(15),
            Duration.ofSeconds(5),
            Duration.ofMillis(50),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofMillis(300));
}
