// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;
import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import org.isthmus.api.Action;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;

/** Operations. */
public final class OperationRoutes {
    private static final String OPERATION = BASE + "/operations/{operation}";

    private OperationRoutes() {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Operations");
        Guard read = Guard.may(Action.OPERATION_READ);
        on.get(
                OPERATION,
                "getOperation",
                read,
                "An operation: how far it is, or how it ended and why.",
                OperationView.class,
                List.of(),
                call -> get(services, call));
        on.change(
                        Verb.POST,
                        OPERATION + "/cancel",
                        "cancelOperation",
                        Action.OPERATION_CANCEL,
                        "Cancels an operation; its done steps are undone.")
                .takesTime()
                .command(
                        CancelOperation.class,
                        call -> new CancelOperation(
                                org.isthmus.api.Ref.of(get(services, call).organization()), id(call)))
                .shown(OperationView.class);
        on.list(
                ONE + "/operations",
                "listOperations",
                read,
                "The operations of an organization, newest first.",
                OperationView.class,
                Filters.by()
                        .of("state", OperationState.class)
                        .text("type")
                        .text("subject")
                        .only(),
                call -> services.call(
                        Operations.class, all -> all.list(call.caller(), call.organization(), call.query())));
    }

    private static OperationView get(Services services, Call call) {
        return services.call(Operations.class, all -> all.get(call.caller(), id(call)));
    }

    private static OperationId id(Call call) {
        return call.id("operation", OperationId.class);
    }
}
