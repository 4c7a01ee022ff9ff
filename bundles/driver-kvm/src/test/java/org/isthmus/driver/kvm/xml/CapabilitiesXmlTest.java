// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.Set;
import org.isthmus.spi.compute.Shape.Firmware;
import org.junit.jupiter.api.Test;

final class CapabilitiesXmlTest {
    private static Set<Firmware> of(String firmware, String secure) {
        return CapabilitiesXml.firmware("<domainCapabilities><os supported='yes'><enum name='firmware'>" + firmware
                + "</enum><loader supported='yes'><enum name='type'><value>pflash</value></enum><enum name='secure'>"
                + secure + "</enum></loader></os></domainCapabilities>");
    }

    @Test
    void aHostSaysWhatCanStartItsGuests() {
        assertEquals(EnumSet.allOf(Firmware.class), of("<value>efi</value>", "<value>yes</value><value>no</value>"));
        assertEquals(Set.of(Firmware.BIOS, Firmware.EFI), of("<value>efi</value>", "<value>no</value>"));
        assertEquals(Set.of(Firmware.BIOS), of("", "<value>no</value>"));
        assertEquals(Set.of(Firmware.BIOS), CapabilitiesXml.firmware("<domainCapabilities/>"));
    }
}
