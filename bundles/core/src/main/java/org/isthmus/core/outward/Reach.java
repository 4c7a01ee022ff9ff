// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * What the platform's operator lets customers reach through the controller: the public Internet, encrypted.
 *
 * @param http whether addresses may begin with http
 * @param networks private ones that may be reached nevertheless
 */
public record Reach(boolean http, List<Block> networks) {
    public static final Reach DEFAULT = new Reach(false, List.of());

    public Reach {
        networks = List.copyOf(networks);
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

    boolean covers(InetAddress address) {
        return Outside.has(address) || networks.stream().anyMatch(block -> block.contains(address));
    }
}
