// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.kvm.host.Acceleration;
import org.isthmus.driver.kvm.xml.ServerMark.Once;
import org.isthmus.model.Ids;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

final class DomainXmlTest {
    private final Ids ids = new Ids(Clock.systemUTC());
    private final DiskSpec boot = new DiskSpec(ids.disk(), 1 << 20, Optional.empty());
    private final DiskSpec data = new DiskSpec(ids.disk(), 1 << 20, Optional.empty());
    private final NicSpec nic =
            nic(Map.of("bridge", "br-int", "interfaceId", "port-1", "mtu", "1442", "offloads", "false"));
    private final ServerSpec spec = new ServerSpec(
            ids.server(), new Name("web"), "host-1", 2, 512, List.of(boot, data), List.of(nic), new Seed("", "", ""));
    private final ServerMark mark = new ServerMark(spec.server(), "tok-1", "host-1", "web", false, List.of());

    private NicSpec nic(Map<String, String> attributes) {
        return new NicSpec(ids.nic(), MacAddress.local(7), new PortBinding(PortBinding.OVS, attributes));
    }

    private Element domain(Acceleration.Kind acceleration, String cpuModel) {
        return Xml.parse(DomainXml.of(
                spec,
                new DomainXml.Making(
                        "01930000-0000-7000-8000-000000000001",
                        mark,
                        List.of("/p/a&b.qcow2", "/p/b.qcow2"),
                        "/p/seed.iso",
                        "/p/logs/x.log",
                        acceleration,
                        cpuModel,
                        "q35",
                        Optional.empty())));
    }

    @Test
    void aDomainIsWhatTheSpecSays() {
        DomainView view = new DomainView(Xml.write(domain(Acceleration.Kind.TCG, "auto")));

        assertEquals(spec.server().value(), view.name());
        assertEquals(2, view.cpus());
        assertEquals(512, view.memoryMiB());
        assertEquals(Optional.of(mark), view.mark());
        assertEquals(
                List.of("vda", "vdb"),
                view.disks().stream().map(DomainView.Disk::target).toList());
        assertEquals(
                List.of(boot.id().value(), data.id().value()),
                view.disks().stream().map(DomainView.Disk::id).toList());
        assertEquals(Optional.of("/p/a&b.qcow2"), view.disks().get(0).path());
        assertEquals(Set.of("vda", "vdb", "vdc"), view.targets());
        assertEquals(nic.id().value(), view.nics().get(0).id());
        assertEquals(Optional.of("/p/logs/x.log"), view.consoleLog());
    }

    @Test
    void emulationAndKvmDifferInTypeAndCpu() {
        Element kvm = domain(Acceleration.Kind.KVM, "auto");
        Element tcg = domain(Acceleration.Kind.TCG, "auto");

        assertEquals("kvm", kvm.getAttribute("type"));
        assertEquals(Optional.of("host-passthrough"), Xml.attributeAt(kvm, "mode", "cpu"));
        assertEquals("qemu", tcg.getAttribute("type"));
        assertEquals(Optional.empty(), Xml.at(tcg, "cpu"));
        assertEquals(
                Optional.of("maximum"),
                Xml.attributeAt(domain(Acceleration.Kind.TCG, "host-passthrough"), "mode", "cpu"));
        assertEquals(Optional.of("EPYC"), Xml.textAt(domain(Acceleration.Kind.KVM, "EPYC"), "cpu", "model"));
    }

    @Test
    void portsStayFreeForDevicesThatComeLater() {
        Element devices =
                Xml.at(domain(Acceleration.Kind.TCG, "auto"), "devices").orElseThrow();

        long ports = Xml.children(devices, "controller").stream()
                .filter(one -> one.getAttribute("model").equals("pcie-root-port"))
                .count();

        // two disks, seed, interface, serial bus, random source, balloon
        assertTrue(ports >= 7 + 8, () -> ports + " ports");
    }

