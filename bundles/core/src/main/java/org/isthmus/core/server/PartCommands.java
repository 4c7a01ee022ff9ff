// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.SnapshotView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.DeleteSnapshot;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.ServerCommand;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.network.Network;
import org.isthmus.core.network.Port;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.Snapshots;

/** Carries out what is wished of a server's disks, interfaces and snapshots. */
final class PartCommands {
    private static final int MOST_SNAPSHOTS = 32;

    private final Ids ids;
    private final Workbench bench;
    private final ServerViews views;
    private final PriceBook prices;

    PartCommands(Ids ids, Workbench bench, ServerViews views, PriceBook prices) {
        this.ids = ids;
        this.bench = bench;
        this.views = views;
        this.prices = prices;
    }

    List<CommandHandler<?, ?>> handlers() {
        return List.of(
                ServerCommands.on(bench, AttachDisk.class, this::attachDisk),
                ServerCommands.on(bench, DetachDisk.class, this::detachDisk),
                ServerCommands.on(bench, GrowDisk.class, this::growDisk),
                new Handling<>(AttachNic.class, this::attachNic, (organization, wish, department) -> bench.things()
                        .find(
                                organization.id(),
                                List.of(
                                        wish.about(),
                                        Subject.of("network", wish.nic().network())))),
                ServerCommands.on(bench, DetachNic.class, this::detachNic),
                ServerCommands.on(bench, TakeSnapshot.class, this::takeSnapshot),
                ServerCommands.on(bench, RevertSnapshot.class, this::revertSnapshot),
                ServerCommands.on(bench, DeleteSnapshot.class, this::deleteSnapshot));
    }

    private static void requireAtRest(Server server) {
        ServerLife.requireIdle(server, "changed", ServerState.RUNNING, ServerState.STOPPED);
    }

    private Server server(
            OrganizationView organization, ServerCommand<?> wish, Class<?> facet, Consumer<Server> check) {
        Server server = bench.tx().read(() -> {
            Server found = bench.servers().must(organization.id(), wish.server());
            requireAtRest(found);
            check.accept(found);
            return found;
        });
        bench.drivers().require(server.mustPlace().endpoint(), facet);
        return server;
    }

    /** A plan that begins an operation on the server, when it still is at rest and passes the check. */
    private Plan<ServerView> begin(
            Server server, Consumer<Server> check, ServerState meanwhile, String type, Map<String, String> memo) {
        return Plan.of(server.subject(), change -> {
            Server now = bench.servers().must(server.id());
            requireAtRest(now);
            check.accept(now);
            return views.of(bench.life().begin(change, now, meanwhile, type, memo), false);
        });
    }

    private List<Disk> disks(Server server) {
        return bench.tx().read(() -> bench.parts().disks(server.id()));
    }

    /** What the server costs with so much disk. */
    private Estimate cost(Server server, long diskGiB) {
        return prices.estimate(server.organization(), Charges.atRest(server.state(), server.flavor(), diskGiB));
    }

    /** What the server costs in a state, with the disks it has. */
    private Estimate cost(Server server, ServerState in) {
        return prices.estimate(
                server.organization(), Charges.atRest(in, server.flavor(), Charges.diskGiB(disks(server))));
    }

    private Disk disk(Server server, Ref ref) {
        return disks(server).stream()
                .filter(each -> each.id().value().equals(ref.text()))
                .findFirst()
                .orElseThrow(() -> Problem.NOT_FOUND.because("Server %s has no disk %s.", server.name(), ref));
    }

