// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.driver.kvm.xml.SnapshotXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;
import org.w3c.dom.Element;

/** The domains of a {@link MemoryHost}: two descriptions each, runs, marks, devices, snapshots. One call at a time: a DOM is not for
 * two threads, though they only read. */
final class MemoryDomains implements Domains {
    private final MemoryHost host;
    /** Looked at by a test while the driver works. */
    private final Map<String, Domain> domains = new ConcurrentSkipListMap<>();

    private final List<String> journal = new ArrayList<>();
    private int lastRun;
    private State kvmFate = State.RUNNING;

    MemoryDomains(MemoryHost host) {
        this.host = host;
    }

    private static final class Domain {
        private Element persistent;
        private Element running;
        private int run = -1;
        private State state = State.OFF;
        private final Map<String, String> snapshots = new LinkedHashMap<>();
        private MemoryHost.MemoryConsole console;
    }

    /** What was done to power, in order: "start", "cut", "button". */
    List<String> journal() {
        return journal;
    }

    /** The guest powers itself off. */
    synchronized void guestEnds(String uuid) {
        off(there(uuid), State.ENDED);
    }

    /** How guests fare under KVM: {@code ENDED} at once, {@code CRASHED}, or by default on and on. */
    void kvmGuests(State fate) {
        kvmFate = fate;
    }

    private void underKvm(Domain domain) {
        if (kvmFate != State.RUNNING) {
            off(domain, kvmFate);
        }
    }

    private static void off(Domain domain, State state) {
        domain.run = -1;
        domain.running = null;
        domain.state = state;
        if (domain.console != null) {
            domain.console.close();
        }
    }

    private Domain there(String uuid) {
        host.mustBeThere();
        Domain domain = domains.get(uuid);
        if (domain == null) {
            throw new DriverException(Kind.NOT_FOUND, "There is no domain " + uuid + ".");
        }
        return domain;
    }

    @Override
    public synchronized List<Facts> all() {
        host.mustBeThere();
        List<Facts> all = new ArrayList<>();
        domains.forEach((uuid, domain) -> all.add(facts(uuid, domain)));
        return all;
    }

    @Override
    public synchronized Optional<Facts> find(String uuid) {
        host.mustBeThere();
        return Optional.ofNullable(domains.get(uuid)).map(domain -> facts(uuid, domain));
    }

    private Facts facts(String uuid, Domain domain) {
        DomainView view = new DomainView(Xml.write(domain.run >= 0 ? domain.running : domain.persistent));
        Map<String, DiskFacts> disks = new HashMap<>();
        for (DomainView.Disk disk : view.disks()) {
            String path = disk.path().orElse("");
            disks.put(disk.target(), new DiskFacts(path, host.files().capacity(path), 0, 0, 0));
        }
        return new Facts(uuid, view.name(), true, domain.run, domain.state, 1, 1024, disks, 0, 0);
    }

    @Override
    public synchronized String description(String uuid, boolean persistent) {
        Domain domain = there(uuid);
        return Xml.write(persistent || domain.run < 0 ? domain.persistent : domain.running);
    }

    @Override
    public synchronized void define(String xml) {
        Element domain = Xml.parse(xml);
        String uuid = Xml.textAt(domain, "uuid").orElseThrow();
        host.change(() -> domains.compute(uuid, (key, there) -> {
            Domain defined = there == null ? new Domain() : there;
            defined.persistent = domain;
            return defined;
        }));
    }

    @Override
    public synchronized void undefine(String uuid) {
        if (domains.containsKey(uuid)) {
            host.change(() -> domains.remove(uuid));
        }
    }

    @Override
    public synchronized void start(String uuid) {
        Domain domain = there(uuid);
        host.change(() -> {
            if (domain.run >= 0) {
                throw new DriverException(Kind.CONFLICT, "It is on already.");
            }
            domain.running = Xml.parse(Xml.write(domain.persistent));
            lastRun++;
            domain.run = lastRun;
            domain.state = State.RUNNING;
            journal.add("start");
            if (domain.persistent.getAttribute("type").equals("kvm")) {
                underKvm(domain);
            }
        });
    }

    @Override
    public synchronized void resume(String uuid) {
        Domain domain = there(uuid);
        host.change(() -> domain.state = State.RUNNING);
    }

    @Override
    public synchronized void askToShutDown(String uuid) {
        there(uuid);
        host.change(() -> journal.add("button"));
    }

    @Override
    public synchronized void cutPower(String uuid) {
        Domain domain = there(uuid);
        if (domain.run >= 0) {
            host.change(() -> {
                off(domain, State.OFF);
                journal.add("cut");
            });
        }
    }

    @Override
    public synchronized void mark(String uuid, Optional<String> mark) {
        Domain domain = there(uuid);
        host.change(() -> {
            remark(domain.persistent, mark);
            if (domain.running != null) {
                remark(domain.running, mark);
            }
        });
    }

