// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.osgi.service.jdbc.DataSourceFactory;

final class StoreSettingsTest {
    private static final Path BASE = Path.of("/opt/isthmus");

    /** The defaults, with some of them set otherwise. */
    static Config config(Map<String, Object> otherwise) {
        return (Config) Proxy.newProxyInstance(
                Config.class.getClassLoader(),
                new Class<?>[] {Config.class},
                (proxy, method, arguments) -> otherwise.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    @Test
    void theShippedFileShowsTheDefaults() throws IOException {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("..", "..", "config", "org.isthmus.store.cfg"))) {
            shipped.load(reader);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName().replace('_', '.'), String.valueOf(method.getDefaultValue()));
        }
        Map<String, String> shown = new TreeMap<>();
        shipped.forEach((name, value) -> shown.put(String.valueOf(name), String.valueOf(value)));

        assertEquals(defaults, shown);
    }

    @Test
    void threeLinesMakeItPostgresqlAndThePasswordIsNotPrinted() {
        Settings settings = Settings.of(
                config(Map.of("url", "jdbc:postgresql://db/isthmus", "user", "isthmus", "password", "open sesame")),
                BASE);

        assertEquals("PostgreSQL JDBC Driver", settings.driver());
        assertEquals(
                Map.of(
                        DataSourceFactory.JDBC_URL, "jdbc:postgresql://db/isthmus",
                        DataSourceFactory.JDBC_USER, "isthmus",
                        DataSourceFactory.JDBC_PASSWORD, "open sesame"),
                settings.properties());
        assertFalse(settings.toString().contains("sesame"));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        IllegalArgumentException wrong = assertThrows(
                IllegalArgumentException.class,
                () -> Settings.of(
                        config(Map.of("url", "jdbc:mysql://db", "connections", 1, "connection_timeout", "soon")),
                        BASE));

        for (String name : List.of("url begins", "connections is", "connection.timeout is")) {
            assertTrue(wrong.getMessage().contains(name), wrong.getMessage());
        }
    }
}
