// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.junit.jupiter.api.Test;

final class OvnSettingsTest {
    private static EndpointConfig endpoint(Map<String, String> settings, Map<String, Secret> secrets) {
        return new EndpointConfig(new Ids(Clock.systemUTC()).endpoint(), "test", settings, secrets);
    }

    private static void refused(String names, Map<String, String> settings) {
        DriverException refusal =
                assertThrows(DriverException.class, () -> OvnSettings.of(endpoint(settings, Map.of())));
        assertEquals(Kind.INVALID, refusal.kind());
        assertTrue(refusal.getMessage().contains(names), refusal::getMessage);
    }

    @Test
    void nothingSetIsAnOvnOnThisMachine() {
        OvnSettings settings = OvnSettings.of(endpoint(Map.of(), Map.of()));

        assertEquals(
                "unix:/var/run/ovn/ovnnb_db.sock", settings.northbound().get(0).toString());
        assertEquals(
                "unix:/var/run/ovn/ovnsb_db.sock", settings.southbound().get(0).toString());
        assertEquals(1442, settings.mtu());
        assertEquals(Duration.ofSeconds(10), settings.hostTimeout());
        assertEquals(Optional.empty(), settings.tls());
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        refused("northbound", Map.of("northbound", "nowhere"));
        refused("southbound", Map.of("southbound", "tcp:host:0"));
        refused("mtu", Map.of("mtu", "575"));
        refused("mtu", Map.of("mtu", "much"));
        refused("hostTimeout", Map.of("hostTimeout", "10"));
        refused("hostTimeout", Map.of("hostTimeout", "PT0.5S"));
        refused("caCertificate", Map.of("northbound", "ssl:host:6641"));
        refused("clientCertificate", Map.of("northbound", "ssl:host:6641", "caCertificate", "x"));
        refused("clientKey", Map.of("southbound", "ssl:h:1", "caCertificate", "x", "clientCertificate", "y"));
    }

    @Test
    void aKeyThatCannotBeReadIsNeitherShownNorExplained() {
        DriverException refusal = assertThrows(
                DriverException.class,
                () -> OvnSettings.of(endpoint(
                        Map.of("northbound", "ssl:h:1", "caCertificate", "x", "clientCertificate", "y"),
                        Map.of("clientKey", new Secret("my-secret-key")))));

        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            assertFalse(String.valueOf(cause.getMessage()).contains("my-secret-key"));
        }
    }

    @Test
    void onlyTheKeyIsASecret() {
        for (Setting setting : OvnSettings.SCHEMA) {
            assertEquals(setting.name().equals("clientKey"), setting.secret(), setting::name);
            assertFalse(setting.description().isBlank(), setting::name);
        }
    }
}
