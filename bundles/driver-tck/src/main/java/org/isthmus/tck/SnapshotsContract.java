// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.spi.compute.Snapshots.SeenSnapshot;
import org.isthmus.tck.ComputeBench.Made;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.Test;

/** The contract of {@link Snapshots}, for a {@link ComputeContract} that claims it. */
public interface SnapshotsContract extends FacetContract {
    private static Wish<ComputeDriver, Void> wish(BiFunction<Snapshots, Call, Progress<Void>> change) {
        return (driver, call) -> change.apply(driver.facet(Snapshots.class).orElseThrow(), call);
    }

    private List<SnapshotId> snapshots(Made made) {
        return bench()
                .driver()
                .ask(driver -> driver.facet(Snapshots.class).orElseThrow().snapshots(made.ref()))
                .stream()
                .map(SeenSnapshot::id)
                .toList();
    }

    private SnapshotId take(Made made) {
        SnapshotId id = bench().driver().ids().snapshot();
        bench().driver().done(wish((driver, call) -> driver.takeSnapshot(call, made.ref(), id)));
        return id;
    }

    @Test
    default void s01_takeSnapshotMakesOneAndTheyAreListedOldestFirst() {
        Made made = bench().create();
        SnapshotId first = bench().driver().ids().snapshot();
        Replayer<ComputeDriver> replayer =
                bench().driver().replayer(1, Disturbance.MEMO_LOST, Disturbance.SAID_TWICE, Disturbance.RESTARTED);

        replayer.untilDone(wish((driver, call) -> driver.takeSnapshot(call, made.ref(), first)));
        // libvirt keeps whole seconds: without a pause the order would be chance
        bench().driver().waiting().pause(java.time.Duration.ofSeconds(2));
        SnapshotId second = take(made);

        assertEquals(List.of(first, second), snapshots(made), replayer::trail);
    }

    @Test
    default void s02_revertLeavesItOffAndHappensOncePerToken() {
        Made made = bench().create();
        SnapshotId id = take(made);
        bench().power(made.ref(), PowerWish.ON);
        String token = bench().driver().token();
        Wish<ComputeDriver, Void> revert = wish((driver, call) -> driver.revertSnapshot(call, made.ref(), id));

        bench().driver().done(token, revert);
        Power reverted = bench().powerOf(made);
        bench().power(made.ref(), PowerWish.ON);
        bench().driver().done(token, revert);

        assertEquals(Power.OFF, reverted);
        assertEquals(Power.ON, bench().powerOf(made), "a late repeat did not revert again");
    }

    @Test
    default void s03_revertToASnapshotThatIsNotThereIsNotFound() {
        Made made = bench().create();
        SnapshotId never = bench().driver().ids().snapshot();

        bench().driver()
                .mustRefuse(
                        "Revert to a snapshot that is not there",
                        wish((driver, call) -> driver.revertSnapshot(call, made.ref(), never)),
                        Kind.NOT_FOUND);
    }

    @Test
    default void s04_deleteSnapshotRemovesItAndAbsentIsDone() {
        Made made = bench().create();
        SnapshotId id = take(made);

        bench().driver().done(wish((driver, call) -> driver.deleteSnapshot(call, made.ref(), id)));
        bench().driver().done(wish((driver, call) -> driver.deleteSnapshot(call, made.ref(), id)));

        assertEquals(List.of(), snapshots(made));
    }

    @Test
    default void s05_deleteOfAServerWithSnapshotsRemovesAll() {
        Made made = bench().create();
        take(made);

        bench().delete(made.id(), Optional.of(made.ref()));

        bench().assertGone(made.id());
    }
}