    private Plan<ServerView> attachDisk(Caller caller, OrganizationView organization, AttachDisk wish) {
        Consumer<Server> check = found -> {
            if (disks(found).size() >= Servers.MAX_DISKS) {
                throw Problem.CONFLICT.because("A server has at most %d disks.", Servers.MAX_DISKS);
            }
        };
        Server server = server(organization, wish, Attachable.class, check);
        return begin(
                        server,
                        check,
                        ServerState.RESIZING,
                        ServerDisks.ATTACH,
                        Map.of(
                                ServerDisks.DISK, ids.disk().value(),
                                ServerDisks.SIZE, String.valueOf(wish.sizeGiB())))
                .costing(cost(server, Charges.diskGiB(disks(server)) + wish.sizeGiB()));
    }

    private Plan<ServerView> detachDisk(Caller caller, OrganizationView organization, DetachDisk wish) {
        Consumer<Server> check = found -> {
            if (disk(found, wish.disk()).boot()) {
                throw Problem.CONFLICT.because("The boot disk stays as long as its server.");
            }
        };
        Server server = server(organization, wish, Attachable.class, check);
        return begin(
                        server,
                        check,
                        ServerState.RESIZING,
                        ServerDisks.DETACH,
                        Map.of(ServerDisks.DISK, wish.disk().text()))
                .costing(cost(
                        server,
                        Charges.diskGiB(disks(server))
                                - disk(server, wish.disk()).sizeGiB()))
                .destroying();
    }

    private Plan<ServerView> growDisk(Caller caller, OrganizationView organization, GrowDisk wish) {
        Consumer<Server> check = found -> {
            long is = disk(found, wish.disk()).sizeGiB();
            if (wish.sizeGiB() <= is) {
                throw Problem.MALFORMED.at("/sizeGiB", "The disk has " + is + " GiB already, and never shrinks.");
            }
        };
        Server server = server(organization, wish, Attachable.class, check);
        long diskGiB =
                Charges.diskGiB(disks(server)) - disk(server, wish.disk()).sizeGiB() + wish.sizeGiB();
        return begin(
                        server,
                        check,
                        ServerState.RESIZING,
                        ServerDisks.GROW,
                        Map.of(
                                ServerDisks.DISK, wish.disk().text(),
                                ServerDisks.SIZE, String.valueOf(wish.sizeGiB())))
                .costing(cost(server, diskGiB));
    }

    private Plan<ServerView> attachNic(Caller caller, OrganizationView organization, AttachNic wish) {
        Server server = server(organization, wish, Attachable.class, found -> {
            if (bench.ports().of(found.id()).size() >= Servers.MAX_NICS) {
                throw Problem.CONFLICT.because("A server has at most %d interfaces.", Servers.MAX_NICS);
            }
        });
        Network network = bench.tx()
                .read(() -> bench.networks().must(organization.id(), wish.nic().network()));
        DeployPlan.requireActive(network);
        DeployPlan.requireWithin(network, wish.nic(), "/address");
        if (!network.location().equals(server.location())) {
            throw Problem.MALFORMED.at(
                    "/network", "The network " + network.name() + " is at another location than the server.");
        }
        NicId nic = ids.nic();
        return Plan.<ServerView>of(server.subject(), change -> {
                    if (!bench.networks().lock(network.id())) {
                        throw Problem.NOT_FOUND.because("The network %s is gone.", network.name());
                    }
                    Network now = bench.networks().must(network.id());
                    DeployPlan.requireActive(now);
                    Server still = bench.servers().must(server.id());
                    requireAtRest(still);
                    List<Port> ports = bench.ports().of(server.id());
                    int next = ports.stream().mapToInt(Port::sortNo).max().orElse(-1) + 1;
                    Server begun = bench.life()
                            .begin(
                                    change,
                                    still,
                                    ServerState.RESIZING,
                                    ServerNics.ATTACH,
                                    Map.of(ServerNics.NIC, nic.value()));
                    bench.ports()
                            .allocate(
                                    now,
                                    nic,
                                    server.id(),
                                    next,
                                    wish.nic().address(),
                                    wish.nic().mac());
                    return views.of(begun, false);
                })
                .costing(cost(server, server.state()));
    }

