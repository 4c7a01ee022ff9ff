// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.core.Moment;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.compute.Attachable;

/** Interfaces that come and go. The port is there before the interface and goes after it. */
public final class ServerNics {
    public static final String ATTACH = "server.nic-attach";
    public static final String DETACH = "server.nic-detach";
    static final String NIC = "nic";

    private ServerNics() {}

    /** What attaching does. */
    public enum AttachStep {
        /** The network's driver makes the port. */
        PORT,
        ATTACH
    }

    /** What detaching does. */
    public enum DetachStep {
        DETACH,
        /** The port is removed from its network. */
        PORT
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Attach(bench), new Detach(bench));
    }

    private static NicId nic(Run run) {
        return new NicId(run.get(NIC).orElseThrow());
    }

    private static Port port(Workbench bench, Run run) {
        return bench.tx()
                .read(() -> bench.ports().find(nic(run)))
                .orElseThrow(() -> new IllegalStateException("The port " + nic(run) + " is gone"));
    }

    private static final class Attach extends ServerProcess<AttachStep> {
        Attach(Workbench bench) {
            super(ATTACH, AttachStep.class, bench);
        }

        @Override
        StepOutcome run(Run run, Server server, AttachStep step) {
            Port port = port(bench, run);
            return switch (step) {
                case PORT -> run.outcome(
                        "port",
                        ensure(run, server, port, "port"),
                        binding -> StepOutcome.done(change -> bench.ports().bind(port.id(), binding)));
                case ATTACH -> wish(
                        run,
                        "attach",
                        facet(
                                server,
                                Attachable.class,
                                parts -> parts.attachNic(run.call("attach"), server.mustRef(), nicSpec(port))));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, AttachStep step) {
            Port port = port(bench, run);
            return switch (step) {
                case ATTACH -> unlessAbsent(() -> wish(
                        run,
                        "undo-attach",
                        facet(
                                server,
                                Attachable.class,
                                parts -> parts.detachNic(run.call("undo-attach"), server.mustRef(), port.id()))));
                case PORT -> wish(run, "undo-port", remove(run, port, "undo-port"));
            };
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                restAsWas(run, server, moment, Optional.empty(), "server.nic-attached");
                return;
            }
            bench.ports().delete(nic(run));
            restAsWas(run, server, moment, Optional.of(failure(run)), "server.nic-attach-failed");
        }
    }

    private static final class Detach extends ServerProcess<DetachStep> {
        Detach(Workbench bench) {
            super(DETACH, DetachStep.class, bench);
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
                                parts -> parts.detachNic(run.call("detach"), server.mustRef(), nic(run))));
                case PORT -> wish(run, "port", remove(run, port(bench, run), "port"));
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, DetachStep step) {
            Port port = port(bench, run);
            return switch (step) {
                case PORT -> wish(run, "undo-port", ensure(run, server, port, "undo-port"));
                case DETACH -> unlessAbsent(() -> wish(
                        run,
                        "undo-detach",
                        facet(
                                server,
                                Attachable.class,
                                parts -> parts.attachNic(run.call("undo-detach"), server.mustRef(), nicSpec(port)))));
            };
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end != Ending.SUCCEEDED) {
                restAsWas(run, server, moment, Optional.of(failure(run)), "server.nic-detach-failed");
                return;
            }
            bench.ports().delete(nic(run));
            restAsWas(run, server, moment, Optional.empty(), "server.nic-detached");
        }
    }
}
