// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.network.PortBinding;
import org.w3c.dom.Element;

/**
 * Devices of a server: the same form when the server is made and when they are plugged in later. Each carries our id as its
 * alias ({@code ua-} is libvirt's mark of an alias that users gave), which is how it is found again.
 */
public final class Devices {
    private static final String ALIAS = "ua-";
    private static final String SEED = "seed";
    private static final int LETTERS = 26;

    private Devices() {}

    /** A qcow2 disk in its own file. */
    public static Element disk(Element parent, DiskId id, String path, String target, boolean boot) {
        Element disk = file(parent, "qcow2", path, target);
        if (boot) {
            Xml.add(disk, "boot", "order", "1");
        }
        Xml.add(disk, "alias", "name", ALIAS + id);
        return disk;
    }

    /** The NoCloud seed: a virtio disk, since small kernels lack the SATA a CD-ROM would need. */
    public static Element seed(Element parent, String path, String target) {
        Element disk = file(parent, "raw", path, target);
        Xml.add(disk, "readonly");
        Xml.add(disk, "alias", "name", ALIAS + SEED);
        return disk;
    }

    private static Element file(Element parent, String format, String path, String target) {
        Element disk = Xml.add(parent, "disk", "type", "file", "device", "disk");
        Xml.add(disk, "driver", "name", "qemu", "type", format, "cache", "none", "discard", "unmap");
        Xml.add(disk, "source", "file", path);
        Xml.add(disk, "target", "dev", target, "bus", "virtio");
        return disk;
    }

    /**
     * An interface on its port.
     *
     * @param bridge taken in place of the one in the binding, where an endpoint's bridge is called something else
     * @throws DriverException INVALID when this driver cannot plug into such a port
     */
    public static Element nic(Element parent, NicSpec spec, Optional<String> bridge) {
        PortBinding binding = spec.binding();
        if (!PortBinding.OVS.equals(binding.kind())) {
            throw new DriverException(
                    Kind.INVALID,
                    "A KVM host plugs into Open vSwitch ports (binding kind ovs), not into " + binding.kind()
                            + "; give the location a network driver that makes such ports.");
        }
        Element nic = Xml.add(parent, "interface", "type", "bridge");
        Xml.add(nic, "mac", "address", spec.mac().value());
        Xml.add(nic, "source", "bridge", bridge.orElseGet(() -> attribute(binding, PortBinding.OVS_BRIDGE)));
        Element port = Xml.add(nic, "virtualport", "type", "openvswitch");
        Xml.add(port, "parameters", "interfaceid", attribute(binding, PortBinding.OVS_INTERFACE_ID));
        Xml.add(nic, "model", "type", "virtio");
        String mtu = binding.attributes().get(PortBinding.MTU);
        if (mtu != null) {
            Xml.add(nic, "mtu", "size", mtu);
        }
        if ("false".equals(binding.attributes().get(PortBinding.OFFLOADS))) {
            withoutOffloads(nic);
        }
        Xml.add(nic, "alias", "name", alias(spec.id()));
        return nic;
    }

    /** On a userspace datapath ping works but TCP fails while a guest leaves checksums and segmentation to its host. */
    private static void withoutOffloads(Element nic) {
        Element driver = Xml.add(nic, "driver");
        for (String side : new String[] {"host", "guest"}) {
            Xml.add(driver, side, "csum", "off", "tso4", "off", "tso6", "off", "ecn", "off", "ufo", "off");
        }
        Xml.at(driver, "host").orElseThrow().setAttribute("gso", "off");
    }

    private static String attribute(PortBinding binding, String name) {
        Map<String, String> attributes = binding.attributes();
        String value = attributes.get(name);
        if (value == null || value.isBlank()) {
            throw new DriverException(
                    Kind.INVALID, "The port's binding lacks \"" + name + "\", which an Open vSwitch port needs.");
        }
        return value;
    }

    /** Under which libvirt and QEMU know an interface. */
    public static String alias(NicId nic) {
        return ALIAS + nic;
    }

    /** The id a device carries, or empty when it is not one of ours. */
    public static Optional<String> id(Element device) {
        return Xml.attributeAt(device, "name", "alias")
                .filter(alias -> alias.startsWith(ALIAS))
                .map(alias -> alias.substring(ALIAS.length()));
    }

    /** True for the seed. */
    public static boolean isSeed(Element device) {
        return id(device).equals(Optional.of(SEED));
    }

    /** The first device name ({@code vda}, {@code vdb}, … {@code vdaa}) that is not taken. */
    public static String freeTarget(Set<String> taken) {
        for (int i = 0; ; i++) {
            String target = target(i);
            if (!taken.contains(target)) {
                return target;
            }
        }
    }

    /** The device name of the n-th virtio disk, from 0. */
    public static String target(int index) {
        StringBuilder letters = new StringBuilder();
        for (int i = index; i >= 0; i = i / LETTERS - 1) {
            letters.insert(0, (char) ('a' + i % LETTERS));
        }
        return String.format(Locale.ROOT, "vd%s", letters);
    }
}
