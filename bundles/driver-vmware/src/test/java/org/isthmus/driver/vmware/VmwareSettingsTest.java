// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.driver.vmware.network.Vlans;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.junit.jupiter.api.Test;

final class VmwareSettingsTest {
    private static final Secret PASSWORD = new Secret("sword-fish-7");

    private static EndpointConfig endpoint(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of("url", "vcenter.example", "username", "isthmus"));
        settings.putAll(more);
        return new EndpointConfig(new Ids(Clock.systemUTC()).endpoint(), "vc", settings, Map.of("password", PASSWORD));
    }

    private static String refusal(Map<String, String> more) {
        DriverException refused = assertThrows(DriverException.class, () -> VmwareSettings.of(endpoint(more)));
        assertEquals(Kind.INVALID, refused.kind());
        assertFalse(refused.getMessage().contains("sword-fish-7"));
        return refused.getMessage();
    }

    @Test
    void aNameIsAnAddressWithHttps() {
        assertEquals(
                "https://vcenter.example/sdk", VCenter.sdkOf("vcenter.example").toString());
        assertEquals(
                "https://vcenter.example:8443/sdk",
                VCenter.sdkOf("vcenter.example:8443").toString());
        assertEquals(
                "https://vcenter.example/sdk",
                VCenter.sdkOf("https://vcenter.example/").toString());
        assertEquals(
                "https://vcenter.example/other",
                VCenter.sdkOf("https://vcenter.example/other").toString());
    }

    @Test
    void nothingIsSpokenInTheClear() {
        assertTrue(refusal(Map.of("url", "http://vcenter.example/sdk")).contains("https"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertTrue(refusal(Map.of("thumbprint", "AB:CD")).startsWith("thumbprint"));
        assertTrue(refusal(Map.of("caCertificate", "no certificate")).startsWith("caCertificate"));
        assertTrue(refusal(Map.of("vlans", "100-")).startsWith("vlans"));
        assertTrue(refusal(Map.of("vlans", "0-10")).startsWith("vlans"));
        assertTrue(refusal(Map.of("vlans", "200-100")).startsWith("vlans"));
        assertTrue(refusal(Map.of("caCertificate", "x", "thumbprint", "y")).contains("give one"));
    }

    @Test
    void vlansAreListsAndRanges() {
        assertEquals(List.of(7, 100, 101, 102), Vlans.of("100-102, 7, 101").ids());
        assertEquals(101, Vlans.of("100-102").oneBut(List.of(100), 4).orElseThrow());
        assertEquals(102, Vlans.of("100-102").oneBut(List.of(100), -1).orElseThrow());
        assertTrue(Vlans.of("100").oneBut(List.of(100), 0).isEmpty());
    }

    @Test
    void withoutVlansThereAreNoNetworks() {
        assertTrue(VmwareSettings.of(endpoint(Map.of())).vlans().isEmpty());
    }
}
