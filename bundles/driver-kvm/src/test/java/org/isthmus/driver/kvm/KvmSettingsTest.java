// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.junit.jupiter.api.Test;

final class KvmSettingsTest {
    private static KvmSettings with(String name, String value) {
        Map<String, String> settings = new HashMap<>();
        for (Setting setting : KvmSettings.SCHEMA) {
            setting.defaultValue().ifPresent(text -> settings.put(setting.name(), text));
        }
        settings.put(name, value);
        EndpointId id = new EndpointId("ept_01930000-0000-7000-8000-000000000001");
        return KvmSettings.of(new EndpointConfig(id, "host-1", settings, Map.of()));
    }

    @Test
    void theDefaultsAreAHostOnThisMachine() {
        KvmSettings settings = with("acceleration", "auto");

        assertEquals(
                new KvmSettings("qemu:///system", "/var/lib/isthmus/servers", "auto", "auto", "q35", Optional.empty()),
                settings);
        assertTrue(settings.local());
    }

    @Test
    void hostsFarAwayAreReachedEncryptedOnly() {
        for (String uri : List.of(
                "qemu+tls://host-2/system?pkipath=/etc/isthmus/pki",
                "qemu+ssh://isthmus@host-2/system?keyfile=/etc/isthmus/key&no_tty=1")) {
            assertEquals(uri, with("uri", uri).uri());
            assertTrue(!with("uri", uri).local());
        }
        for (String uri :
                List.of("qemu+tcp://host/system", "xen:///system", "qemu:///session", "test:///default", "not a uri")) {
            assertEquals(
                    Kind.INVALID,
                    assertThrows(DriverException.class, () -> with("uri", uri)).kind(),
                    uri);
        }
    }

    /** libvirt runs what {@code command} names on the controller, and {@code no_verify} trusts whoever answers. */
    @Test
    void anAddressRunsNoProgramAndTrustsNobodyUnseen() {
        for (String query : List.of(
                "command=/tmp/anything",
                "keyfile=/etc/isthmus/key&command=/tmp/anything",
                "keyfile=/etc/isthmus/key;command=/tmp/anything",
                "%63ommand=/tmp/anything",
                "netcat=/tmp/anything",
                "no_verify=1",
                "pkipath=/etc/isthmus/pki&no_verify=1",
                "known_hosts_verify=ignore",
                "=")) {
            for (String way : List.of("qemu+ssh", "qemu+tls", "qemu+libssh2")) {
                String uri = way + "://host-2/system?" + query;
                DriverException refusal = assertThrows(DriverException.class, () -> with("uri", uri), uri);
                assertEquals(Kind.INVALID, refusal.kind(), uri);
            }
        }
    }

    @Test
    void pathsAndNamesArePlain() {
        for (Map.Entry<String, String> wrong : List.of(
                Map.entry("storagePath", "relative"),
                Map.entry("storagePath", "/a/../etc"),
                Map.entry("storagePath", "/a/.."),
                Map.entry("storagePath", "/with space"),
                Map.entry("acceleration", "warp"),
                Map.entry("cpuModel", "<cpu/>"),
                Map.entry("machine", ""),
                Map.entry("bridge", "much-too-long-for-a-bridge"))) {
            assertEquals(
                    Kind.INVALID,
                    assertThrows(DriverException.class, () -> with(wrong.getKey(), wrong.getValue()))
                            .kind(),
                    wrong::toString);
        }
    }

    @Test
    void theFactorySaysWhatItTakes() {
        KvmDriverFactory factory = new KvmDriverFactory();

        assertEquals("kvm", factory.type());
        assertEquals(
                List.of("uri", "storagePath", "acceleration", "cpuModel", "machine", "bridge"),
                factory.settings().stream().map(Setting::name).toList());
    }
}
