// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.approval.Approvals.ApprovalView;
import org.isthmus.api.approval.Approvals.Approve;
import org.isthmus.api.approval.Approvals.Reject;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** What waits for a second person. */
public final class ApprovalRoutes {
    private static final String APPROVALS = ONE + "/approvals";
    private static final String APPROVAL = APPROVALS + "/{approval}";

    private ApprovalRoutes() {}

    record Rejection(@Field(value = "why, for the asker", most = 500) Optional<String> comment) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Approvals");
        Guard read = Guard.may(Action.APPROVAL_READ);
        on.list(
                APPROVALS,
                "listApprovals",
                read,
                "What waits for a second person, and what became of it; newest first.",
                ApprovalView.class,
                Filters.by().of("state", Approvals.State.class).only(),
                call -> services.call(
                        Approvals.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.get(
                APPROVAL,
                "getApproval",
                read,
                "A request that a second person must approve.",
                ApprovalView.class,
                List.of(),
                call -> services.call(
                        Approvals.class, all -> all.get(call.caller(), call.organization(), call.ref("approval"))));
        on.change(
                        Verb.POST,
                        APPROVAL + "/approve",
                        "approve",
                        Action.APPROVAL_DECIDE,
                        "Lets it go on; by somebody else than its asker who may do the same, or for money set limits.")
                .command(Approve.class, call -> new Approve(call.organization(), call.id("approval", ApprovalId.class)))
                .shown(ApprovalView.class);
        on.change(Verb.POST, APPROVAL + "/reject", "reject", Action.APPROVAL_DECIDE, "Ends it: nothing is done.")
                .body(Rejection.class)
                .command(
                        Reject.class,
                        (call, body) ->
                                new Reject(call.organization(), call.id("approval", ApprovalId.class), body.comment()))
                .shown(ApprovalView.class);
    }
}
