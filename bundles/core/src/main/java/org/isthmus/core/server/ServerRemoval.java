// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;

/** Deleting a server: off and recoverable for a while, then gone; or gone at once where there is no grace. */
public final class ServerRemoval {
    public static final String DELETE = "server.delete";
    public static final String PURGE = "server.purge";
    /** In a delete's memory: how long it can be recovered. */
    static final String GRACE = "grace";

    private ServerRemoval() {}

    /** What deleting does. */
    public enum DeleteStep {
        /** The server is shut down; when the guest does not obey, power is cut. */
        STOP,
        /** Its name leads to it no longer: it may be another's at once. */
        UNNAME
    }

    /** What removing for good does. */
    public enum PurgeStep {
        /** The server and its disks are removed from its host. */
        REMOVE,
        /** Its ports are removed from their networks. */
        UNPLUG
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Delete(bench), new Purge(bench));
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
                case STOP -> unlessLost(
                        run,
                        () -> was(run) == ServerState.LOST
                                ? power(run, server, "off", PowerWish.OFF)
                                : shutDown(run, server, bench.patience().delete()));
                case UNNAME -> unlessLost(run, () -> name(run, server, "unname-", List.of()));
            };
        }

        /** What is not there needs nothing; and for a lost one nobody is waited for: it may never be seen again. */
        private static StepOutcome unlessLost(Run run, Supplier<StepOutcome> step) {
            boolean lost = was(run) == ServerState.LOST;
            try {
                return step.get();
            } catch (DriverException e) {
                if (e.kind() == DriverException.Kind.NOT_FOUND || (lost && e.passing())) {
                    return StepOutcome.done();
                }
                throw e;
            } catch (DriverAway e) {
                if (lost) {
                    return StepOutcome.done();
                }
                throw e;
            }
        }

        @Override
        StepOutcome undo(Run run, Server server, DeleteStep step) {
            return switch (step) {
                case UNNAME -> unlessAbsent(() -> name(run, server, "undo-unname-", List.of(server.name())));
                case STOP -> look(run, server);
            };
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end != Ending.SUCCEEDED) {
                restAsSeen(run, server, moment, "server.delete-failed");
                return;
            }
            Instant until = moment.now().plus(Duration.parse(run.get(GRACE).orElseThrow()));
            bench.life().rest(moment, server.id(), ServerState.DELETED, Optional.empty(), "server.deleted", row -> {
                off().accept(row);
                row.living(false);
                row.deleted(Optional.of(until), Optional.of(until));
            });
        }
    }

    private static final class Purge extends ServerProcess<PurgeStep> {
        Purge(Workbench bench) {
            super(PURGE, PurgeStep.class, bench);
        }

        @Override
        public boolean cancellable(String step) {
            return false;
        }

        @Override
        StepOutcome run(Run run, Server server, PurgeStep step) {
            return switch (step) {
                case REMOVE -> server.place().isEmpty()
                        ? StepOutcome.done()
                        : wish(
                                run,
                                "remove",
                                compute(
                                        server,
                                        driver -> driver.delete(run.call("remove"), server.id(), server.ref())));
                case UNPLUG -> removePorts(run, server, "unplug-");
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, PurgeStep step) {
            // what is removed stays removed; the rest is tried again later
            return StepOutcome.done();
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.ports().deleteOf(server.id());
                bench.life().gone(moment, server);
                return;
            }
            bench.life()
                    .rest(
                            moment,
                            server.id(),
                            ServerState.DELETED,
                            Optional.of(failure(run)),
                            "server.purge-failed",
                            row -> {
                                row.living(false);
                                row.deleted(
                                        Optional.of(server.deletedUntil().orElse(moment.now())),
                                        Optional.of(moment.now()
                                                .plus(bench.patience().purgeAgain())));
                            });
        }
    }
}
