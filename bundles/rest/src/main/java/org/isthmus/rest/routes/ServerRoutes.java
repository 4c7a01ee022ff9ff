// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.RecoverServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Servers: their life. What is on them is in {@link ServerPartRoutes}. */
public final class ServerRoutes {
    static final String SERVERS = ONE + "/servers";
    static final String SERVER = SERVERS + "/{server}";

    private ServerRoutes() {}

    record ServerChange(
            Optional<Name> name,
            @Field(value = "those given; null removes one", most = 100) Optional<Map<String, Optional<String>>> tags,
            @Field(value = "null: none", most = 200) Optional<Optional<String>> purpose,
            @Field("a protected server cannot be deleted") Optional<Boolean> isProtected,
            @Field("when the time of its lease is over, which is made when there is none; null: never")
                    Optional<Optional<Instant>> expiresAt) {}

    record Stop(@Field("cut the power instead of asking the guest") Optional<Boolean> force) {}

    record Move(
            @Field("where the new server will be") Ref location,
            @Field("of the new server") Name name,
            @Field(value = "for its interfaces at the new location, in order: as many as it has", least = 1, most = 8)
                    List<Ref> networks,
            @Field("what is made of a server that runs: nothing, unless said otherwise; or its disks as they are at one"
                            + " moment")
                    Optional<Running> running,
            @Field("the interfaces keep their MAC addresses; so unless said otherwise") Optional<Boolean> keepMac,
            @Field("they keep their addresses; not so unless said") Optional<Boolean> keepAddress) {}

    record Resize(
            @Field(value = "virtual CPUs", min = 1, max = 256, example = "4") int cpus,
            @Field(value = "memory", min = 64, max = 4_194_304, example = "4096") long memoryMiB) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Servers");
        Guard read = Guard.may(Action.SERVER_READ);
        on.list(
                SERVERS,
                "listServers",
                read,
                "The servers of an organization; deleted ones too until their grace ends.",
                ServerView.class,
                Filters.by()
                        .text("name")
                        .of("state", ServerState.class)
                        .ref("location")
                        .ref("network")
                        .ref("image")
                        .text("purpose")
                        .of("protected", Boolean.class)
                        .andTags(),
                call -> services.call(
                        Servers.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(Verb.POST, SERVERS, "deployServer", Action.SERVER_DEPLOY, "Deploys a server on a private network.")
                .takesTime()
                .body(NewServer.class)
                .command(DeployServer.class, (call, body) -> body.command(call.organization()))
                .created(ServerView.class);
        on.get(SERVER, "getServer", read, "A server.", ServerView.class, List.of(), call -> get(services, call));
        on.change(
                        Verb.PATCH,
                        SERVER,
                        "changeServer",
                        Action.SERVER_CHANGE,
                        "Changes name, tags, purpose, protection, end. The end needs the rights a lease needs.")
                .takesTime()
                .body(ServerChange.class)
                .command(
                        ChangeServer.class,
                        (call, body) -> new ChangeServer(
                                call.organization(),
                                server(call),
                                call.version(),
                                body.name(),
                                body.tags()
                                        .map(patch ->
                                                Maps.merged(get(services, call).tags(), patch)),
                                body.purpose(),
                                body.isProtected(),
                                body.expiresAt()))
                .shown(ServerView.class);
        on.change(
                        Verb.DELETE,
                        SERVER,
                        "deleteServer",
                        Action.SERVER_DELETE,
                        "Stops it and frees its name; it can be recovered within the grace.")
                .takesTime()
                .command(DeleteServer.class, call -> new DeleteServer(call.organization(), server(call)))
                .gone();
        actions(on);
    }

    private static void actions(Table.Group on) {
        on.change(Verb.POST, SERVER + "/start", "startServer", Action.SERVER_START, "Starts a server.")
                .takesTime()
                .command(StartServer.class, call -> new StartServer(call.organization(), server(call)))
                .shown(ServerView.class);
        on.change(
                        Verb.POST,
                        SERVER + "/stop",
                        "stopServer",
                        Action.SERVER_STOP,
                        "Asks the guest to stop; after two minutes, or with force at once, power is cut.")
                .takesTime()
                .body(Stop.class)
                .command(
                        StopServer.class,
                        (call, body) -> new StopServer(
                                call.organization(), server(call), body.force().orElse(false)))
                .shown(ServerView.class);
        on.change(Verb.POST, SERVER + "/restart", "restartServer", Action.SERVER_RESTART, "Restarts a server.")
                .takesTime()
                .command(RestartServer.class, call -> new RestartServer(call.organization(), server(call)))
                .shown(ServerView.class);
        on.change(
                        Verb.POST,
                        SERVER + "/resize",
                        "resizeServer",
                        Action.SERVER_RESIZE,
                        "Gives it other CPUs and memory; a running server is stopped for it and started again.")
                .takesTime()
                .body(Resize.class)
                .command(
                        ResizeServer.class,
                        (call, body) -> new ResizeServer(
                                call.organization(), server(call), new Flavor(body.cpus(), body.memoryMiB())))
                .shown(ServerView.class);
        on.change(
                        Verb.POST,
                        SERVER + "/moves",
                        "moveServer",
                        Action.SERVER_MOVE,
                        "Makes the same server at another location, of an image of this one, which stays.")
                .takesTime()
                .body(Move.class)
                .command(
                        MoveServer.class,
                        (call, body) -> new MoveServer(
                                call.organization(),
                                server(call),
                                body.location(),
                                body.name(),
                                body.networks(),
                                body.running().orElse(Running.REFUSE),
                                body.keepMac().orElse(true),
                                body.keepAddress().orElse(false)))
                .shown(ServerView.class);
        on.change(
                        Verb.POST,
                        SERVER + "/recover",
                        "recoverServer",
                        Action.SERVER_DELETE,
                        "Brings back a deleted server, stopped; by id, for its name may be another's.")
                .takesTime()
                .command(RecoverServer.class, call -> new RecoverServer(call.organization(), server(call)))
                .shown(ServerView.class);
    }

    static Ref server(Call call) {
        return call.ref("server");
    }

    static ServerView get(Services services, Call call) {
        return services.call(Servers.class, all -> all.get(call.caller(), call.organization(), server(call)));
    }
}
