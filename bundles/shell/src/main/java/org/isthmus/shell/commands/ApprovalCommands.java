// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.approval.Approvals.ApprovalView;
import org.isthmus.api.approval.Approvals.Approve;
import org.isthmus.api.approval.Approvals.Reject;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.complete.Anything;

/** What waits for a second person. */
public final class ApprovalCommands {
    private ApprovalCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "approval-list",
            description = "Lists what waits for a second person, and what became of it")
    public static final class ListApprovals extends OrganizationList.Of<ApprovalView> {
        public ListApprovals() {
            super(Approvals.class, "state action subject.id askedBy reasons expiresAt decidedBy id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "approval-approve", description = "Lets go on what somebody else asked for")
    public static final class ApproveOne extends OrganizationSubmit<Approve, ApprovalView> {
        @Argument(index = 0, name = "approval", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Override
        protected Approve command() {
            return new Approve(organization(), new ApprovalId(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "approval-reject", description = "Ends what somebody else asked for")
    public static final class RejectOne extends OrganizationSubmit<Reject, ApprovalView> {
        @Argument(index = 0, name = "approval", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Option(name = "--comment", description = "Why, for who asked")
        private String comment;

        @Override
        protected Reject command() {
            return new Reject(organization(), new ApprovalId(which), Optional.ofNullable(comment));
        }
    }
}
