// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.compute.Shape.Firmware;
import org.w3c.dom.Element;

/** What libvirt says that a host can do for a domain. */
public final class CapabilitiesXml {
    private CapabilitiesXml() {}

    /** What can start a guest. A BIOS always can. */
    public static Set<Firmware> firmware(String capabilities) {
        Set<Firmware> all = EnumSet.of(Firmware.BIOS);
        Element root = Xml.parse(capabilities);
        if (values(Xml.at(root, "os"), "firmware").contains("efi")) {
            all.add(Firmware.EFI);
            if (values(Xml.at(root, "os", "loader"), "secure").contains("yes")) {
                all.add(Firmware.EFI_SECURE);
            }
        }
        return all;
    }

    private static List<String> values(Optional<Element> parent, String name) {
        return parent.stream()
                .flatMap(element -> Xml.children(element, "enum").stream())
                .filter(one -> one.getAttribute("name").equals(name))
                .flatMap(one -> Xml.children(one, "value").stream())
                .map(value -> value.getTextContent().trim())
                .toList();
    }
}
