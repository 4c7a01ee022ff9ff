// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Acceleration;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.Shape;
import org.w3c.dom.Element;

/** A server as a libvirt domain: q35 and virtio, a serial console with a log, the guest agent's channel, no graphics. */
public final class DomainXml {
    /** q35 plugs a device into a port of its own; these stay free for disks and interfaces that come later. */
    private static final int SPARE_PORTS = 12;
    /** Ports for what every server has: the seed, the virtio serial bus, the random source, the balloon. */
    private static final int COMMON_PORTS = 4;

    private DomainXml() {}

    /**
     * What a domain is made from beside the wish itself.
     *
     * @param uuid the domain's
     * @param diskPaths of the disks, in the order of the spec
     * @param logPath where the host writes what the serial console prints
     */
    public record Making(
            String uuid,
            ServerMark mark,
            List<String> diskPaths,
            String seedPath,
            String logPath,
            Acceleration.Kind acceleration,
            String cpuModel,
            String machine,
            Optional<String> bridge) {
        public Making {
            diskPaths = List.copyOf(diskPaths);
        }
    }

    /** The domain to define. */
    public static String of(ServerSpec spec, Making making) {
        Element domain = Xml.root("domain", "type", making.acceleration().domainType());
        Xml.text(domain, "name", spec.server().value());
        Xml.text(domain, "uuid", making.uuid());
        Xml.text(domain, "title", spec.name().value());
        making.mark().addTo(Xml.add(domain, "metadata"));
        Xml.text(domain, "memory", String.valueOf(spec.memoryMiB()), "unit", "MiB");
        Xml.text(domain, "vcpu", String.valueOf(spec.cpus()));
        Element os = Xml.add(domain, "os");
        Xml.text(os, "type", "hvm", "arch", "x86_64", "machine", making.machine());
        firmware(os, spec.firmware());
        Element features = Xml.add(domain, "features");
        Xml.add(features, "acpi");
        Xml.add(features, "apic");
        cpu(domain, making.acceleration(), making.cpuModel());
        Element clock = Xml.add(domain, "clock", "offset", "utc");
        Xml.add(clock, "timer", "name", "rtc", "tickpolicy", "catchup");
        Xml.add(clock, "timer", "name", "pit", "tickpolicy", "delay");
        Xml.add(clock, "timer", "name", "hpet", "present", "no");
        Xml.text(domain, "on_poweroff", "destroy");
        Xml.text(domain, "on_reboot", "restart");
        Xml.text(domain, "on_crash", "destroy");
        devices(Xml.add(domain, "devices"), spec, making);
        return Xml.write(domain);
    }

    /** libvirt chooses the file; without a word about Secure Boot it might take one that wants signatures. */
    private static void firmware(Element os, Shape.Firmware firmware) {
        if (firmware == Shape.Firmware.BIOS) {
            return;
        }
        os.setAttribute("firmware", "efi");
        String secure = firmware == Shape.Firmware.EFI_SECURE ? "yes" : "no";
        Element features = Xml.add(os, "firmware");
        Xml.add(features, "feature", "enabled", secure, "name", "secure-boot");
        Xml.add(features, "feature", "enabled", secure, "name", "enrolled-keys");
    }

    /** {@code auto} is the host's own CPU under KVM, and the emulator's default elsewhere. */
    public static void cpu(Element domain, Acceleration.Kind acceleration, String model) {
        boolean kvm = acceleration == Acceleration.Kind.KVM;
        switch (model) {
            case "auto" -> {
                if (kvm) {
                    Xml.add(domain, "cpu", "mode", "host-passthrough", "check", "none");
                }
            }
                // an emulated CPU cannot be the host's: everything the emulator can do comes closest
            case "host-passthrough" -> Xml.add(
                    domain, "cpu", "mode", kvm ? "host-passthrough" : "maximum", "check", "none");
            case "host-model", "maximum" -> Xml.add(domain, "cpu", "mode", model);
            default -> Xml.text(
                    Xml.add(domain, "cpu", "mode", "custom", "match", "exact"), "model", model, "fallback", "forbid");
        }
    }

    private static void devices(Element devices, ServerSpec spec, Making making) {
        Xml.add(devices, "controller", "type", "pci", "index", "0", "model", "pcie-root");
        int ports = spec.disks().size() + spec.nics().size() + COMMON_PORTS + SPARE_PORTS;
        for (int i = 1; i <= ports; i++) {
            Xml.add(devices, "controller", "type", "pci", "index", String.valueOf(i), "model", "pcie-root-port");
        }
        Xml.add(devices, "controller", "type", "usb", "model", "none");
        int index = 0;
        for (DiskSpec disk : spec.disks()) {
            Devices.disk(devices, disk.id(), making.diskPaths().get(index), Devices.target(index), index == 0);
            index++;
        }
        Devices.seed(devices, making.seedPath(), Devices.target(index));
        for (NicSpec nic : spec.nics()) {
            Devices.nic(devices, nic, making.bridge());
        }
        Element serial = Xml.add(devices, "serial", "type", "pty");
        // the guest's last words must outlive its restart
        Xml.add(serial, "log", "file", making.logPath(), "append", "on");
        Xml.add(serial, "target", "port", "0");
        Element console = Xml.add(devices, "console", "type", "pty");
        Xml.add(console, "target", "type", "serial", "port", "0");
        Element agent = Xml.add(devices, "channel", "type", "unix");
        Xml.add(agent, "target", "type", "virtio", "name", "org.qemu.guest_agent.0");
        Element rng = Xml.add(devices, "rng", "model", "virtio");
        Xml.text(rng, "backend", "/dev/urandom", "model", "random");
        Xml.add(devices, "memballoon", "model", "virtio");
        Xml.add(Xml.add(devices, "video"), "model", "type", "none");
    }

    /** The same domain with other CPUs and memory. */
    public static String resized(Element domain, int cpus, long memoryMiB) {
        Element vcpu = Xml.at(domain, "vcpu").orElseThrow();
        vcpu.setTextContent(String.valueOf(cpus));
        vcpu.removeAttribute("current");
        for (String name : new String[] {"memory", "currentMemory"}) {
            Xml.at(domain, name).ifPresent(memory -> {
                memory.setAttribute("unit", "MiB");
                memory.setTextContent(String.valueOf(memoryMiB));
            });
        }
        // what somebody else drew as sockets and cores no longer adds up: the hypervisor draws anew
        Xml.at(domain, "cpu", "topology")
                .ifPresent(topology -> topology.getParentNode().removeChild(topology));
        return Xml.write(domain);
    }
}
