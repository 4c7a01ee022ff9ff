// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.isthmus.core.outward.Block;
import org.isthmus.core.outward.Reach;
import org.junit.jupiter.api.Test;

final class SettingsTest {
    private static final Path SHIPPED = Path.of("..", "..", "config", "org.isthmus.core.domain.cfg");

    /** The defaults, with some of them set otherwise. */
    private static Config config(Map<String, Object> otherwise) {
        return (Config) Proxy.newProxyInstance(
                Config.class.getClassLoader(),
                new Class<?>[] {Config.class},
                (proxy, method, arguments) -> otherwise.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    @Test
    void theShippedFileShowsTheDefaults() throws IOException {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(SHIPPED)) {
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
    void relativePathsStartFromTheInstallation() {
        Settings settings = Settings.of(config(Map.of("images", "/srv/images")), Path.of("/opt/isthmus"));

        assertEquals(Path.of("/srv/images"), settings.images());
        assertEquals(Path.of("/opt/isthmus/etc/isthmus-secrets.key"), settings.keyFile());
        assertEquals(Duration.ofMinutes(2), settings.patience().stop());
        assertEquals(256L << 30, settings.mostImageBytes());
        assertEquals(2L << 40, settings.mostDiskBytes());
    }

    @Test
    void fromWhereImagesAreFetchedIsAllowedAndRefused() {
        Settings settings = Settings.of(
                config(Map.of(
                        "fetch_http",
                        true,
                        "fetch_networks",
                        "10.1.0.0/16",
                        "fetch_refused",
                        "10.1.9.0/24, 192.0.2.1")),
                Path.of("/"));

        assertEquals(
                new Reach(
                        true,
                        List.of(Block.of("10.1.0.0/16")),
                        List.of(Block.of("10.1.9.0/24"), Block.of("192.0.2.1"))),
                settings.fetches());
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        IllegalArgumentException wrong = assertThrows(
                IllegalArgumentException.class,
                () -> Settings.of(
                        config(Map.of("stop_patience", "soon", "largest_image_gib", 0, "watch_interval", "PT0S")),
                        Path.of("/")));

        for (String name : new String[] {"stop.patience", "largest.image.gib", "watch.interval"}) {
            assertTrue(wrong.getMessage().contains(name + " is"), wrong.getMessage());
        }
    }
}
