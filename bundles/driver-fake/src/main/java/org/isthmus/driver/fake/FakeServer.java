// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;

/**
 * A server of the fake far end, as the ledger keeps it.
 *
 * @param server whose it is; empty text when somebody else's
 * @param token what made or adopted it; empty text when somebody else's
 * @param onceTokens tokens of restarts and reverts that have happened
 * @param starts how often it was started or restarted
 * @param startedAt milliseconds since the epoch of the last start
 * @param firmware what starts it; BIOS where a ledger of before does not say
 */
record FakeServer(
        String ref,
        String server,
        String token,
        String name,
        String host,
        int cpus,
        long memoryMiB,
        Power power,
        List<FakeDisk> disks,
        List<FakeNic> nics,
        List<FakeSnapshot> snapshots,
        List<String> onceTokens,
        long starts,
        long startedAt,
        Shape.Firmware firmware) {
    FakeServer {
        firmware = Objects.requireNonNullElse(firmware, Shape.Firmware.BIOS);
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        snapshots = List.copyOf(snapshots);
        onceTokens = List.copyOf(onceTokens);
    }

    private static final int REMEMBERED_TOKENS = 100;

    /**
     * A disk.
     *
     * @param content what it started as; null when blank, because that is what its absence in JSON is
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record FakeDisk(String id, long sizeBytes, FakeContent content) {
        FakeDisk(String id, long sizeBytes) {
            this(id, sizeBytes, null);
        }

        Optional<FakeContent> began() {
            return Optional.ofNullable(content);
        }

        FakeDisk sized(long bytes) {
            return new FakeDisk(id, bytes, content);
        }
    }

    /** Content that a disk started as. */
    record FakeContent(String sha256, ImageContent.Format format, long sizeBytes) {}

    /**
     * An interface.
     *
     * @param said the addresses that the guest says it has here
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record FakeNic(String id, String mac, List<String> said) {
        FakeNic {
            said = List.copyOf(Objects.requireNonNullElse(said, List.of()));
        }

        FakeNic(String id, String mac) {
            this(id, mac, List.of());
        }
    }

    record FakeSnapshot(String id, long takenAt, List<FakeDisk> disks) {}

    boolean managed() {
        return !server.isEmpty();
    }

    boolean on() {
        return power == Power.ON;
    }

    long diskBytes() {
        return disks.stream().mapToLong(FakeDisk::sizeBytes).sum();
    }

    Optional<FakeDisk> disk(String id) {
        return disks.stream().filter(disk -> disk.id().equals(id)).findFirst();
    }

    boolean hasNic(String id) {
        return nics.stream().anyMatch(nic -> nic.id().equals(id));
    }

    Optional<FakeSnapshot> snapshot(String id) {
        return snapshots.stream().filter(taken -> taken.id().equals(id)).findFirst();
    }

    FakeServer owned(String newServer, String newToken) {
        return new FakeServer(
                ref,
                newServer,
                newToken,
                name,
                host,
                cpus,
                memoryMiB,
                power,
                disks,
                nics,
                snapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    FakeServer sized(int newCpus, long newMemoryMiB) {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                newCpus,
                newMemoryMiB,
                power,
                disks,
                nics,
                snapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    FakeServer started(long now) {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                cpus,
                memoryMiB,
                Power.ON,
                disks,
                nics,
                snapshots,
                onceTokens,
                starts + 1,
                now,
                firmware);
    }

    /** What its guest said is gone with it. */
    FakeServer stopped() {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                cpus,
                memoryMiB,
                Power.OFF,
                disks,
                nics.stream().map(nic -> new FakeNic(nic.id(), nic.mac())).toList(),
                snapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    FakeServer withDisks(List<FakeDisk> newDisks) {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                cpus,
                memoryMiB,
                power,
                newDisks,
                nics,
                snapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    FakeServer withNics(List<FakeNic> newNics) {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                cpus,
                memoryMiB,
                power,
                disks,
                newNics,
                snapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    /** The guest says that it has these addresses on an interface, and no others. */
    FakeServer saying(String nic, List<String> addresses) {
        return withNics(nics.stream()
                .map(each -> each.id().equals(nic) ? new FakeNic(nic, each.mac(), addresses) : each)
                .toList());
    }

    FakeServer withSnapshots(List<FakeSnapshot> newSnapshots) {
        return new FakeServer(
                ref,
                server,
                token,
                name,
                host,
                cpus,
                memoryMiB,
                power,
                disks,
                nics,
                newSnapshots,
                onceTokens,
                starts,
                startedAt,
                firmware);
    }

    /** Remembers the token; the oldest of very many are forgotten. */
    FakeServer did(String onceToken) {
        List<String> all = plus(onceTokens, onceToken);
        List<String> latest = all.subList(Math.max(0, all.size() - REMEMBERED_TOKENS), all.size());
        return new FakeServer(
                ref, server, token, name, host, cpus, memoryMiB, power, disks, nics, snapshots, latest, starts,
                startedAt, firmware);
    }

    static <T> List<T> plus(List<T> list, T more) {
        List<T> longer = new ArrayList<>(list);
        longer.add(more);
        return longer;
    }

    /** As the driver shows it; on a lost host nobody knows its power, or what its guest says. */
    SeenServer seen(boolean hostLost) {
        return new SeenServer(
                ref,
                host,
                name,
                managed() ? Optional.of(new ServerId(server)) : Optional.empty(),
                managed() ? Optional.of(token) : Optional.empty(),
                managed(),
                hostLost ? Power.UNKNOWN : power,
                cpus,
                memoryMiB,
                disks.stream()
                        .map(disk -> new SeenDisk(disk.id(), disk.sizeBytes()))
                        .toList(),
                nics.stream()
                        .map(nic -> new SeenNic(nic.id(), nic.mac(), hostLost ? List.of() : nic.said()))
                        .toList());
    }
}
