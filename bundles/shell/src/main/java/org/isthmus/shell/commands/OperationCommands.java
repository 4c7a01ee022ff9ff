// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.ShellCommand;
import org.isthmus.shell.command.SubmitCommand;
import org.isthmus.shell.command.Waiting;
import org.isthmus.shell.complete.Names;

/** Operations: what takes time. */
public final class OperationCommands {
    private OperationCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "operation-list",
            description = "Lists the operations of an organization, newest first")
    public static final class ListOperations extends OrganizationList.Of<OperationView> {
        public ListOperations() {
            super(Operations.class, "id type subject.kind subject.id state step progress reason createdAt");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "operation-show", description = "Shows an operation")
    public static final class ShowOperation extends ShellCommand {
        @Argument(index = 0, name = "operation", required = true, description = "Its id")
        @Completion(Names.Operations.class)
        private String which;

        @Override
        protected void run() {
            OperationId id = new OperationId(which);
            print(with(Operations.class, (all, caller) -> all.get(caller, id)));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "operation-cancel", description = "Cancels an operation; what it did is undone")
    public static final class Cancel extends SubmitCommand<CancelOperation, OperationView> {
        @Argument(index = 0, name = "operation", required = true, description = "Its id")
        @Completion(Names.Operations.class)
        private String which;

        @Override
        protected CancelOperation command() {
            OperationId id = new OperationId(which);
            OperationView now = with(Operations.class, (all, caller) -> all.get(caller, id));
            return new CancelOperation(Ref.of(now.organization()), id);
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "operation-wait",
            description = "Waits until an operation has ended, and fails if it did")
    public static final class WaitFor extends ShellCommand {
        @Argument(index = 0, name = "operation", required = true, description = "Its id")
        @Completion(Names.Operations.class)
        private String which;

        @Option(name = "--timeout", description = "How long, as PT10M; ten minutes unless said")
        private String timeout = "PT10M";

        @Override
        protected void run() throws Failed {
            Duration longest = Duration.parse(timeout);
            OperationId id = new OperationId(which);
            OperationView begun = with(Operations.class, (all, caller) -> all.get(caller, id));
            OperationView now = new Waiting(this).until(begun, longest);
            if (json()) {
                print(now);
            }
            Waiting.succeeded(now);
        }
    }
}
