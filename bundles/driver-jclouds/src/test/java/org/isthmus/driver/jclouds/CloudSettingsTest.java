// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Setting;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CloudSettingsTest {
    private static CloudSettings settings(String... more) {
        List<String> all = new ArrayList<>(List.of("provider", "stub", "identity", "somebody"));
        all.addAll(List.of(more));
        return CloudSettings.of(Endpoints.of("a-key", all.toArray(new String[0])));
    }

    private static String refusal(String... more) {
        DriverException refused = assertThrows(DriverException.class, () -> settings(more));
        assertEquals(Kind.INVALID, refused.kind());
        return refused.getMessage();
    }

    @Test
    void whatIsNotSaidHasTheDefaultOfTheSchema() {
        CloudSettings settings = settings();

        assertEquals(1000, settings.zoneCpus());
        assertEquals(4194304, settings.zoneMemoryMiB());
        assertEquals(102400, settings.zoneDiskGiB());
        assertEquals(Optional.empty(), settings.endpoint());
        assertFalse(settings.exposed());
        assertTrue(settings.uses("any-zone"));
    }

    @Test
    void everySettingOfTheSchemaIsRead() {
        CloudSettings settings = settings(
                "endpoint", "https://cloud.example:5000/v3",
                "region", "eu-central-1",
                "zones", "a, b",
                "zoneCpus", "8",
                "zoneMemoryMiB", "16384",
                "zoneDiskGiB", "500",
                "instanceTypes", "{\"2x4096\": \"m1.medium\"}",
                "network", "subnet-1",
                "securityGroups", "sg-1,sg-2",
                "publicAddresses", "allow",
                "properties", "{\"jclouds.keystone.scope\": \"project:web\"}");

        assertEquals(Optional.of("https://cloud.example:5000/v3"), settings.endpoint());
        assertEquals(Optional.of("eu-central-1"), settings.region());
        assertEquals(List.of("a", "b"), settings.zones());
        assertFalse(settings.uses("c"));
        assertEquals(8, settings.zoneCpus());
        assertEquals(16384, settings.zoneMemoryMiB());
        assertEquals(500, settings.zoneDiskGiB());
        assertEquals(Optional.of("m1.medium"), settings.typeFor(2, 4096));
        assertEquals(Optional.empty(), settings.typeFor(2, 8192));
        assertEquals(Optional.of("subnet-1"), settings.network());
        assertEquals(List.of("sg-1", "sg-2"), settings.securityGroups());
        assertTrue(settings.exposed());
        assertEquals("project:web", settings.properties().get("jclouds.keystone.scope"));
        assertEquals(
                List.of("credential"),
                CloudSettings.SCHEMA.stream()
                        .filter(Setting::secret)
                        .map(Setting::name)
                        .toList());
    }

    @Test
    void whatIsWrongIsRefusedByName() {
        assertTrue(refusal("endpoint", "http://cloud.example").contains("endpoint"));
        assertTrue(refusal("endpoint", "https://user:word@cloud.example").contains("endpoint"));
        assertTrue(refusal("zoneCpus", "0").contains("zoneCpus"));
        assertTrue(refusal("instanceTypes", "{\"small\": \"m1\"}").contains("instanceTypes"));
        assertTrue(refusal("instanceTypes", "[]").contains("instanceTypes"));
        assertTrue(refusal("instanceTypes", "null").contains("instanceTypes"));
        assertTrue(refusal("publicAddresses", "maybe").contains("publicAddresses"));
        assertTrue(refusal("network", "two words").contains("network"));
    }

    @Test
    void propertiesThatTrustAnybodyOrTellSecretsAreRefused() {
        for (String name : List.of(
                "jclouds.trust-all-certs",
                "jclouds.relax-hostname",
                "jclouds.wire.log.sensitive",
                "jclouds.identity")) {
            assertTrue(refusal("properties", "{\"" + name + "\": \"true\"}").contains(name));
        }
    }

    @Test
    void aProviderThatIsNotInstalledIsSaidWithThoseThatAre(@TempDir Path cache) {
        try (HostContext context = new HostContext(Clock.systemUTC(), cache)) {
            DriverException refused = assertThrows(
                    DriverException.class,
                    () -> Endpoints.open(Endpoints.of("a-key", "provider", "no-cloud", "identity", "x"), context));

            assertEquals(Kind.INVALID, refused.kind());
            assertTrue(refused.getMessage().contains("aws-ec2, ec2, openstack-nova, stub"), refused.getMessage());
        }
    }
}
