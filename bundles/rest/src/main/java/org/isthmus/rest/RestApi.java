// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Supplier;
import org.isthmus.model.Ids;
import org.isthmus.rest.http.Counters;
import org.isthmus.rest.http.Dispatcher;
import org.isthmus.rest.http.Drain;
import org.isthmus.rest.http.Route;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Turns;
import org.isthmus.rest.openapi.Document;
import org.isthmus.rest.routes.ApprovalRoutes;
import org.isthmus.rest.routes.AuditRoutes;
import org.isthmus.rest.routes.BreakGlassRoutes;
import org.isthmus.rest.routes.DirectoryRoutes;
import org.isthmus.rest.routes.EventRoutes;
import org.isthmus.rest.routes.GrantRoutes;
import org.isthmus.rest.routes.ImageRoutes;
import org.isthmus.rest.routes.LeaseRoutes;
import org.isthmus.rest.routes.LocationRoutes;
import org.isthmus.rest.routes.MoveRoutes;
import org.isthmus.rest.routes.NetworkRoutes;
import org.isthmus.rest.routes.OperationRoutes;
import org.isthmus.rest.routes.OrganizationRoutes;
import org.isthmus.rest.routes.PriceRoutes;
import org.isthmus.rest.routes.ReviewRoutes;
import org.isthmus.rest.routes.ServerPartRoutes;
import org.isthmus.rest.routes.ServerRoutes;
import org.isthmus.rest.routes.SessionRoutes;
import org.isthmus.rest.routes.SignOnRoutes;
import org.isthmus.rest.routes.SshRoutes;
import org.isthmus.rest.routes.StatusRoutes;
import org.isthmus.rest.routes.UserRoutes;
import org.isthmus.rest.routes.WebhookRoutes;
import org.isthmus.rest.scim.ScimRoutes;

/** The whole API put together: the table of routes, its document and what serves it. Knows nothing of OSGi. */
public final class RestApi {
    private final List<Route> routes;
    private final Dispatcher dispatcher;
    private final Drain drain = new Drain();

    /** With the turns that requests wait for. */
    public RestApi(Services services, Ids ids, Turns turns) {
        Table table = new Table(services, drain);
        Counters counters = new Counters();
        SessionRoutes.declare(table, services);
        SignOnRoutes.declare(table, services);
        OrganizationRoutes.declare(table, services);
        UserRoutes.declare(table, services);
        GrantRoutes.declare(table, services);
        DirectoryRoutes.declare(table, services);
        LocationRoutes.declare(table, services);
        NetworkRoutes.declare(table, services);
        ImageRoutes.declare(table, services);
        ServerRoutes.declare(table, services);
        MoveRoutes.declare(table, services);
        ServerPartRoutes.declare(table, services);
        SshRoutes.declare(table, services);
        LeaseRoutes.declare(table, services);
        OperationRoutes.declare(table, services);
        ApprovalRoutes.declare(table, services);
        ReviewRoutes.declare(table, services);
        BreakGlassRoutes.declare(table, services);
        AuditRoutes.declare(table, services);
        ScimRoutes.declare(table, services);
        new EventRoutes(services, drain).declare(table);
        WebhookRoutes.declare(table, services);
        PriceRoutes.declare(table, services);
        StatusRoutes.declare(table, services, counters, drain, document(table));
        this.routes = table.routes();
        this.dispatcher = new Dispatcher(routes, services, ids, counters, turns);
    }

    /** Written when it is first asked for: a restart need not wait for it. */
    private static Supplier<JsonNode> document(Table table) {
        return new Supplier<>() {
            private ObjectNode written;

            @Override
            public synchronized JsonNode get() {
                if (written == null) {
                    written = Document.of(table.routes());
                }
                return written;
            }
        };
    }

    /** What is served, and published. */
    public List<Route> routes() {
        return routes;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** How it is served no longer; a web server may begin and end that several times. */
    public Drain drain() {
        return drain;
    }
}
