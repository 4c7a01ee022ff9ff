// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.SnapshotView;
import org.isthmus.api.server.Servers;
import org.isthmus.core.Things;
import org.isthmus.core.image.ImageTransfer;
import org.isthmus.core.operation.Process;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;

/** What can be seen of servers. */
public final class CoreServers implements Servers {
    private final Swaps swaps;
    private final Workbench bench;
    private final ServerViews views;
    private final ServerCommands commands;
    private final ImageTransfer transfer;
    private final PartCommands partCommands;
    private final Consoles consoles;
    private final BiConsumer<OperationId, Instant> moved;

    /**
     * With what they need.
     *
     * @param moved hears that a move has ended, in the transaction of its end
     */
    CoreServers(
            Swaps swaps,
            Workbench bench,
            ServerViews views,
            ServerCommands commands,
            ImageTransfer transfer,
            PartCommands partCommands,
            Consoles consoles,
            BiConsumer<OperationId, Instant> moved) {
        this.moved = moved;
        this.swaps = swaps;
        this.bench = bench;
        this.views = views;
        this.commands = commands;
        this.transfer = transfer;
        this.partCommands = partCommands;
        this.consoles = consoles;
    }

    /** What carries out the commands. */
    public List<CommandHandler<?, ?>> handlers() {
        List<CommandHandler<?, ?>> all = new ArrayList<>(commands.handlers());
        all.addAll(partCommands.handlers());
        all.add(ServerCommands.on(bench, OpenConsole.class, consoles::plan));
        return all;
    }

    /** The operations on servers. */
    public List<Process> processes() {
        List<Process> all = new ArrayList<>();
        all.add(new ServerDeploy(bench));
        all.add(new ServerNaming(bench));
        all.add(new ServerResize(bench));
        all.addAll(ServerPower.all(bench));
        all.addAll(ServerRemoval.all(bench));
        all.addAll(ServerDisks.all(bench));
        all.addAll(ServerNics.all(bench));
        all.addAll(ServerSnapshots.all(bench));
        all.add(new ServerCapture(bench));
        all.add(new ServerMove(new ServerCapture(bench), transfer, new ServerDeploy(bench), moved));
        return all;
    }

    private Reach reach(Caller caller, Action action, Ref organization) {
        return swaps.access().call(access -> access.reach(caller, action, organization));
    }

    /** The organization, when the caller may do this with that server of it. */
    private OrganizationView may(Caller caller, Action action, Ref organization, Ref server) {
        Reach reach = reach(caller, action, organization);
        bench.things().require(reach, Things.Kind.SERVER, server);
        return reach.organization();
    }

    private boolean seesHosts(Caller caller) {
        return swaps.access().call(access -> access.decide(caller, Action.ENDPOINT_READ, Ref.PLATFORM)
                .verdict()
                .equals(Access.Verdict.ALLOWED));
    }

    @Override
    public Page<ServerView> list(Caller caller, Ref organization, Query query) {
        Reach reach = reach(caller, Action.SERVER_READ, organization);
        boolean withHost = seesHosts(caller);
        return bench.tx()
                .read(() ->
                        views.page(reach.organization().id(), bench.servers().page(reach, query), withHost));
    }

    @Override
    public ServerView get(Caller caller, Ref organization, Ref ref) {
        OrganizationView of = may(caller, Action.SERVER_READ, organization, ref);
        boolean withHost = seesHosts(caller);
        return bench.tx().read(() -> views.one(of.id(), ref, withHost));
    }

    @Override
    public List<SnapshotView> snapshots(Caller caller, Ref organization, Ref server) {
        OrganizationView of = may(caller, Action.SERVER_READ, organization, server);
        return bench.tx().read(() -> bench.parts()
                .snapshots(bench.servers().must(of.id(), server).id()));
    }

    @Override
    public TicketHolder ticketHolder(Secret ticket) {
        return consoles.holder(ticket);
    }

    @Override
    public ConsoleLine openConsole(Secret ticket) {
        return consoles.open(ticket);
    }

    @Override
    public byte[] consoleLog(Caller caller, Ref organization, Ref server, int maxBytes) {
        OrganizationView of = may(caller, Action.SERVER_CONSOLE, organization, server);
        return consoles.log(bench.tx().read(() -> bench.servers().must(of.id(), server)), maxBytes);
    }
}