    /** As libvirt does: the element comes without a namespace and gets ours. */
    private static void remark(Element domain, Optional<String> mark) {
        Element metadata = Xml.at(domain, "metadata").orElseGet(() -> Xml.add(domain, "metadata"));
        Xml.children(metadata, "server").forEach(metadata::removeChild);
        if (mark.isPresent()) {
            Element plain = Xml.parse(mark.orElseThrow());
            Element named =
                    metadata.getOwnerDocument().createElementNS(ServerMark.NAMESPACE, ServerMark.PREFIX + ":server");
            for (int i = 0; i < plain.getAttributes().getLength(); i++) {
                named.setAttribute(
                        plain.getAttributes().item(i).getNodeName(),
                        plain.getAttributes().item(i).getNodeValue());
            }
            Xml.children(plain, "once").forEach(once -> Xml.copy(named, once));
            metadata.appendChild(named);
        }
    }

    private static Element devices(Domain domain, Where where) {
        Element description = where == Where.RUNNING ? domain.running : domain.persistent;
        return Xml.at(description, "devices").orElseThrow();
    }

    @Override
    public synchronized void attach(String uuid, String device, Where where) {
        Domain domain = there(uuid);
        host.change(() -> Xml.copy(devices(domain, where), Xml.parse(device)));
    }

    @Override
    public synchronized void detach(String uuid, String device, Where where) {
        Domain domain = there(uuid);
        Element wanted = Xml.parse(device);
        String alias = Xml.attributeAt(wanted, "name", "alias").orElseThrow();
        host.change(() -> {
            Element devices = devices(domain, where);
            Xml.children(devices, wanted.getTagName()).stream()
                    .filter(one -> Xml.attributeAt(one, "name", "alias").equals(Optional.of(alias)))
                    .forEach(devices::removeChild);
        });
    }

    @Override
    public synchronized void growDisk(String uuid, String target, long bytes) {
        String path = facts(uuid, there(uuid)).disks().get(target).path();
        host.files().resizePath(path, bytes);
    }

    @Override
    public synchronized void takeSnapshot(String uuid, String xml, boolean recordOnly) {
        Domain domain = there(uuid);
        Element snapshot = Xml.parse(xml);
        String name = Xml.textAt(snapshot, "name").orElseThrow();
        if (Xml.at(snapshot, "creationTime").isEmpty()) {
            Xml.text(snapshot, "creationTime", String.valueOf(1_700_000_000L + domain.snapshots.size()));
        }
        if (Xml.at(snapshot, "domain").isEmpty()) {
            Xml.copy(snapshot, domain.persistent);
        }
        host.change(() -> {
            domain.snapshots.put(name, Xml.write(snapshot));
            new DomainView(Xml.write(domain.persistent)).disks().forEach(disk -> disk.path()
                    .ifPresent(path -> host.files().snapshot(path, name)));
        });
    }

    @Override
    public synchronized List<String> snapshots(String uuid) {
        return List.copyOf(there(uuid).snapshots.values());
    }

    /** Takes the description back as well, as libvirt does. */
    @Override
    public synchronized void revert(String uuid, String snapshot) {
        Domain domain = there(uuid);
        String xml = domain.snapshots.get(snapshot);
        host.change(() -> {
            if (xml == null || domain.run >= 0 || SnapshotXml.disks(xml).isEmpty()) {
                throw new DriverException(Kind.CONFLICT, "This cannot be reverted.");
            }
            domain.persistent =
                    Xml.parse(Xml.write(Xml.at(Xml.parse(xml), "domain").orElseThrow()));
            journal.add("revert");
        });
    }

    @Override
    public synchronized void deleteSnapshot(String uuid, String snapshot) {
        Domain domain = there(uuid);
        if (domain.snapshots.containsKey(snapshot)) {
            host.change(() -> domain.snapshots.remove(snapshot));
        }
    }

    /** QEMU's two commands for a live snapshot. */
    @Override
    public synchronized String monitor(String uuid, String command) {
        there(uuid);
        if (!command.contains("query-block")) {
            host.change(() -> journal.add("live-snapshot"));
            return "{\"return\":{}}";
        }
        List<String> blocks = new ArrayList<>();
        facts(uuid, there(uuid))
                .disks()
                .forEach((target, disk) -> blocks.add(
                        "{\"inserted\":{\"node-name\":\"" + target + "\",\"file\":\"" + disk.path() + "\"}}"));
        return "{\"return\":[" + String.join(",", blocks) + "]}";
    }

    Console.Session console(String uuid) {
        Domain domain = there(uuid);
        if (domain.console != null) {
            domain.console.close();
        }
        domain.console = new MemoryHost.MemoryConsole();
        return domain.console;
    }
}
