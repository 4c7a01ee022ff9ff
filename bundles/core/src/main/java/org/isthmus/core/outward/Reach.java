// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * What the platform's operator lets customers reach through the controller: the public Internet without the controller itself,
 * encrypted.
 *
 * @param http whether addresses may begin with http
 * @param networks that may be reached nevertheless
 * @param refused networks that may not be reached, whatever else is said of them
 */
public record Reach(boolean http, List<Block> networks, List<Block> refused) {
    public static final Reach DEFAULT = new Reach(false, List.of(), List.of());

    public Reach {
        networks = List.copyOf(networks);
        refused = List.copyOf(refused);
    }

    /**
     * What an operator wrote.
     *
     * @param prefix what the settings' names begin with
     * @param wrong takes what is wrong of them
     */
    public static Reach of(String prefix, boolean http, String networks, String refused, List<String> wrong) {
        return new Reach(
                http,
                Block.listed(prefix + "networks", networks, wrong),
                Block.listed(prefix + "refused", refused, wrong));
    }

    /** One that refuses nothing besides. */
    public Reach(boolean http, List<Block> networks) {
        this(http, networks, List.of());
    }

    /**
     * The address as it is used.
     *
     * @throws IllegalArgumentException says why it cannot be one
     */
    public URI checked(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("This is no address: " + e.getReason() + ".", e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !(scheme.equals("http") && http)) {
            throw new IllegalArgumentException(
                    http ? "An address begins with https:// or http://." : "An address begins with https://.");
        }
        if (uri.getHost() == null || uri.getHost().isEmpty() || uri.getPort() == 0 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("An address has a host, and perhaps a port, of letters and digits.");
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("An address has no user, password or fragment.");
        }
        return uri;
    }

    /**
     * Whether an address may be connected to.
     *
     * @param own whether it is one of this machine
     */
    boolean covers(InetAddress address, boolean own) {
        if (isAmong(refused, address)) {
            return false;
        }
        return isAmong(networks, address) || (Outside.has(address) && !own);
    }

    private static boolean isAmong(List<Block> networks, InetAddress address) {
        return networks.stream().anyMatch(block -> block.contains(address));
    }
}
