// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.isthmus.driver.vmware.Stand;
import org.isthmus.driver.vmware.TestSite;
import org.isthmus.driver.vmware.VmwareDriverFactory;
import org.isthmus.spi.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver's page says what is true. */
final class ExampleTest {
    private static final Path PAGE = Path.of("../../docs/drivers/vmware.md");
    private static final Path PROGRAM = Path.of("src/test/java/org/isthmus/driver/vmware/jclouds/Example.java");

    @TempDir
    private Path folder;

    @Test
    void thePageShowsTheProgramThatRuns() throws IOException {
        String page = Files.readString(PAGE);
        String shown = page.substring(page.indexOf("```java") + "```java".length(), page.indexOf("<!-- example: end"));
        List<String> lines = shown.replace("```", "").lines().map(String::strip).toList();
        List<String> program =
                Files.readAllLines(PROGRAM).stream().map(String::strip).toList();

        assertTrue(
                String.join("\n", program).contains(String.join("\n", lines).strip()),
                "docs/drivers/vmware.md shows another program than Example.java");
    }

    @Test
    void thePageNamesEverySetting() throws IOException {
        String page = Files.readString(PAGE);

        for (Setting setting : new VmwareDriverFactory().settings()) {
            assertTrue(page.contains("| `" + setting.name() + "`"), setting.name());
        }
    }

    @Test
    void theProgramRuns() throws Exception {
        try (Stand stand = Stand.start(folder);
                TestSite site = new TestSite(stand)) {
            site.template("golden", 4 << 20);
            String portgroup = site.portgroup();

            Example.run(
                    stand.url().getAuthority(),
                    stand.thumbprint(),
                    Stand.USER,
                    stand.password().reveal(),
                    portgroup);

            assertEquals(1, site.all("VirtualMachine", "name").size(), "the template alone is left");
        }
    }
}
