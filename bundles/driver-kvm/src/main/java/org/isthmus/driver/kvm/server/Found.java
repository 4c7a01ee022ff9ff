// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.driver.kvm.host.AccelerationProbe;
import org.isthmus.driver.kvm.host.Domains.DiskFacts;
import org.isthmus.driver.kvm.host.Domains.Facts;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/** A domain that was looked up: how it is, and its description as of now. Its UUID is the driver's reference. */
record Found(Facts facts, DomainView view) {
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    String ref() {
        return facts.uuid();
    }

    boolean active() {
        return facts.active();
    }

    Optional<ServerMark> mark() {
        return view.mark();
    }

    /** The domain of this reference. */
    static Optional<Found> at(Hypervisor host, String ref) {
        if (!UUID.matcher(ref).matches()) {
            return Optional.empty();
        }
        return host.domains().find(ref).flatMap(facts -> described(host, facts));
    }

    private static Optional<Found> described(Hypervisor host, Facts facts) {
        try {
            return Optional.of(
                    new Found(facts, new DomainView(host.domains().description(facts.uuid(), !facts.active()))));
        } catch (DriverException e) {
            if (e.kind() == Kind.NOT_FOUND) {
                // gone between the two questions
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Ours at this reference, or NOT_FOUND. What somebody else made is CONFLICT: nobody may change it through us. */
    static Found ours(Hypervisor host, String ref) {
        Found found = at(host, ref).orElseThrow(() -> absent(ref));
        if (found.mark().isEmpty()) {
            throw new DriverException(
                    Kind.CONFLICT, "The domain " + ref + " on this host is not Isthmus' own; adopt it first.");
        }
        return found;
    }

    static DriverException absent(String ref) {
        return new DriverException(Kind.NOT_FOUND, "There is no server " + ref + " on this host.");
    }

    /** The server of this id: the domain of its UUID, or one that was adopted and kept its own. */
    static Optional<Found> of(Hypervisor host, ServerId server) {
        Optional<Found> direct = at(host, HostFiles.uuid(server)).filter(found -> found.is(server));
        if (direct.isPresent()) {
            return direct;
        }
        for (Facts facts : host.domains().all()) {
            // what we made bears an id as its name and was asked for directly: only strangers are looked through
            boolean candidate =
                    !Id.looksLike(ServerId.PREFIX, facts.name()) && !AccelerationProbe.isProbe(facts.name());
            if (candidate) {
                Optional<Found> found = described(host, facts).filter(one -> one.is(server));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private boolean is(ServerId server) {
        return mark().filter(mark -> mark.server().equals(server)).isPresent();
    }

    /** Every domain of the host but our own probes. */
    static List<Found> all(Hypervisor host) {
        List<Found> all = new ArrayList<>();
        for (Facts facts : host.domains().all()) {
            if (!AccelerationProbe.isProbe(facts.name())) {
                described(host, facts).ifPresent(all::add);
            }
        }
        return all;
    }

    /** As the controller sees it. */
    SeenServer seen(Hypervisor host, String hostName) {
        List<SeenDisk> disks = view.disks().stream()
                .map(disk -> new SeenDisk(disk.id(), size(host, disk)))
                .toList();
        List<SeenNic> nics = view.nics().stream()
                .map(nic -> new SeenNic(nic.id(), nic.mac()))
                .toList();
        Optional<ServerMark> mark = mark();
        return new SeenServer(
                ref(),
                hostName,
                mark.map(ServerMark::name).orElse(view.name()),
                mark.map(ServerMark::server),
                mark.map(ServerMark::token),
                mark.isPresent(),
                power(),
                view.cpus(),
                view.memoryMiB(),
                disks,
                nics);
    }

    /** Size of a disk as the guest sees it; where a busy QEMU does not say, its file does. 0 when nobody knows. */
    long size(Hypervisor host, DomainView.Disk disk) {
        DiskFacts known = facts.disks().get(disk.target());
        if (known != null && known.sizeBytes() > 0) {
            return known.sizeBytes();
        }
        return disk.path()
                .map(path -> host.volumes().capacityOfPath(path).orElse(0))
                .orElse(0L);
    }

    private Power power() {
        return switch (facts.state()) {
            case RUNNING -> Power.ON;
            case PAUSED -> Power.PAUSED;
            case OFF, ENDED -> Power.OFF;
            case CRASHED -> Power.CRASHED;
            case UNKNOWN -> Power.UNKNOWN;
        };
    }
}
