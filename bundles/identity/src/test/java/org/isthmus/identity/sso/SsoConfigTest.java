// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

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

final class SsoConfigTest {
    @Test
    void theShippedFileShowsEveryDefaultAndNothingElse() throws IOException {
        Properties shipped = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("../../config/org.isthmus.identity.sso.cfg"))) {
            shipped.load(file);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method each : SsoConfig.class.getDeclaredMethods()) {
            defaults.put(each.getName().replace('_', '.'), String.valueOf(each.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
    }
}
