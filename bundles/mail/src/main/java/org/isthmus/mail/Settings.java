// SPDX-License-Identifier: Apache-2.0
package org.isthmus.mail;

import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.isthmus.model.Secret;

/**
 * How the server is reached.
 *
 * @param from whom mail comes from
 */
record Settings(String host, int port, Encryption encryption, Optional<Login> login, String from) {
    enum Encryption {
        STARTTLS,
        TLS,
        NONE
    }

    /** Who logs in. */
    record Login(String user, Secret password) {}

    /**
     * Empty when there is no host.
     *
     * @param base relative files are below it
     * @throws IllegalArgumentException with all that is wrong, at once
     */
    static Optional<Settings> of(Config config, Path base) {
        if (config.host().isBlank()) {
            return Optional.empty();
        }
        List<String> wrong = new ArrayList<>();
        Optional<Encryption> encryption = Arrays.stream(Encryption.values())
                .filter(each -> each.name().equals(config.tls().strip().toUpperCase(Locale.ROOT)))
                .findFirst();
        if (encryption.isEmpty()) {
            wrong.add("tls is STARTTLS, TLS or NONE.");
        }
        if (config.port() < 1 || config.port() > 65_535) {
            wrong.add("port is 1 to 65535.");
        }
        String from = config.from().strip();
        try {
            new InternetAddress(from, true).validate();
        } catch (AddressException e) {
            wrong.add("from is an address such as isthmus@example.org.");
        }
        Optional<Login> login = login(config, base, wrong);
        if (login.isPresent()
                && encryption.filter(each -> each == Encryption.NONE).isPresent()) {
            wrong.add("A password is not sent unencrypted: tls is STARTTLS or TLS where there is a user.");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("etc/org.isthmus.mail.cfg: " + String.join(" ", wrong));
        }
        return Optional.of(new Settings(config.host().strip(), config.port(), encryption.orElseThrow(), login, from));
    }

    private static Optional<Login> login(Config config, Path base, List<String> wrong) {
        if (config.user().isBlank()) {
            return Optional.empty();
        }
        try {
            String password = Files.readAllLines(
                            base.resolve(config.password_file().strip()))
                    .stream()
                    .findFirst()
                    .orElse("");
            if (!password.isEmpty()) {
                return Optional.of(new Login(config.user().strip(), new Secret(password)));
            }
            wrong.add("The first line of password.file is empty.");
        } catch (IOException e) {
            wrong.add("password.file cannot be read: " + e + ".");
        }
        return Optional.empty();
    }
}
