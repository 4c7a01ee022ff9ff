// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.ProblemException;
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
        /** Its name leads to it no longer: where there is no grace, nothing has said so yet. */
        UNNAME,
        /** The server and its disks are removed from its host. */
        REMOVE,
        /** Its ports are removed from their networks. */
        UNPLUG
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Delete(bench), new Purge(bench));
    }

    /** What removing servers has in common. */
    private abstract static class Removal<S extends Enum<S>> extends ServerProcess<S> {
        Removal(String type, Class<S> steps, Workbench bench) {
            super(type, steps, bench);
        }

        /** Its name leads to it no longer. */
        final StepOutcome unname(Run run, Server server) {
            return nameEach(run, server, "unname-", List.of());
        }

        static boolean mayPass(RuntimeException trouble) {
            return trouble instanceof DriverAway || (trouble instanceof DriverException said && said.passing());
        }

        /** A network that is away is waited for half of the time there is: the rest is for what is left to do. */
        final StepOutcome soonOrNot(Run run, RuntimeException away) {
            Instant until = run.deadline().minus(longest().dividedBy(2));
            return run.now().isBefore(until) ? StepOutcome.again(ASK_AGAIN, away.getMessage()) : StepOutcome.done();
        }
    }

    private static final class Delete extends Removal<DeleteStep> {
        Delete(Workbench bench) {
            super(DELETE, DeleteStep.class, bench);
        }

        /** While its networks are waited for: their driver may never come back. */
        @Override
        public boolean cancellable(String step) {
            return step.equals(DeleteStep.UNNAME.name());
        }

        @Override
        StepOutcome run(Run run, Server server, DeleteStep step) {
            return switch (step) {
                case STOP -> unlessLost(
                        run,
                        () -> was(run) == ServerState.LOST
                                ? power(run, server, "off", PowerWish.OFF)
                                : shutDown(run, server, bench.patience().delete()));
                case UNNAME -> was(run) == ServerState.LOST ? unnameLost(run, server) : unname(run, server);
            };
        }

        /** It is its host that cannot say how it is; its networks are waited for, if not for ever. */
        private StepOutcome unnameLost(Run run, Server server) {
            run.remove(UNTOLD);
            try {
                return unname(run, server);
            } catch (DriverException | DriverAway e) {
                if (!mayPass(e)) {
                    throw e;
                }
                run.put(UNTOLD, "yes");
                return soonOrNot(run, e);
            }
        }

        /** What is not there needs nothing; and a lost one's host is not waited for: it may never be seen again. */
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
                case UNNAME -> nameAgain(run, server, "undo-unname-");
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
            Optional<String> reason =
                    run.get(UNTOLD).map(yes -> "A network that is away may still lead its name to it.");
            bench.life().rest(moment, server.id(), ServerState.DELETED, reason, "server.deleted", row -> {
                off().accept(row);
                row.living(false);
                row.deleted(Optional.of(until), Optional.of(until));
            });
        }
    }

    private static final class Purge extends Removal<PurgeStep> {
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
                case UNNAME -> unnameIfItCan(run, server);
                case REMOVE -> server.place().isEmpty()
                        ? StepOutcome.done()
                        : remove(run, server, "remove", StepOutcome::done);
                case UNPLUG -> removePorts(run, server, "unplug-");
            };
        }

        /** A network that refuses keeps nothing from being removed: its ports go soon, with all that leads to them. */
        private StepOutcome unnameIfItCan(Run run, Server server) {
            try {
                return unname(run, server);
            } catch (DriverException | DriverAway | ProblemException e) {
                return mayPass(e) ? soonOrNot(run, e) : StepOutcome.done();
            }
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
