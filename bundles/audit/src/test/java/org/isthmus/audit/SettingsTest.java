// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class SettingsTest {
    private static Map<String, String> defaults() {
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName().replace('_', '.'), String.valueOf(method.getDefaultValue()));
        }
        return defaults;
    }

    @Test
    void theShippedFileSaysWhatTheDefaultsAre() throws Exception {
        Properties shipped = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("../../config/org.isthmus.audit.cfg"))) {
            shipped.load(file);
        }

        assertEquals(defaults(), new TreeMap<>(shipped));
    }

    @Test
    void theDocumentationNamesEverySetting() throws Exception {
        String text = Files.readString(Path.of("../../docs/audit.md"));

        defaults().forEach((name, value) -> assertTrue(text.contains("`" + name + "` | `" + value + "`"), name));
    }

    @Test
    void theDefaultsAreRightAndRelativeToTheInstallation() {
        Settings settings =
                Settings.of(config("isthmus-audit", "etc/k.p12", "etc/k.password", 1000, 60), Path.of("/opt"));

        assertEquals(Path.of("/opt/etc/k.p12"), settings.keyFile());
        assertEquals(1000, settings.batch());
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class, () -> Settings.of(config("a b", "same", "same", 0, 0), Path.of("")));

        for (String field : new String[] {"origin", "key.file", "batch", "refusals.per.minute"}) {
            assertTrue(thrown.getMessage().contains(field), thrown.getMessage());
        }
    }

    private static Config config(String origin, String key, String password, int batch, int refusals) {
        Map<String, Object> values = Map.of(
                "origin", origin,
                "key_file", key,
                "password_file", password,
                "batch", batch,
                "refusals_per_minute", refusals);
        return (Config) Proxy.newProxyInstance(
                Config.class.getClassLoader(),
                new Class<?>[] {Config.class},
                (self, method, arguments) -> values.get(method.getName()));
    }
}
