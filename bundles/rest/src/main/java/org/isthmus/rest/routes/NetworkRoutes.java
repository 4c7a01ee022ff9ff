// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.network.Networks;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Private networks. */
public final class NetworkRoutes {
    private static final String NETWORKS = ONE + "/networks";
    private static final String NETWORK = NETWORKS + "/{network}";

    private NetworkRoutes() {}

    record NewNetwork(
            Name name,
            @Field("where") Ref location,
            @Field("/8 to /29 of private space (RFC 1918)") Cidr cidr,
            @Field("no server on it can ever be exposed; can be set, never unset") Optional<Boolean> neverPublic,
            @Field("its servers find each other by name; yes unless said otherwise") Optional<Boolean> dns,
            @Field(value = "for finding and for policies", most = 50) Optional<Map<String, String>> tags,
            @Field("the department it belongs to, for good; the caller's own unless said otherwise")
                    Optional<Ref> department) {
        CreateNetwork command(Ref organization) {
            return new CreateNetwork(
                    organization,
                    name,
                    location,
                    cidr,
                    neverPublic.orElse(false),
                    dns.orElse(true),
                    tags.orElse(Map.of()),
                    department);
        }
    }

    record NetworkChange(
            Optional<Name> name,
            @Field("can be set, never unset") Optional<Boolean> neverPublic,
            @Field(value = "those given; null removes one", most = 100) Optional<Map<String, Optional<String>>> tags) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Networks");
        Guard read = Guard.may(Action.NETWORK_READ);
        on.list(
                NETWORKS,
                "listNetworks",
                read,
                "The private networks of an organization.",
                NetworkView.class,
                Filters.by()
                        .text("name")
                        .of("state", Networks.NetworkState.class)
                        .ref("location")
                        .andTags(),
                call -> services.call(
                        Networks.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(Verb.POST, NETWORKS, "createNetwork", Action.NETWORK_CREATE, "Makes a private network.")
                .takesTime()
                .body(NewNetwork.class)
                .command(CreateNetwork.class, (call, body) -> body.command(call.organization()))
                .created(NetworkView.class);
        on.get(NETWORK, "getNetwork", read, "A network.", NetworkView.class, List.of(), call -> get(services, call));
        on.change(Verb.PATCH, NETWORK, "changeNetwork", Action.NETWORK_CHANGE, "Changes a network.")
                .takesTime()
                .body(NetworkChange.class)
                .command(
                        ChangeNetwork.class,
                        (call, body) -> new ChangeNetwork(
                                call.organization(),
                                call.ref("network"),
                                call.version(),
                                body.name(),
                                body.neverPublic(),
                                body.tags()
                                        .map(patch ->
                                                Maps.merged(get(services, call).tags(), patch))))
                .shown(NetworkView.class);
        on.change(Verb.DELETE, NETWORK, "deleteNetwork", Action.NETWORK_DELETE, "Deletes a network nothing is on.")
                .takesTime()
                .command(DeleteNetwork.class, call -> new DeleteNetwork(call.organization(), call.ref("network")))
                .gone();
    }

    private static NetworkView get(Services services, Call call) {
        return services.call(Networks.class, all -> all.get(call.caller(), call.organization(), call.ref("network")));
    }
}
