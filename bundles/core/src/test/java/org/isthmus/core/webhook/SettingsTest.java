// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
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
    @Test
    void networksAreReadFromOneLine() {
        assertEquals(
                new Settings(
                        new Reach(
                                true,
                                List.of(Block.of("10.1.0.0/16"), Block.of("fd00::/8"), Block.of("192.0.2.7/32")),
                                List.of(Block.of("198.51.100.0/24"))),
                        Duration.ofSeconds(5)),
                Settings.of(true, "10.1.0.0/16, fd00::/8,192.0.2.7", "198.51.100.0/24", "PT5S"));
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        String said = assertThrows(
                        IllegalArgumentException.class,
                        () -> Settings.of(false, "example.org,10.0.0.0/33,a.b", "everything", "soon"))
                .getMessage();

        assertEquals(
                "etc/org.isthmus.core.webhook.cfg: networks: example.org is no network such as 10.1.0.0/16 or fd00::/8."
                        + " networks: 10.0.0.0/33 has a prefix of more than 32 bits. networks: a.b is no network such as"
                        + " 10.1.0.0/16 or fd00::/8. refused: everything is no network such as 10.1.0.0/16 or fd00::/8. timeout is an ISO 8601 duration, PT1S to PT30S.",
                said);
    }

    @Test
    void theShippedFileShowsTheDefaults() throws IOException {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("..", "..", "config", "org.isthmus.core.webhook.cfg"))) {
            shipped.load(reader);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName(), String.valueOf(method.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
        assertEquals(Settings.DEFAULT, Settings.of(false, "", "", "PT10S"));
    }
}