    private Plan<ServerView> detachNic(Caller caller, OrganizationView organization, DetachNic wish) {
        Consumer<Server> check = found -> {
            List<Port> ports = bench.ports().of(found.id());
            if (ports.stream()
                    .noneMatch(each -> each.id().value().equals(wish.nic().text()))) {
                throw Problem.NOT_FOUND.because("Server %s has no interface %s.", found.name(), wish.nic());
            }
            if (ports.size() == 1) {
                throw Problem.CONFLICT.because(
                        "It is the server's last interface, and no server exists outside a network; attach another first.");
            }
        };
        Server server = server(organization, wish, Attachable.class, check);
        return begin(
                        server,
                        check,
                        ServerState.RESIZING,
                        ServerNics.DETACH,
                        Map.of(ServerNics.NIC, wish.nic().text()))
                .costing(cost(server, server.state()));
    }

    private Plan<ServerView> takeSnapshot(Caller caller, OrganizationView organization, TakeSnapshot wish) {
        Server server = server(organization, wish, Snapshots.class, found -> {
            List<SnapshotView> taken = bench.parts().snapshots(found.id());
            if (taken.size() >= MOST_SNAPSHOTS) {
                throw Problem.CONFLICT.because("A server has at most %d snapshots; delete one first.", MOST_SNAPSHOTS);
            }
            if (taken.stream().anyMatch(each -> each.name().equals(wish.name()))) {
                throw Problem.NAME_TAKEN.because("The server has a snapshot %s already.", wish.name());
            }
        });
        SnapshotId id = ids.snapshot();
        return Plan.<ServerView>of(server.subject(), change -> {
                    Server now = bench.servers().must(server.id());
                    requireAtRest(now);
                    Server begun = bench.life()
                            .begin(
                                    change,
                                    now,
                                    now.state(),
                                    ServerSnapshots.TAKE,
                                    Map.of(ServerSnapshots.SNAPSHOT, id.value()));
                    bench.parts()
                            .insert(
                                    server.id(),
                                    new SnapshotView(
                                            id,
                                            wish.name(),
                                            Times.kept(change.now()),
                                            change.caller().username()));
                    return views.of(begun, false);
                })
                .costing(cost(server, server.state()));
    }

    private Plan<ServerView> revertSnapshot(Caller caller, OrganizationView organization, RevertSnapshot wish) {
        Server server = server(
                organization, wish, Snapshots.class, found -> bench.parts().snapshot(found.id(), wish.snapshot()));
        SnapshotView snapshot = bench.tx().read(() -> bench.parts().snapshot(server.id(), wish.snapshot()));
        ServerState meanwhile = server.state() == ServerState.RUNNING ? ServerState.STOPPING : ServerState.STOPPED;
        return begin(
                        server,
                        found -> requireSame(server, found),
                        meanwhile,
                        ServerSnapshots.REVERT,
                        Map.of(ServerSnapshots.SNAPSHOT, snapshot.id().value()))
                .costing(cost(server, ServerState.STOPPED))
                .destroying();
    }

    /** What the plan was made for must still hold. */
    private static void requireSame(Server planned, Server now) {
        if (planned.state() != now.state()) {
            throw Problem.CONFLICT.because("Server %s has become %s meanwhile.", now.name(), now.state());
        }
    }

    private Plan<ServerView> deleteSnapshot(Caller caller, OrganizationView organization, DeleteSnapshot wish) {
        Server server = server(
                organization, wish, Snapshots.class, found -> bench.parts().snapshot(found.id(), wish.snapshot()));
        SnapshotView snapshot = bench.tx().read(() -> bench.parts().snapshot(server.id(), wish.snapshot()));
        return begin(
                        server,
                        found -> requireSame(server, found),
                        server.state(),
                        ServerSnapshots.DELETE,
                        Map.of(ServerSnapshots.SNAPSHOT, snapshot.id().value()))
                .costing(cost(server, server.state()))
                .destroying();
    }
}
