// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.compute.Snapshots.SeenSnapshot;
import org.w3c.dom.Element;

/** Snapshots for libvirt: kept inside the qcow2 files, of disks alone. */
public final class SnapshotXml {
    private SnapshotXml() {}

    /**
     * A snapshot of a domain that is off, or the record of one that QEMU took while it ran.
     *
     * @param disks names of the disks in it
     * @param others names of the disks that stay out, such as the seed
     * @param takenAt said only for a record of what was already taken, with the domain as it is
     */
    public static String of(
            SnapshotId id, Collection<String> disks, Collection<String> others, Optional<Taken> takenAt) {
        Element snapshot = Xml.root("domainsnapshot");
        Xml.text(snapshot, "name", id.value());
        takenAt.ifPresent(taken -> {
            Xml.text(snapshot, "state", "shutoff");
            Xml.text(snapshot, "creationTime", String.valueOf(taken.at().getEpochSecond()));
        });
        Xml.add(snapshot, "memory", "snapshot", "no");
        Element list = Xml.add(snapshot, "disks");
        disks.forEach(disk -> Xml.add(list, "disk", "name", disk, "snapshot", "internal"));
        others.forEach(disk -> Xml.add(list, "disk", "name", disk, "snapshot", "no"));
        takenAt.ifPresent(taken -> Xml.copy(snapshot, taken.domain()));
        return Xml.write(snapshot);
    }

    /** When a snapshot was taken, and the persistent description of the domain then. */
    public record Taken(Instant at, Element domain) {}

    /** One of our snapshots, or empty when somebody else named it. */
    public static Optional<SeenSnapshot> read(String xml) {
        Element snapshot = Xml.parse(xml);
        return Xml.textAt(snapshot, "name")
                .filter(name -> Id.looksLike(SnapshotId.PREFIX, name))
                .map(name -> new SeenSnapshot(
                        new SnapshotId(name),
                        Instant.ofEpochSecond(Long.parseLong(
                                Xml.textAt(snapshot, "creationTime").orElse("0")))));
    }

    /** Names of the disks that are in a snapshot. */
    public static Set<String> disks(String xml) {
        Set<String> names = new TreeSet<>();
        Xml.at(Xml.parse(xml), "disks").stream()
                .flatMap(disks -> Xml.children(disks, "disk").stream())
                .filter(disk -> disk.getAttribute("snapshot").equals("internal"))
                .forEach(disk -> names.add(disk.getAttribute("name")));
        return names;
    }
}
