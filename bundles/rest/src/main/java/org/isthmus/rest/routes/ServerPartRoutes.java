// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.ServerRoutes.SERVER;
import static org.isthmus.rest.routes.ServerRoutes.get;
import static org.isthmus.rest.routes.ServerRoutes.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.isthmus.api.Action;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.DiskView;
import org.isthmus.api.server.ServerView.NicView;
import org.isthmus.api.server.ServerView.SnapshotView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ConsoleTicket;
import org.isthmus.api.server.Servers.DeleteSnapshot;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.OpenConsole;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.RestProblem;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.routes.NewServer.WishedDisk;
import org.isthmus.rest.routes.NewServer.WishedInterface;

/** What is on a server: disks, interfaces, snapshots, the console. */
public final class ServerPartRoutes {
    /** The last part of the console's address: here a GET becomes a WebSocket. */
    public static final String CONSOLE = SERVER + "/console";

    private static final String DISKS = SERVER + "/disks";
    private static final String NICS = SERVER + "/nics";
    private static final String SNAPSHOTS = SERVER + "/snapshots";
    private static final int LOG_BYTES = 64 * 1024;

    private ServerPartRoutes() {}

    record NewSnapshot(Name name) {}

    record ConsoleAddress(
            @Field("a WebSocket: binary frames are what the console prints and takes") String url,
            @Field("until then it can be opened, once") Instant expiresAt) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        disks(table.group("Disks"), services);
        nics(table.group("Interfaces"), services);
        snapshots(table.group("Snapshots"), services);
        console(table.group("Console"), services);
    }

    private static void disks(Table.Group on, Services services) {
        on.all(
                DISKS,
                "listDisks",
                Guard.may(Action.SERVER_READ),
                "The disks of a server, the boot disk first.",
                DiskView.class,
                disk -> disk.id().value(),
                call -> get(services, call).disks());
        on.change(Verb.POST, DISKS, "attachDisk", Action.SERVER_DISK, "Attaches a blank disk.")
                .takesTime()
                .body(WishedDisk.class)
                .command(
                        AttachDisk.class,
                        (call, body) -> new AttachDisk(call.organization(), server(call), body.sizeGiB()))
                .shown(ServerView.class);
        on.change(
                        Verb.DELETE,
                        DISKS + "/{disk}",
                        "detachDisk",
                        Action.SERVER_DISK,
                        "Detaches a disk; its content is lost.")
                .takesTime()
                .command(DetachDisk.class, call -> new DetachDisk(call.organization(), server(call), call.ref("disk")))
                .gone();
        on.change(Verb.POST, DISKS + "/{disk}/grow", "growDisk", Action.SERVER_DISK, "Makes a disk larger.")
                .takesTime()
                .body(WishedDisk.class)
                .command(
                        GrowDisk.class,
                        (call, body) ->
                                new GrowDisk(call.organization(), server(call), call.ref("disk"), body.sizeGiB()))
                .shown(ServerView.class);
    }

    private static void nics(Table.Group on, Services services) {
        on.all(
                NICS,
                "listNics",
                Guard.may(Action.SERVER_READ),
                "The interfaces of a server: the address each was given, and those its guest says it has there.",
                NicView.class,
                nic -> nic.id().value(),
                call -> get(services, call).nics());
        on.change(Verb.POST, NICS, "attachNic", Action.SERVER_NIC, "Attaches an interface to a network.")
                .takesTime()
                .body(WishedInterface.class)
                .command(AttachNic.class, (call, body) -> new AttachNic(call.organization(), server(call), body.nic()))
                .shown(ServerView.class);
        on.change(
                        Verb.DELETE,
                        NICS + "/{nic}",
                        "detachNic",
                        Action.SERVER_NIC,
                        "Detaches an interface; not the last one.")
                .takesTime()
                .command(DetachNic.class, call -> new DetachNic(call.organization(), server(call), call.ref("nic")))
                .gone();
    }

    private static void snapshots(Table.Group on, Services services) {
        on.all(
                SNAPSHOTS,
                "listSnapshots",
                Guard.may(Action.SERVER_READ),
                "The snapshots of a server, oldest first.",
                SnapshotView.class,
                snapshot -> snapshot.id().value(),
                call -> services.call(
                        Servers.class, all -> all.snapshots(call.caller(), call.organization(), server(call))));
        on.change(Verb.POST, SNAPSHOTS, "takeSnapshot", Action.SERVER_SNAPSHOT, "Takes a snapshot of all disks.")
                .takesTime()
                .body(NewSnapshot.class)
                .command(
                        TakeSnapshot.class,
                        (call, body) -> new TakeSnapshot(call.organization(), server(call), body.name()))
                .shown(ServerView.class);
        on.change(
                        Verb.POST,
                        SNAPSHOTS + "/{snapshot}/revert",
                        "revertSnapshot",
                        Action.SERVER_SNAPSHOT,
                        "Goes back to a snapshot: what came after it is lost, the server is stopped.")
                .takesTime()
                .command(
                        RevertSnapshot.class,
                        call -> new RevertSnapshot(call.organization(), server(call), call.ref("snapshot")))
                .shown(ServerView.class);
        on.change(
                        Verb.DELETE,
                        SNAPSHOTS + "/{snapshot}",
                        "deleteSnapshot",
                        Action.SERVER_SNAPSHOT,
                        "Deletes a snapshot.")
                .takesTime()
                .command(
                        DeleteSnapshot.class,
                        call -> new DeleteSnapshot(call.organization(), server(call), call.ref("snapshot")))
                .gone();
    }

    private static void console(Table.Group on, Services services) {
        on.change(
                        Verb.POST,
                        CONSOLE,
                        "openConsole",
                        Action.SERVER_CONSOLE,
                        "Gives a short-lived address of the serial console.")
                .body(Table.Nothing.class)
                .command(OpenConsole.class, (call, body) -> new OpenConsole(call.organization(), server(call)))
                .created(ConsoleAddress.class, ServerPartRoutes::address);
        on.raw(
                        Verb.GET,
                        CONSOLE,
                        "useConsole",
                        Guard.OPEN,
                        "The serial console as a WebSocket (RFC 6455); the ticket is the right to it.")
                .with(Parameter.needed("ticket", String.class, "from the url that POST …/console answered"))
                .answers(101, "a WebSocket from now on")
                .handledBy(call -> {
                    throw RestProblem.UPGRADE_NEEDED.because(
                            "Open this address with a WebSocket client: it needs Upgrade: websocket.");
                });
        on.raw(
                        Verb.GET,
                        CONSOLE + "/log",
                        "getConsoleLog",
                        Guard.may(Action.SERVER_CONSOLE),
                        "The last of what the console printed, at most 64 KiB.")
                .answers(200, "as it was printed", String.class, "text/plain; charset=utf-8")
                .handledBy(call -> Reply.text(
                        200,
                        "text/plain; charset=utf-8",
                        services.call(
                                Servers.class,
                                all -> all.consoleLog(call.caller(), call.organization(), server(call), LOG_BYTES))));
    }

    private static ConsoleAddress address(Call call, ConsoleTicket ticket, boolean secrets) {
        String scheme = call.secure() ? "wss://" : "ws://";
        String text = secrets ? URLEncoder.encode(ticket.ticket().reveal(), StandardCharsets.UTF_8) : "";
        String url = call.host().map(host -> scheme + host).orElse("") + call.uri() + "?ticket=" + text;
        return new ConsoleAddress(url, ticket.expiresAt());
    }
}
