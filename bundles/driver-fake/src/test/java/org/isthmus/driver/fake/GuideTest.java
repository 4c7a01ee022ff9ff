// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isthmus.spi.Setting;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GuideTest {
    private String guide;

    @BeforeEach
    void read() throws IOException {
        guide = Files.readString(Path.of("../../docs/drivers/fake.md"));
    }

    private void assertNames(String word) {
        assertTrue(guide.contains("`" + word + "`"), () -> "docs/drivers/fake.md names " + word);
    }

    @Test
    void theGuideNamesEverySettingAndFacet() {
        for (Setting setting : new FakeDriverFactory().settings()) {
            assertTrue(guide.contains("| `" + setting.name() + "` |"), () -> "a row for " + setting.name());
        }
        assertNames(String.join(",", FakeSettings.ALL_FACETS));
    }

    @Test
    void theVersionIsTheBuilds() {
        String version = new FakeDriverFactory().version();

        assertTrue(version.matches("\\d+\\.\\d+\\.\\d+(\\.SNAPSHOT)?"), version);
    }

    @Test
    void theGuideNamesEveryKindOfFaultAndEveryCall() {
        for (Fault.Kind kind : Fault.Kind.values()) {
            assertNames(kind.name());
        }
        for (Verb verb : Verb.values()) {
            if (verb != Verb.ADD_STRANGER) {
                assertNames(verb.text());
            }
        }
    }
}
