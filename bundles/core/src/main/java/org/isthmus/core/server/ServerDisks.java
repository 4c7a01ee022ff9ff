// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.core.Moment;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;

/** Disks that come, go and grow. A disk's row says what is there: it is written when the driver has done its part. */
public final class ServerDisks {
    public static final String ATTACH = "server.disk-attach";
    public static final String DETACH = "server.disk-detach";
    public static final String GROW = "server.disk-grow";
    static final String DISK = "disk";
    static final String SIZE = "sizeGiB";

    private ServerDisks() {}

    /** What attaching does. */
    public enum AttachStep {
        /** The host's room for it is claimed. */
        CLAIM,
        ATTACH
    }

    /** What detaching does. */
    public enum DetachStep {
        DETACH
    }

    /** What growing does. */
    public enum GrowStep {
        /** The host's room for it is claimed. */
        CLAIM,
        GROW
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Attach(bench), new Detach(bench), new Grow(bench));
    }

    private static DiskId disk(Run run) {
        return new DiskId(run.get(DISK).orElseThrow());
    }

    private static long size(Run run) {
        return Long.parseLong(run.get(SIZE).orElseThrow());
    }

    private static Claim disks(Server server, long diskGiB) {
        Claim claim = server.mustPlace().claim();
        return new Claim(claim.cpus(), claim.memoryMiB(), diskGiB);
    }

    /** What the disks of the rows need of the host. */
    private static void holdWhatIsThere(Workbench bench, Server server) {
        bench.life()
                .hold(server.id(), disks(server, Charges.diskGiB(bench.parts().disks(server.id()))));
    }

    private static StepOutcome claim(Workbench bench, Server server, long diskGiB) {
        return StepOutcome.done(change -> bench.life().hold(server.id(), disks(server, diskGiB)));
    }

    private static boolean holds(Server server, long diskGiB) {
        return server.mustPlace().claim().diskGiB() >= diskGiB;
    }

    private static final class Attach extends ServerProcess<AttachStep> {
        Attach(Workbench bench) {
            super(ATTACH, AttachStep.class, bench);
        }

        private long all(Run run, Server server) {
            return bench.tx().read(() -> Charges.diskGiB(bench.parts().disks(server.id()))) + size(run);
        }

        @Override
        StepOutcome run(Run run, Server server, AttachStep step) {
            return switch (step) {
                case CLAIM -> claim(bench, server, all(run, server));
                case ATTACH -> holds(server, all(run, server))
                        ? attach(run, server)
                        : noRoom(server, disks(server, all(run, server)));
            };
        }

        private StepOutcome attach(Run run, Server server) {
            DiskSpec spec = new DiskSpec(disk(run), size(run) << 30, Optional.empty());
            return wish(
                    run,
                    "attach",
                    facet(
                            server,
                            Attachable.class,
                            parts -> parts.attachDisk(run.call("attach"), server.mustRef(), spec)));
        }

        @Override
        StepOutcome undo(Run run, Server server, AttachStep step) {
            return switch (step) {
                case ATTACH -> unlessAbsent(() -> wish(
                        run,
                        "undo-attach",
                        facet(
                                server,
                                Attachable.class,
                                parts -> parts.detachDisk(run.call("undo-attach"), server.mustRef(), disk(run)))));
                case CLAIM -> StepOutcome.done(change -> holdWhatIsThere(bench, server));
            };
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end != Ending.SUCCEEDED) {
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.disk-attach-failed");
                return;
            }
            int last = bench.parts().disks(server.id()).stream()
                    .mapToInt(Disk::sortNo)
                    .max()
                    .orElse(0);
            bench.parts().insert(new Disk(disk(run), server.id(), last + 1, size(run)));
            restAsWas(run, server, moment, Optional.empty(), "server.disk-attached");
        }
    }

    private static final class Detach extends ServerProcess<DetachStep> {
        Detach(Workbench bench) {
            super(DETACH, DetachStep.class, bench);
        }

        @Override
        public boolean cancellable(String step) {
            return false;
        }

        @Override
        StepOutcome run(Run run, Server server, DetachStep step) {
            return switch (step) {
                case DETACH -> wish(
                        run,
                        "detach",
                        facet(
                                server,
                                Attachable.class,
                                parts -> parts.detachDisk(run.call("detach"), server.mustRef(), disk(run))));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, DetachStep step) {
            // a disk's content does not come back
            return StepOutcome.done();
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end != Ending.SUCCEEDED) {
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.disk-detach-failed");
                return;
            }
            bench.parts().delete(disk(run));
            holdWhatIsThere(bench, server);
            restAsWas(run, server, moment, Optional.empty(), "server.disk-detached");
        }
    }

    private static final class Grow extends ServerProcess<GrowStep> {
        Grow(Workbench bench) {
            super(GROW, GrowStep.class, bench);
        }

        private long all(Run run, Server server) {
            return bench.tx().read(() -> bench.parts().disks(server.id())).stream()
                    .mapToLong(each -> each.id().equals(disk(run)) ? size(run) : each.sizeGiB())
                    .sum();
        }

        @Override
        public boolean cancellable(String step) {
            // a disk never shrinks
            return GrowStep.valueOf(step) == GrowStep.CLAIM;
        }

        @Override
        StepOutcome run(Run run, Server server, GrowStep step) {
            return switch (step) {
                case CLAIM -> claim(bench, server, all(run, server));
                case GROW -> holds(server, all(run, server))
                        ? wish(
                                run,
                                "grow",
                                facet(
                                        server,
                                        Attachable.class,
                                        parts -> parts.growDisk(
                                                run.call("grow"), server.mustRef(), disk(run), size(run) << 30)))
                        : noRoom(server, disks(server, all(run, server)));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, GrowStep step) {
            return switch (step) {
                case GROW -> StepOutcome.done();
                case CLAIM -> StepOutcome.done(change -> holdWhatIsThere(bench, server));
            };
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end != Ending.SUCCEEDED) {
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.disk-grow-failed");
                return;
            }
            bench.parts().grow(disk(run), size(run));
            restAsWas(run, server, moment, Optional.empty(), "server.disk-grown");
        }
    }
}
