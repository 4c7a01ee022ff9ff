// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.shell.command.ShellCommand.Failed;

/** Waits for an operation and tells how far it is. */
public final class Waiting {
    /** Short, so that a swap of the core need not wait long for us. */
    private static final Duration SLICE = Duration.ofSeconds(2);

    private final ShellCommand command;
    private String last = "";

    public Waiting(ShellCommand command) {
        this.command = command;
    }

    /** The operation when it has ended, the time is over or the person has had enough (Ctrl-C). */
    public OperationView until(OperationView begun, Duration longest) {
        if (longest.isNegative() || longest.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("--timeout is PT0S to P7D.");
        }
        OperationView now = begun;
        Duration left = longest;
        tell(now);
        while (!now.state().ended()
                && !left.isZero()
                && !left.isNegative()
                && !Thread.currentThread().isInterrupted()) {
            Duration slice = left.compareTo(SLICE) < 0 ? left : SLICE;
            now = command.with(Operations.class, (all, caller) -> all.await(caller, begun.id(), slice));
            left = left.minus(slice);
            tell(now);
        }
        return now;
    }

    /** Fails unless the operation has succeeded. */
    public static void succeeded(OperationView operation) throws Failed {
        String what = "Operation " + operation.id() + " (" + operation.type() + ") ";
        if (!operation.state().ended()) {
            throw new Failed(
                    what + "has not ended yet; it goes on. See isthmus:operation-show " + operation.id() + ".");
        }
        if (operation.state() != OperationState.SUCCEEDED) {
            throw new Failed(what + "ended " + operation.state() + because(operation.reason()));
        }
    }

    private static String because(Optional<String> reason) {
        return reason.map(why -> ": " + why).orElse(".");
    }

    private void tell(OperationView now) {
        String line = now.state() + now.step().map(step -> " " + step).orElse("") + " " + now.progress() + " %"
                + (now.state().ended()
                        ? ""
                        : now.reason().map(why -> " (" + why + ")").orElse(""));
        if (!line.equals(last)) {
            command.say(line);
            last = line;
        }
    }
}
