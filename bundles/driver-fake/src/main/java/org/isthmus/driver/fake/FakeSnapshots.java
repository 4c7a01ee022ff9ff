// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.FakeServer.FakeSnapshot;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Snapshots;

/** Snapshots remember which disks there were, and how large. */
final class FakeSnapshots implements Snapshots {
    private final Servers servers;
    private final Clock clock;

    FakeSnapshots(Servers servers, Clock clock) {
        this.servers = servers;
        this.clock = clock;
    }

    @Override
    public Progress<Void> takeSnapshot(Call call, String ref, SnapshotId snapshot) {
        String id = snapshot.value();
        return servers.change(Verb.TAKE_SNAPSHOT, call, ref, id, (far, server) -> {
            if (server.snapshot(id).isPresent()) {
                return Outcome.already(null);
            }
            FakeSnapshot taken = new FakeSnapshot(id, clock.millis(), server.disks());
            FakeServer more = server.withSnapshots(FakeServer.plus(server.snapshots(), taken));
            return Outcome.with(null, Effect.leaves(more, new Mark(Thing.SNAPSHOT, id, Change.MADE)));
        });
    }

    @Override
    public Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot) {
        String id = snapshot.value();
        return servers.change(Verb.REVERT_SNAPSHOT, call, ref, id, (far, server) -> {
            if (server.onceTokens().contains(call.token())) {
                return Outcome.already(null);
            }
            FakeSnapshot taken = server.snapshot(id)
                    .orElseThrow(() ->
                            new DriverException(Kind.NOT_FOUND, "The server " + ref + " has no snapshot " + id + "."));
            return FakeDriver.leaves(server.stopped().withDisks(taken.disks()).did(call.token()));
        });
    }

    @Override
    public Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot) {
        String id = snapshot.value();
        return servers.change(Verb.DELETE_SNAPSHOT, call, ref, id, (far, server) -> {
            if (server.snapshot(id).isEmpty()) {
                return Outcome.already(null);
            }
            List<FakeSnapshot> fewer = server.snapshots().stream()
                    .filter(other -> !other.id().equals(id))
                    .toList();
            return Outcome.with(
                    null, Effect.leaves(server.withSnapshots(fewer), new Mark(Thing.SNAPSHOT, id, Change.REMOVED)));
        });
    }

    @Override
    public List<SeenSnapshot> snapshots(String ref) {
        return servers.ask(Verb.SNAPSHOTS, ref, server -> server.snapshots().stream()
                .map(taken -> new SeenSnapshot(new SnapshotId(taken.id()), Instant.ofEpochMilli(taken.takenAt())))
                .toList());
    }
}
