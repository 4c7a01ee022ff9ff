// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.compute.Snapshots;

/** Snapshots that are taken, gone back to and deleted. */
public final class ServerSnapshots {
    public static final String TAKE = "server.snapshot-take";
    public static final String REVERT = "server.snapshot-revert";
    public static final String DELETE = "server.snapshot-delete";
    static final String SNAPSHOT = "snapshot";

    private ServerSnapshots() {}

    /** What taking one does. */
    public enum TakeStep {
        TAKE
    }

    /** What going back to one does. */
    public enum RevertStep {
        REVERT
    }

    /** What deleting one does. */
    public enum DeleteStep {
        DELETE
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Take(bench), new Revert(bench), new Delete(bench));
    }

    private static SnapshotId snapshot(Run run) {
        return new SnapshotId(run.get(SNAPSHOT).orElseThrow());
    }

    private static final class Take extends ServerProcess<TakeStep> {
        Take(Workbench bench) {
            super(TAKE, TakeStep.class, bench);
        }

        @Override
        StepOutcome run(Run run, Server server, TakeStep step) {
            return switch (step) {
                case TAKE -> wish(
                        run,
                        "take",
                        facet(
                                server,
                                Snapshots.class,
                                all -> all.takeSnapshot(run.call("take"), server.mustRef(), snapshot(run))));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, TakeStep step) {
            return unlessAbsent(() -> wish(
                    run,
                    "undo-take",
                    facet(
                            server,
                            Snapshots.class,
                            all -> all.deleteSnapshot(run.call("undo-take"), server.mustRef(), snapshot(run)))));
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.parts().ready(snapshot(run));
                restAsWas(run, server, moment, Optional.empty(), "server.snapshot-taken");
            } else {
                bench.parts().delete(snapshot(run));
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.snapshot-failed");
            }
        }
    }

    private static final class Revert extends ServerProcess<RevertStep> {
        Revert(Workbench bench) {
            super(REVERT, RevertStep.class, bench);
        }

        @Override
        public boolean cancellable(String step) {
            return false;
        }

        @Override
        StepOutcome run(Run run, Server server, RevertStep step) {
            return switch (step) {
                case REVERT -> wish(
                        run,
                        "revert",
                        facet(
                                server,
                                Snapshots.class,
                                all -> all.revertSnapshot(run.call("revert"), server.mustRef(), snapshot(run))));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, RevertStep step) {
            return look(run, server);
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.life()
                        .rest(
                                moment,
                                server.id(),
                                ServerState.STOPPED,
                                Optional.empty(),
                                "server.snapshot-reverted",
                                off());
            } else {
                restAsSeen(run, server, moment, "server.snapshot-revert-failed");
            }
        }
    }

    private static final class Delete extends ServerProcess<DeleteStep> {
        Delete(Workbench bench) {
            super(DELETE, DeleteStep.class, bench);
        }

        @Override
        public boolean cancellable(String step) {
            return false;
        }

        @Override
        StepOutcome run(Run run, Server server, DeleteStep step) {
            return switch (step) {
                case DELETE -> wish(
                        run,
                        "delete",
                        facet(
                                server,
                                Snapshots.class,
                                all -> all.deleteSnapshot(run.call("delete"), server.mustRef(), snapshot(run))));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, DeleteStep step) {
            return StepOutcome.done();
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.parts().delete(snapshot(run));
                restAsWas(run, server, moment, Optional.empty(), "server.snapshot-deleted");
            } else {
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.snapshot-delete-failed");
            }
        }
    }
}
