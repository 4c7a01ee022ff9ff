// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.function.Supplier;

/** The PostgreSQL that is copied to. */
record Target(String url, String user, String password) {
    private static final String POSTGRESQL = "jdbc:postgresql:";

    /**
     * From the file that is to become {@code etc/org.isthmus.store.cfg}.
     *
     * @param asked for the password, when the file has none
     */
    static Target read(Path file, Supplier<String> asked) {
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            lines.load(reader);
        } catch (IOException e) {
            throw new Refusal("The file " + file + " cannot be read: make a copy of etc/org.isthmus.store.cfg with url,"
                    + " user and password of the PostgreSQL, readable by you alone (" + e + ")");
        }
        String url = lines.getProperty("url", "").strip();
        if (!url.startsWith(POSTGRESQL)) {
            throw new Refusal(file + ": url begins with " + POSTGRESQL);
        }
        String password = lines.getProperty("password", "").strip();
        return new Target(url, lines.getProperty("user", "").strip(), password.isEmpty() ? asked.get() : password);
    }

    /** The address; no parameters, of which one may be a password. */
    String address() {
        return url.replaceFirst("\\?.*", "");
    }

    @Override
    public String toString() {
        return address();
    }
}