    @Test
    void anInterfaceIsPluggedAsItsPortSays() {
        Element plugged = Devices.nic(Xml.root("devices"), nic, Optional.empty());
        Element elsewhere = Devices.nic(Xml.root("devices"), nic, Optional.of("br-other"));
        Element offloading =
                Devices.nic(Xml.root("devices"), nic(Map.of("bridge", "b", "interfaceId", "i")), Optional.empty());

        assertEquals(Optional.of("br-int"), Xml.attributeAt(plugged, "bridge", "source"));
        assertEquals(Optional.of("openvswitch"), Xml.attributeAt(plugged, "type", "virtualport"));
        assertEquals(Optional.of("port-1"), Xml.attributeAt(plugged, "interfaceid", "virtualport", "parameters"));
        assertEquals(Optional.of("1442"), Xml.attributeAt(plugged, "size", "mtu"));
        assertEquals(Optional.of("off"), Xml.attributeAt(plugged, "csum", "driver", "guest"));
        assertEquals(Optional.of("off"), Xml.attributeAt(plugged, "gso", "driver", "host"));
        assertEquals(Optional.of("br-other"), Xml.attributeAt(elsewhere, "bridge", "source"));
        assertEquals(Optional.empty(), Xml.at(offloading, "driver"));
    }

    @Test
    void aPortOfAnotherKindIsInvalid() {
        NicSpec odd = new NicSpec(ids.nic(), MacAddress.local(1), new PortBinding("carrier-pigeon", Map.of()));
        NicSpec incomplete = nic(Map.of("bridge", "b"));

        for (NicSpec wrong : List.of(odd, incomplete)) {
            DriverException refusal = assertThrows(
                    DriverException.class, () -> Devices.nic(Xml.root("devices"), wrong, Optional.empty()));
            assertEquals(Kind.INVALID, refusal.kind());
        }
    }

    @Test
    void diskNamesGoOnAfterTheAlphabet() {
        assertEquals("vda", Devices.target(0));
        assertEquals("vdz", Devices.target(25));
        assertEquals("vdaa", Devices.target(26));
        assertEquals("vdc", Devices.freeTarget(Set.of("vda", "vdb", "vdd")));
    }

    @Test
    void markupInANameStaysAName() {
        ServerMark odd = new ServerMark(spec.server(), "t", "<host a='1'>", "\"&<x/>", false, List.of());
        Element domain = Xml.root("domain");
        odd.replaceIn(domain);

        assertEquals(Optional.of(odd), ServerMark.of(Xml.parse(Xml.write(domain))));
    }

    @Test
    void theMarkRemembersTheLastDeedsOnly() {
        ServerMark full = mark;
        for (int i = 0; i < 100; i++) {
            full = full.remembering(new Once("t" + i, "restart", i, true));
        }
        full = full.remembering(new Once("t99", "restart", 5, false));

        assertEquals(Optional.of(new Once("t99", "restart", 5, false)), full.once("t99", "restart"));
        assertEquals(Optional.empty(), full.once("t0", "restart"));
        assertEquals(Optional.empty(), full.once("t99", "revert"));
        assertTrue(full.once().size() < 50);
    }

    @Test
    void aMarkEditedByHandIsNoMark() {
        Element domain = Xml.parse("<domain><metadata><i:server xmlns:i='" + ServerMark.NAMESPACE
                + "' id='nonsense'/></metadata></domain>");

        assertEquals(Optional.empty(), ServerMark.of(domain));
    }

    @Test
    void aResizedDomainHasNoStaleTopology() {
        Element domain =
                Xml.parse("<domain><memory unit='KiB'>1024</memory><currentMemory unit='KiB'>512</currentMemory>"
                        + "<vcpu current='1'>4</vcpu><cpu><topology sockets='4'/></cpu></domain>");

        DomainView view = new DomainView(DomainXml.resized(domain, 3, 256));

        assertEquals(3, view.cpus());
        assertEquals(256, view.memoryMiB());
        assertEquals(Optional.empty(), Xml.at(view.domain(), "cpu", "topology"));
        assertEquals(Optional.of("256"), Xml.textAt(view.domain(), "currentMemory"));
    }

    @Test
    void aDocumentCannotReachOutside() {
        String hostile = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>";

        assertThrows(IllegalArgumentException.class, () -> Xml.parse(hostile));
    }
}
