// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.core.Moment;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;

/**
 * Makes a server's name lead to it on its networks: it has another one, or has its own again. The record has the name
 * already, so that nobody else takes it meanwhile; it keeps it when a network cannot be told.
 */
public final class ServerNaming extends ServerProcess<ServerNaming.Step> {
    public static final String TYPE = "server.name";

    /** What is done. */
    public enum Step {
        /** The networks' driver is told the name for each of its ports. */
        NAME
    }

    ServerNaming(Workbench bench) {
        super(TYPE, Step.class, bench);
    }

    @Override
    StepOutcome run(Run run, Server server, Step step) {
        return switch (step) {
            case NAME -> name(run, server, "name-", List.of(server.name()));
        };
    }

    @Override
    StepOutcome undo(Run run, Server server, Step step) {
        // its former name may be another's by now
        return StepOutcome.done();
    }

    @Override
    void ended(Run run, Server server, Ending end, Moment moment) {
        if (end == Ending.SUCCEEDED) {
            // the state stays, and so does why it is that
            Optional<String> reason = server.reason().filter(text -> !text.contains(NAMELESS));
            restAsWas(run, server, moment, reason, "server.named");
        } else {
            restAsWas(run, server, moment, Optional.of(failure(run) + " " + NAMELESS), "server.name-failed");
        }
    }
}
