// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.ptr.LongByReference;
import java.util.Locale;
import java.util.Set;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.xml.CapabilitiesXml;
import org.isthmus.spi.compute.Shape;
import org.libvirt.jna.virNodeInfo;

/** A libvirt host during one piece of work on its connection. */
final class LibvirtHypervisor implements Hypervisor {
    private static final long MILLION = 1_000_000L;
    private static final long THOUSAND = 1_000L;

    private final Talk talk;
    private final Domains domains;
    private final Volumes volumes;

    LibvirtHypervisor(Talk talk) {
        this.talk = talk;
        this.domains = new LibvirtDomains(talk);
        this.volumes = new LibvirtVolumes(talk);
    }

    @Override
    public String hostName() {
        return talk.text(
                "ask for its host's name", () -> talk.libvirt().raw().virConnectGetHostname(talk.connection()));
    }

    @Override
    public Node node() {
        virNodeInfo info = new virNodeInfo();
        talk.check("ask for its host's size", () -> talk.libvirt().raw().virNodeGetInfo(talk.connection(), info));
        return new Node(info.cpus, info.memory.longValue() >> 10);
    }

    @Override
    public String version() {
        LongByReference number = new LongByReference();
        talk.check(
                "ask for its version", () -> talk.libvirt().raw().virConnectGetLibVersion(talk.connection(), number));
        long value = number.getValue();
        return String.format(Locale.ROOT, "%d.%d.%d", value / MILLION, value / THOUSAND % THOUSAND, value % THOUSAND);
    }

    @Override
    public Set<Shape.Firmware> firmware(String machine, String domainType) {
        return CapabilitiesXml.firmware(talk.text("ask what can start guests", () -> talk.libvirt()
                .more()
                .virConnectGetDomainCapabilities(talk.connection(), null, "x86_64", machine, domainType, 0)));
    }

    @Override
    public Domains domains() {
        return domains;
    }

    @Override
    public Volumes volumes() {
        return volumes;
    }
}
