// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.compute.Shape;
import org.w3c.dom.Element;

/** A domain's description as libvirt gives it, read. */
public final class DomainView {
    private final Element domain;

    public DomainView(String xml) {
        domain = Xml.parse(xml);
    }

    public Element domain() {
        return domain;
    }

    public String name() {
        return Xml.textAt(domain, "name").orElse("");
    }

    public Optional<ServerMark> mark() {
        return ServerMark.of(domain);
    }

    public int cpus() {
        return Xml.at(domain, "vcpu")
                .map(vcpu -> Integer.parseInt(Xml.attribute(vcpu, "current")
                        .orElse(vcpu.getTextContent().trim())))
                .orElse(1);
    }

    public long memoryMiB() {
        return Xml.at(domain, "memory").map(DomainView::mebibytes).orElse(0L);
    }

    /** libvirt says KiB whatever it was told; the unit is read all the same. */
    private static long mebibytes(Element memory) {
        long amount = Long.parseLong(memory.getTextContent().trim());
        return switch (Xml.attribute(memory, "unit").orElse("KiB").toLowerCase(Locale.ROOT)) {
            case "b", "bytes" -> amount >> 20;
            case "mib", "m" -> amount;
            case "gib", "g" -> amount << 10;
            default -> amount >> 10;
        };
    }

    /** What starts it. */
    public Shape.Firmware firmware() {
        boolean pflash = Xml.attributeAt(domain, "type", "os", "loader").equals(Optional.of("pflash"));
        boolean efi = pflash || Xml.attributeAt(domain, "firmware", "os").equals(Optional.of("efi"));
        if (!efi) {
            return Shape.Firmware.BIOS;
        }
        boolean secure = Xml.at(domain, "os", "firmware").stream()
                .flatMap(firmware -> Xml.children(firmware, "feature").stream())
                .anyMatch(feature -> Xml.attribute(feature, "name").equals(Optional.of("secure-boot"))
                        && Xml.attribute(feature, "enabled").equals(Optional.of("yes")));
        return secure || Xml.attributeAt(domain, "secure", "os", "loader").equals(Optional.of("yes"))
                ? Shape.Firmware.EFI_SECURE
                : Shape.Firmware.EFI;
    }

    /** A disk that holds data: not the seed, no CD-ROM. */
    public record Disk(String id, String target, Optional<String> path, boolean ours, Element element) {}

    public record Nic(String id, String mac, Element element) {}

    /** The disks, boot disk first. */
    public List<Disk> disks() {
        List<Disk> disks = new ArrayList<>();
        for (Element element : devices("disk")) {
            String device = Xml.attribute(element, "device").orElse("disk");
            if (!device.equals("disk") || Devices.isSeed(element)) {
                continue;
            }
            String target = Xml.attributeAt(element, "dev", "target").orElse("");
            Optional<String> id = Devices.id(element);
            disks.add(new Disk(
                    id.orElse(target), target, Xml.attributeAt(element, "file", "source"), id.isPresent(), element));
        }
        return disks;
    }

    public Optional<Disk> disk(String id) {
        return disks().stream().filter(disk -> disk.id().equals(id)).findFirst();
    }

    public List<Nic> nics() {
        List<Nic> nics = new ArrayList<>();
        for (Element element : devices("interface")) {
            String mac = Xml.attributeAt(element, "address", "mac").orElse("");
            nics.add(new Nic(Devices.id(element).orElse(mac), mac, element));
        }
        return nics;
    }

    public Optional<Nic> nic(String id) {
        return nics().stream().filter(nic -> nic.id().equals(id)).findFirst();
    }

    /** Every disk name in use, CD-ROMs and seed included. */
    public Set<String> targets() {
        Set<String> targets = new HashSet<>();
        for (Element element : devices("disk")) {
            Xml.attributeAt(element, "dev", "target").ifPresent(targets::add);
        }
        return targets;
    }

    /** Where the serial console is logged. */
    public Optional<String> consoleLog() {
        return devices("serial").stream()
                .map(serial -> Xml.attributeAt(serial, "file", "log"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private List<Element> devices(String name) {
        return Xml.at(domain, "devices")
                .map(devices -> Xml.children(devices, name))
                .orElse(List.of());
    }
}
