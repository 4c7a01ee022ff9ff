// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;

/** Starting, stopping and restarting. What became of one that failed is seen below, and is the server's state. */
public final class ServerPower {
    public static final String START = "server.start";
    public static final String STOP = "server.stop";
    public static final String RESTART = "server.restart";
    /** In a stop's memory: power is cut at once. */
    static final String FORCE = "force";

    private ServerPower() {}

    /** What starting does. */
    public enum StartStep {
        ON
    }

    /** What stopping does. */
    public enum StopStep {
        /** The guest is asked; when it does not obey in time, power is cut. */
        OFF
    }

    /** What restarting does. */
    public enum RestartStep {
        RESET
    }

    static List<Process> all(Workbench bench) {
        return List.of(new Start(bench), new Stop(bench), new Restart(bench));
    }

    private static final class Start extends ServerProcess<StartStep> {
        Start(Workbench bench) {
            super(START, StartStep.class, bench);
        }

        @Override
        StepOutcome run(Run run, Server server, StartStep step) {
            return switch (step) {
                case ON -> power(run, server, "on", PowerWish.ON);
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, StartStep step) {
            return look(run, server);
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.life().rest(moment, server.id(), ServerState.RUNNING, Optional.empty(), "server.started", on());
            } else {
                restAsSeen(run, server, moment, "server.start-failed");
            }
        }
    }

    private static final class Stop extends ServerProcess<StopStep> {
        Stop(Workbench bench) {
            super(STOP, StopStep.class, bench);
        }

        @Override
        StepOutcome run(Run run, Server server, StopStep step) {
            Duration patience = run.get(FORCE).isPresent()
                    ? Duration.ZERO
                    : bench.patience().stop();
            return switch (step) {
                case OFF -> shutDown(run, server, patience);
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, StopStep step) {
            return look(run, server);
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.life().rest(moment, server.id(), ServerState.STOPPED, Optional.empty(), "server.stopped", off());
            } else {
                restAsSeen(run, server, moment, "server.stop-failed");
            }
        }
    }

    private static final class Restart extends ServerProcess<RestartStep> {
        Restart(Workbench bench) {
            super(RESTART, RestartStep.class, bench);
        }

        @Override
        StepOutcome run(Run run, Server server, RestartStep step) {
            return switch (step) {
                case RESET -> power(run, server, "reset", PowerWish.RESTARTED);
            };
        }

        @Override
        StepOutcome undo(Run run, Server server, RestartStep step) {
            return look(run, server);
        }

        @Override
        void ended(Run run, Server server, Ending end, Moment moment) {
            if (end == Ending.SUCCEEDED) {
                bench.life().rest(moment, server.id(), ServerState.RUNNING, Optional.empty(), "server.restarted", on());
            } else {
                restAsSeen(run, server, moment, "server.restart-failed");
            }
        }
    }
}
