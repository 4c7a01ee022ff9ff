// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Secret;

/**
 * Where it listens.
 *
 * @param httpsPort 0 for any free one
 * @param httpsAddress of the interface, {@code 0.0.0.0} for all
 * @param http plain HTTP on the loopback interface, for tools on the machine itself
 * @param keyStore a configured key store (PKCS#12 or JKS); empty for a certificate of our own
 * @param folder where our own certificate is kept
 */
public record WebSettings(
        boolean https,
        int httpsPort,
        String httpsAddress,
        boolean http,
        int httpPort,
        Optional<Path> keyStore,
        Optional<Secret> keyStorePassword,
        Path folder) {
    private static final int MAX_PORT = 65535;

    public WebSettings {
        List<String> wrong = new ArrayList<>();
        if (httpsPort < 0 || httpsPort > MAX_PORT) {
            wrong.add("https.port is 0 to 65535.");
        }
        if (httpPort < 0 || httpPort > MAX_PORT) {
            wrong.add("http.port is 0 to 65535.");
        }
        if (https && http && httpPort == httpsPort && httpPort != 0) {
            wrong.add("https.port and http.port differ.");
        }
        if (httpsAddress.isBlank()) {
            wrong.add("https.address is an address of this machine, or 0.0.0.0 for all.");
        }
        if (!https && !http) {
            wrong.add("One of https.enabled and http.enabled is true.");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join(" ", wrong));
        }
    }

    /** Only plain HTTP on the loopback interface: for a program that runs REST in itself. */
    public static WebSettings local(int port, Path folder) {
        return new WebSettings(false, 0, "127.0.0.1", true, port, Optional.empty(), Optional.empty(), folder);
    }
}
