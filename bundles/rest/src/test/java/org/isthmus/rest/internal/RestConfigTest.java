// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The shipped file shows every setting with its default. */
final class RestConfigTest {
    @Test
    void theShippedFileShowsTheDefaults() throws IOException {
        Properties shipped = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("../../config/org.isthmus.rest.cfg"))) {
            shipped.load(file);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method setting : RestConfig.class.getDeclaredMethods()) {
            defaults.put(setting.getName().replace('_', '.'), String.valueOf(setting.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
    }
}
