// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.setting;

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
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class SettingsTest {
    private static Config config(Map<String, Object> changed) {
        return (Config) Proxy.newProxyInstance(
                Config.class.getClassLoader(),
                new Class<?>[] {Config.class},
                (proxy, method, arguments) -> changed.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    @Test
    void theDefaultsAreTheseAndPathsAreRelativeToTheInstallation() {
        Settings settings = Settings.of(config(Map.of()), Path.of("/opt/isthmus"));

        assertEquals(
                new Settings(
                        Duration.ofHours(12),
                        Path.of("/opt/isthmus/etc/isthmus-admin-password"),
                        new Settings.Argon2(19456, 2, 1),
                        4,
                        Duration.ofSeconds(5),
                        Duration.ofMillis(200),
                        Duration.ofSeconds(2)),
                settings);
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        Map<String, Object> values = new TreeMap<>(Map.of(
                "session_length", "12h",
                "password_file", " ",
                "argon2_memory", 1,
                "argon2_iterations", 0,
                "argon2_parallelism", 99,
                "parallel_logins", 0,
                "login_wait", "PT1H",
                "rights_recheck", "PT-1S",
                "token_recheck", "PT10S",
                "keys_apart", "P40D"));
        values.put("directories_loopback", "yes");
        values.put("break_glass_longest", "PT5H");
        Config wrong = config(values);

        String message = assertThrows(IllegalArgumentException.class, () -> Settings.of(wrong, Path.of("")))
                .getMessage();

        for (Method each : Config.class.getDeclaredMethods()) {
            assertTrue(message.contains(each.getName().replace('_', '.')), each.getName() + " in: " + message);
        }
    }

    @Test
    void theShippedFileShowsEveryDefaultAndNothingElse() throws IOException {
        Properties shipped = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("../../config/org.isthmus.identity.cfg"))) {
            shipped.load(file);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method each : Config.class.getDeclaredMethods()) {
            defaults.put(each.getName().replace('_', '.'), String.valueOf(each.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
    }
}
