// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.isthmus.driver.ovn.DnsRecords.Named;
import org.isthmus.model.Cidr;
import org.junit.jupiter.api.Test;

final class DnsRecordsTest {
    private static Named port(String address, String... names) {
        return new Named(Cidr.address(address), List.of(names));
    }

    @Test
    void aPortIsFoundByNameByFullNameAndByAddress() {
        assertEquals(
                Map.of(
                        "web", "10.1.0.7 ::ffff:10.1.0.7",
                        "web.acme.example", "10.1.0.7 ::ffff:10.1.0.7",
                        "7.0.1.10.in-addr.arpa", "web.acme.example"),
                DnsRecords.of(List.of(port("10.1.0.7", "web")), "acme.example"));
    }

    @Test
    void withoutADomainNamesStandAlone() {
        assertEquals(
                Map.of("web", "10.1.0.7 ::ffff:10.1.0.7", "7.0.1.10.in-addr.arpa", "web"),
                DnsRecords.of(List.of(port("10.1.0.7", "web")), ""));
    }

    @Test
    void aNameOfTwoPortsLeadsToBoth() {
        Map<String, String> records =
                DnsRecords.of(List.of(port("10.1.0.9", "web"), port("10.1.0.8", "web", "www")), "a");

        assertEquals("10.1.0.8 ::ffff:10.1.0.8 10.1.0.9 ::ffff:10.1.0.9", records.get("web.a"));
        assertEquals("10.1.0.8 ::ffff:10.1.0.8", records.get("www"));
        assertEquals("web.a", records.get("8.0.1.10.in-addr.arpa"));
    }

    @Test
    void aPortWithoutNamesHasNoRecords() {
        assertEquals(Map.of(), DnsRecords.of(List.of(port("10.1.0.7")), "a"));
    }
}
