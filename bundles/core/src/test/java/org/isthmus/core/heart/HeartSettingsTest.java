// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.isthmus.core.operation.Worker;
import org.junit.jupiter.api.Test;

final class HeartSettingsTest {
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
        try (Reader reader = Files.newBufferedReader(Path.of("..", "..", "config", "org.isthmus.core.cfg"))) {
            shipped.load(reader);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName().replace('_', '.'), String.valueOf(method.getDefaultValue()));
        }

        Map<String, String> shown = new TreeMap<>();
        shipped.forEach((name, value) -> shown.put(String.valueOf(name), String.valueOf(value)));

        assertEquals(defaults, shown);
        assertEquals(Worker.Settings.DEFAULT, HeartComponent.settings(config(Map.of("node", "test"))));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        IllegalArgumentException wrong = assertThrows(
                IllegalArgumentException.class,
                () -> HeartComponent.settings(config(Map.of(
                        "node", "n".repeat(41), "worker_threads", 0, "worker_lease", "PT1S", "worker_scan", "often"))));

        for (String name : List.of("node", "worker.threads", "worker.lease", "worker.scan")) {
            assertTrue(wrong.getMessage().contains(name + " is"), wrong.getMessage());
        }
    }
}
