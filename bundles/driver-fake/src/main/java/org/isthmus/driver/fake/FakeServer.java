// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/**
 * A server of the fake far end, as the ledger keeps it.
 *
 * @param server whose it is; empty text when somebody else's
 * @param token what made or adopted it; empty text when somebody else's
 * @param onceTokens tokens of restarts and reverts that have happened
 * @param starts how often it was started or restarted
 * @param startedAt milliseconds since the epoch of the last start
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
        long startedAt) {
    FakeServer {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        snapshots = List.copyOf(snapshots);
        onceTokens = List.copyOf(onceTokens);
    }

    private static final int REMEMBERED_TOKENS = 100;

    record FakeDisk(String id, long sizeBytes) {}

    record FakeNic(String id, String mac) {}

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
                startedAt);
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
                startedAt);
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
                now);
    }

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
                nics,
                snapshots,
                onceTokens,
                starts,
                startedAt);
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
                startedAt);
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
                startedAt);
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
                startedAt);
    }

    /** Remembers the token; the oldest of very many are forgotten. */
    FakeServer did(String onceToken) {
        List<String> all = plus(onceTokens, onceToken);
        List<String> latest = all.subList(Math.max(0, all.size() - REMEMBERED_TOKENS), all.size());
        return new FakeServer(
                ref, server, token, name, host, cpus, memoryMiB, power, disks, nics, snapshots, latest, starts,
                startedAt);
    }

    static <T> List<T> plus(List<T> list, T more) {
        List<T> longer = new ArrayList<>(list);
        longer.add(more);
        return longer;
    }

    /** As the driver shows it; on a lost host nobody knows its power. */
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
                nics.stream().map(nic -> new SeenNic(nic.id(), nic.mac())).toList());
    }
}
