// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.driver.fake.FakeServer.FakeNic;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;

/** Disks and interfaces that come and go. */
final class FakeAttachments implements Attachable {
    private final Servers servers;

    FakeAttachments(Servers servers) {
        this.servers = servers;
    }

    @Override
    public Progress<Void> attachDisk(Call call, String ref, DiskSpec disk) {
        String id = disk.id().value();
        return servers.change(Verb.ATTACH_DISK, call, ref, id, (far, server) -> {
            if (server.disk(id).isPresent()) {
                return Outcome.already(null);
            }
            servers.mustFit(far, servers.host(server.host()), server.cpus(), 0, disk.sizeBytes());
            FakeServer more = server.withDisks(FakeServer.plus(server.disks(), servers.disk(disk)));
            return outcome(more, Thing.DISK, id, Change.MADE);
        });
    }

    private static Outcome<Void> outcome(FakeServer server, Thing thing, String id, Change change) {
        return Outcome.with(null, Effect.leaves(server, new Mark(thing, id, change)));
    }

    @Override
    public Progress<Void> detachDisk(Call call, String ref, DiskId disk) {
        String id = disk.value();
        return servers.change(Verb.DETACH_DISK, call, ref, id, (far, server) -> {
            if (server.disk(id).isEmpty()) {
                return Outcome.already(null);
            }
            if (server.disks().get(0).id().equals(id)) {
                throw new DriverException(
                        Kind.INVALID, "The disk " + id + " is what the server " + ref + " boots from.");
            }
            List<FakeDisk> fewer = server.disks().stream()
                    .filter(other -> !other.id().equals(id))
                    .toList();
            return outcome(server.withDisks(fewer), Thing.DISK, id, Change.REMOVED);
        });
    }

    @Override
    public Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes) {
        String id = disk.value();
        return servers.change(Verb.GROW_DISK, call, ref, id, (far, server) -> {
            Optional<FakeDisk> there = server.disk(id);
            if (there.isEmpty()) {
                throw new DriverException(Kind.NOT_FOUND, "The server " + ref + " has no disk " + id + ".");
            }
            long more = sizeBytes - there.get().sizeBytes();
            if (more <= 0) {
                return Outcome.already(null);
            }
            servers.mustFit(far, servers.host(server.host()), server.cpus(), 0, more);
            List<FakeDisk> grown = server.disks().stream()
                    .map(other -> other.id().equals(id) ? other.sized(sizeBytes) : other)
                    .toList();
            return outcome(server.withDisks(grown), Thing.DISK, id, Change.CHANGED);
        });
    }

    @Override
    public Progress<Void> attachNic(Call call, String ref, NicSpec nic) {
        String id = nic.id().value();
        return servers.change(Verb.ATTACH_NIC, call, ref, id, (far, server) -> {
            if (server.hasNic(id)) {
                return Outcome.already(null);
            }
            FakeServer more = server.withNics(
                    FakeServer.plus(server.nics(), new FakeNic(id, nic.mac().value())));
            return outcome(more, Thing.NIC, id, Change.MADE);
        });
    }

    @Override
    public Progress<Void> detachNic(Call call, String ref, NicId nic) {
        String id = nic.value();
        return servers.change(Verb.DETACH_NIC, call, ref, id, (far, server) -> {
            if (!server.hasNic(id)) {
                return Outcome.already(null);
            }
            List<FakeNic> fewer = server.nics().stream()
                    .filter(other -> !other.id().equals(id))
                    .toList();
            return outcome(server.withNics(fewer), Thing.NIC, id, Change.REMOVED);
        });
    }
}
