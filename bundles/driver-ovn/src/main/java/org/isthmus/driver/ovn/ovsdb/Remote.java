// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an OVSDB server listens, written as OVS writes it: {@code tcp:host:port}, {@code ssl:host:port}, {@code
 * unix:/path}; an IPv6 address stands in brackets.
 *
 * @param host host, or the socket's path for UNIX
 * @param port 0 for UNIX
 */
public record Remote(Scheme scheme, String host, int port) {
    private static final Pattern INTERNET =
            Pattern.compile("(tcp|ssl):(?:\\[([0-9a-fA-F:.%]{2,60})\\]|([A-Za-z0-9._-]{1,253})):(\\d{1,5})");
    // sockaddr_un holds 108 bytes, the last of them zero
    private static final Pattern UNIX = Pattern.compile("unix:(/[^,\\s]{1,106})");
    private static final int MOST = 16;

    /** How to get there. */
    public enum Scheme {
        TCP,
        SSL,
        UNIX
    }

    /**
     * Parses a comma-separated list of 1 to 16 remotes.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    public static List<Remote> listOf(String text) {
        List<Remote> remotes = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            remotes.add(of(each.strip()));
        }
        if (remotes.size() > MOST) {
            throw new IllegalArgumentException("at most " + MOST + " remotes");
        }
        return List.copyOf(remotes);
    }

    private static Remote of(String text) {
        Matcher unix = UNIX.matcher(text);
        if (unix.matches()) {
            return new Remote(Scheme.UNIX, unix.group(1), 0);
        }
        Matcher internet = INTERNET.matcher(text);
        if (!internet.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a remote; write tcp:host:port, ssl:host:port or unix:/path, separated by commas");
        }
        int port = Integer.parseInt(internet.group(4));
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("'" + text + "' has no port between 1 and 65535");
        }
        String host = internet.group(2) == null ? internet.group(3) : internet.group(2);
        return new Remote(internet.group(1).equals("tcp") ? Scheme.TCP : Scheme.SSL, host, port);
    }

    @Override
    public String toString() {
        return switch (scheme) {
            case UNIX -> "unix:" + host;
            case TCP, SSL -> (scheme == Scheme.TCP ? "tcp:" : "ssl:")
                    + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        };
    }
}
