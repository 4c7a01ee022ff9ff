// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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

    /** All that is wrong with a configuration, at once. */
    static Settings of(boolean http, String listed, String longest) {
        List<String> wrong = new ArrayList<>();
        List<Block> networks = new ArrayList<>();
        Arrays.stream(listed.split(","))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .forEach(text -> {
                    try {
                        networks.add(Block.of(text));
                    } catch (IllegalArgumentException e) {
                        wrong.add("networks: " + e.getMessage());
                    }
                });
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

    /** A network of either family, written as {@code 10.1.0.0/16} or {@code fd00::/8}. */
    public record Block(InetAddress network, int prefix) {
        public static Block of(String text) {
            int slash = text.indexOf('/');
            String address = slash < 0 ? text : text.substring(0, slash);
            // letters that are no hexadecimal digits would be looked up as a name
            if (!address.matches("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
                    || (slash >= 0 && !text.substring(slash + 1).matches("\\d{1,3}"))) {
                throw new IllegalArgumentException(text + " is no network such as 10.1.0.0/16 or fd00::/8.");
            }
            try {
                InetAddress network = InetAddress.getByName(address);
                int bits = network.getAddress().length * Byte.SIZE;
                int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
                if (prefix > bits) {
                    throw new IllegalArgumentException(text + " has a prefix of more than " + bits + " bits.");
                }
                return new Block(network, prefix);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(text + " is no network such as 10.1.0.0/16 or fd00::/8.", e);
            }
        }

        public boolean contains(InetAddress address) {
            byte[] own = network.getAddress();
            byte[] other = address.getAddress();
            if (own.length != other.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                int mask = 0x80 >> (bit % Byte.SIZE);
                if ((own[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
