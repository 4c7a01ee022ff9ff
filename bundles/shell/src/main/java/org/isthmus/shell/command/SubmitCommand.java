// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.command;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.price.Estimate;

/**
 * Submits a change to the gate.
 *
 * @param <C> the change
 * @param <R> what is shown when it was accepted
 */
public abstract class SubmitCommand<C extends Command<R>, R> extends ShellCommand {
    @Option(name = "--dry-run", description = "Only say whether it is allowed, and what it would cost")
    private boolean dryRun;

    @Option(name = "--wait", description = "Wait until the operation has ended, and fail if it does")
    private boolean wait;

    @Option(name = "--timeout", description = "With --wait: how long, as PT10M; ten minutes unless said")
    private String timeout = "PT10M";

    protected abstract C command() throws IOException;

    /**
     * What is shown of the result: all of it, unless there is a secret in it that is meant to be seen this once.
     *
     * @throws Failed when it goes on without an operation, and did not work out
     */
    protected Object shown(R result) throws Failed {
        return result;
    }

    /**
     * Answers a dry run in place of the gate, which it asks by itself.
     *
     * @return false when the gate is to answer
     */
    protected boolean planned(C command) {
        return false;
    }

    @Override
    protected final void run() throws IOException, Failed {
        Duration longest = Duration.parse(timeout);
        C command = command();
        if (dryRun && planned(command)) {
            return;
        }
        Gate.Submission<R> submission = dryRun ? Gate.Submission.dry() : Gate.Submission.plain();
        Gate.Outcome<R> outcome = with(Gate.class, (gate, caller) -> gate.submit(caller, command, submission));
        if (outcome instanceof Gate.Outcome.Allowed<R> allowed) {
            print(allowed);
        } else if (outcome instanceof Gate.Outcome.Waiting<R> waiting) {
            print(waiting);
        } else if (outcome instanceof Gate.Outcome.Accepted<R> accepted) {
            print(accepted, longest);
        } else {
            throw new IllegalStateException("Nothing was replayed, for there was no key");
        }
    }

    private void print(Gate.Outcome.Waiting<R> waiting) {
        if (json()) {
            print(Map.of("operation", waiting.operation(), "approval", waiting.reasons()));
            return;
        }
        say("A second person must approve it: " + String.join(" ", waiting.reasons()));
        say("Operation " + waiting.operation().id() + " " + waiting.operation().type()
                + " waits; see isthmus:approval-list.");
    }

    private void print(Gate.Outcome.Allowed<R> allowed) {
        Estimate estimate = allowed.estimate();
        if (json()) {
            print(Map.of("allowed", true, "estimate", estimate, "approval", allowed.approval()));
            return;
        }
        if (!allowed.approval().isEmpty()) {
            say("A second person would have to approve it: " + String.join(" ", allowed.approval()));
        }
        say("Allowed. It would cost " + estimate.hourly() + " an hour, " + estimate.monthly() + " a month.");
        if (!estimate.items().isEmpty()) {
            print("item quantity hourly", estimate.items(), Optional.empty());
        }
    }

    private void print(Gate.Outcome.Accepted<R> accepted, Duration longest) throws Failed {
        Object result = shown(accepted.result());
        if (accepted.operation().isEmpty()) {
            print(json() ? Map.of("result", result) : result);
            return;
        }
        OperationView operation = accepted.operation().get();
        if (!json()) {
            print(result);
            say("Operation " + operation.id() + " " + operation.type() + " goes on"
                    + (wait ? "." : "; see isthmus:operation-show, or say --wait."));
        }
        OperationView now = wait ? new Waiting(this).until(operation, longest) : operation;
        if (json()) {
            Map<String, Object> both = new LinkedHashMap<>();
            both.put("result", result);
            both.put("operation", now);
            print(both);
        }
        if (wait) {
            Waiting.succeeded(now);
        }
    }
}
