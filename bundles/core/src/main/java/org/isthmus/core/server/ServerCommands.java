// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.RecoverServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.ServerCommand;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Handling;
import org.isthmus.core.Moment;
import org.isthmus.core.Policies;
import org.isthmus.core.lease.LeaseBook;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.Server.Power;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.Resizable;

/** Carries out what is wished of a server as a whole. */
final class ServerCommands {
    private final Workbench bench;
    private final DeployPlan deploy;
    private final MovePlan move;
    private final ServerViews views;
    private final PriceBook prices;
    private final LeaseBook leases;
    private final Function<ServerId, Optional<Instant>> expired;

    /**
     * With what they need.
     *
     * @param expired since when a server's time is over, if it is
     */
    ServerCommands(
            Workbench bench,
            DeployPlan deploy,
            MovePlan move,
            ServerViews views,
            PriceBook prices,
            LeaseBook leases,
            Function<ServerId, Optional<Instant>> expired) {
        this.bench = bench;
        this.deploy = deploy;
        this.move = move;
        this.views = views;
        this.prices = prices;
        this.leases = leases;
        this.expired = expired;
    }

    List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(DeployServer.class, deploy::plan, deploy::touches),
                new Handling<>(ChangeServer.class, this::change, (organization, wish, department) -> bench.things()
                        .named(organization, wish.about(), wish.tags())),
                new Handling<>(
                        MoveServer.class,
                        move::plan,
                        (organization, wish, department) -> move.touches(organization, List.of(wish))),
                on(bench, DeleteServer.class, this::delete),
                on(bench, PurgeServer.class, this::purge),
                on(bench, RecoverServer.class, this::recover),
                on(bench, StartServer.class, this::start),
                on(bench, StopServer.class, this::stop),
                on(bench, RestartServer.class, this::restart),
                on(bench, ResizeServer.class, this::resize));
    }

    /** Handles a command that names a server and nothing else. */
    static <C extends ServerCommand<R>, R> Handling<C, R> on(
            Workbench bench, Class<C> type, Handling.Planner<C, R> planner) {
        return new Handling<>(type, planner, (organization, wish, department) -> bench.things()
                .named(organization, wish.about(), Optional.empty()));
    }

    /** The server a command names, when it passes the check. */
    private Server server(OrganizationView organization, ServerCommand<?> wish, Consumer<Server> check) {
        return bench.tx().read(() -> {
            Server found = bench.servers().must(organization.id(), wish.server());
            check.accept(found);
            return found;
        });
    }

    /** A plan that begins an operation on the server, when it still passes the check. */
    private Plan<ServerView> begin(
            Server server, Consumer<Server> check, ServerState meanwhile, String type, Map<String, String> memo) {
        return Plan.of(server.subject(), change -> {
            Server now = bench.servers().must(server.id());
            check.accept(now);
            return views.of(bench.life().begin(change, now, meanwhile, type, memo), false);
        });
    }

    private Plan<ServerView> change(Caller caller, OrganizationView organization, ChangeServer wish) {
        Server server = server(organization, wish, found -> {
            if (found.version() != wish.version()) {
                throw Problem.STALE.because("The server has version %d by now; read it again.", found.version());
            }
        });
        Predicate<Server> renames =
                is -> wish.name().filter(name -> !name.equals(is.name())).isPresent();
        if (renames.test(server)) {
            requireNameable(server);
            Name name = wish.name().orElseThrow();
            if (bench.tx().read(() -> bench.servers().nameTaken(organization.id(), name))) {
                throw ServerStore.taken(name);
            }
        }
        Optional<Plan<LeaseView>> lease =
                wish.expiresAt().flatMap(end -> leases.ending(caller, organization, server.id(), end));
        List<Violation> violations = new ArrayList<>();
        wish.tags().ifPresent(tags -> violations.addAll(Policies.tags(organization, tags)));
        lease.ifPresent(plan -> violations.addAll(plan.violations()));
        return Plan.<ServerView>of(server.subject(), change -> {
                    Server now = bench.servers().must(server.id());
                    if (now.version() != wish.version()) {
                        throw Problem.STALE.because("The server has version %d by now; read it again.", now.version());
                    }
                    if (renames.test(now)) {
                        requireNameable(now);
                    }
                    Server changed = bench.servers()
                            .change(
                                    server.id(),
                                    () -> ServerStore.taken(wish.name().orElse(server.name())),
                                    row -> row.change(
                                            wish.name().orElse(now.name()),
                                            wish.purpose().orElse(now.purpose()),
                                            wish.isProtected().orElse(now.isProtected())));
                    Server tagged = wish.tags()
                            .map(tags -> bench.servers().tags(changed, tags))
                            .orElse(changed);
                    Server leased = lease.map(plan -> {
                                plan.effect().apply(change);
                                return bench.servers().must(server.id());
                            })
                            .orElse(tagged);
                    change.event(
                            "server.changed",
                            server.subject(),
                            Map.of("name", changed.name().value()));
                    return views.of(renames.test(now) ? named(change, leased) : leased, false);
                })
                .costing(cost(server, goesOn(server), server.flavor()))
                .violating(violations);
    }

    /** Its networks are told of a name by an operation, of which there is one at a time. */
    private static void requireNameable(Server server) {
        if (server.operation().isPresent()) {
            throw ServerLife.wrongState(server, "renamed");
        }
    }

    /** From now on its name leads to it on its networks, where it has ports and is not deleted. */
    private Server named(Change change, Server server) {
        boolean nameless = server.ref().isEmpty() || server.state() == ServerState.DELETED;
        return nameless ? server : bench.life().begin(change, server, server.state(), ServerNaming.TYPE, Map.of());
    }

    private static void requireDeletable(Server server) {
        if (server.isProtected()) {
            throw ServerProblem.PROTECTED.because(
                    "Server %s is protected; change that first when it is really to go.", server.name());
        }
        ServerLife.requireIdle(
                server, "deleted", ServerState.RUNNING, ServerState.STOPPED, ServerState.LOST, ServerState.FAILED);
    }

    private Plan<ServerView> delete(Caller caller, OrganizationView organization, DeleteServer wish) {
        Server server = server(organization, wish, ServerCommands::requireDeletable);
        Duration grace = organization.policy().deletionGrace();
        return Plan.<ServerView>of(server.subject(), change -> {
                    Server now = bench.servers().must(server.id());
                    requireDeletable(now);
                    return delete(change, now, grace);
                })
                .costing(
                        grace.isZero() || server.state() == ServerState.FAILED
                                ? Estimate.FREE
                                : cost(server, ServerState.DELETED, server.flavor()))
                .destroying();
    }

    /** The state it is charged for, also while it is resized: one that is off costs no more by being renamed. */
    private static ServerState goesOn(Server server) {
        boolean off = server.state() == ServerState.RESIZING && server.power() == Power.OFF;
        return off ? ServerState.STOPPED : server.state();
    }

    /** What the server costs in a state. */
    private Estimate cost(Server server, ServerState in, Flavor flavor) {
        long diskGiB = bench.tx().read(() -> Charges.diskGiB(bench.parts().disks(server.id())));
        return prices.estimate(server.organization(), Charges.shown(in, flavor, diskGiB));
    }

    private ServerView delete(Change change, Server server, Duration grace) {
        if (server.state() == ServerState.FAILED) {
            ServerView last = views.of(server, false);
            change.event(
                    "server.deleted",
                    server.subject(),
                    Map.of("name", server.name().value()));
            bench.life().gone(Moment.of(change), server);
            return last;
        }
        if (grace.isZero()) {
            Server going = bench.life().begin(change, server, ServerState.DELETED, ServerRemoval.PURGE, Map.of());
            return views.of(
                    bench.servers().change(going.id(), row -> {
                        row.living(false);
                        row.deleted(Optional.of(change.now()), Optional.of(change.now()));
                    }),
                    false);
        }
        ServerState meanwhile = server.state() == ServerState.RUNNING ? ServerState.STOPPING : server.state();
        return views.of(
                bench.life()
                        .begin(
                                change,
                                server,
                                meanwhile,
                                ServerRemoval.DELETE,
                                Map.of(ServerRemoval.GRACE, grace.toString())),
                false);
    }

    private Plan<ServerView> purge(Caller caller, OrganizationView organization, PurgeServer wish) {
        Consumer<Server> check = found -> {
            ServerLife.requireIdle(found, "purged", ServerState.DELETED);
            if (caller.kind() != Caller.Kind.SYSTEM) {
                throw Problem.FORBIDDEN.because("Only the system purges servers, when their grace is over.");
            }
        };
        Server server = server(organization, wish, check);
        return begin(server, check, ServerState.DELETED, ServerRemoval.PURGE, Map.of())
                .destroying();
    }

    private Plan<ServerView> recover(Caller caller, OrganizationView organization, RecoverServer wish) {
        Server server =
                server(organization, wish, found -> ServerLife.requireIdle(found, "recovered", ServerState.DELETED));
        if (bench.tx().read(() -> bench.servers().nameTaken(organization.id(), server.name()))) {
            throw nameTaken(server);
        }
        return Plan.<ServerView>of(server.subject(), change -> {
                    Server now = bench.servers().must(server.id());
                    ServerLife.requireIdle(now, "recovered", ServerState.DELETED);
                    if (now.deletedUntil()
                            .filter(until -> change.now().isBefore(until))
                            .isEmpty()) {
                        throw ServerProblem.NOT_RECOVERABLE.because(
                                "The time to recover server %s is over; it is being removed.", now.name());
                    }
                    bench.servers().change(now.id(), () -> nameTaken(now), row -> row.living(true));
                    Server back = bench.life()
                            .rest(
                                    Moment.of(change),
                                    now.id(),
                                    ServerState.STOPPED,
                                    Optional.empty(),
                                    "server.recovered",
                                    row -> row.deleted(Optional.empty(), Optional.empty()));
                    return views.of(named(change, back), false);
                })
                .costing(cost(server, ServerState.STOPPED, server.flavor()));
    }

    private static org.isthmus.api.ProblemException nameTaken(Server server) {
        return ServerProblem.NOT_RECOVERABLE.because(
                "Another server is called %s by now; rename that one first.", server.name());
    }

    private Plan<ServerView> start(Caller caller, OrganizationView organization, StartServer wish) {
        Consumer<Server> check = found -> {
            ServerLife.requireIdle(found, "started", ServerState.STOPPED);
            expired.apply(found.id()).ifPresent(end -> {
                throw Problem.CONFLICT.because(
                        "The time of server %s was over at %s. Give its lease a later end first: PATCH …/leases/%s.",
                        found.name(), end, found.id());
            });
        };
        Server server = server(organization, wish, check);
        return begin(server, check, ServerState.STARTING, ServerPower.START, Map.of())
                .costing(cost(server, ServerState.RUNNING, server.flavor()));
    }

    private Plan<ServerView> stop(Caller caller, OrganizationView organization, StopServer wish) {
        Consumer<Server> check = found -> ServerLife.requireIdle(found, "stopped", ServerState.RUNNING);
        Server server = server(organization, wish, check);
        Map<String, String> memo = wish.force() ? Map.of(ServerPower.FORCE, "yes") : Map.of();
        return begin(server, check, ServerState.STOPPING, ServerPower.STOP, memo)
                .costing(cost(server, ServerState.STOPPED, server.flavor()));
    }

    private Plan<ServerView> restart(Caller caller, OrganizationView organization, RestartServer wish) {
        Consumer<Server> check = found -> ServerLife.requireIdle(found, "restarted", ServerState.RUNNING);
        Server server = server(organization, wish, check);
        return begin(server, check, ServerState.RESTARTING, ServerPower.RESTART, Map.of())
                .costing(cost(server, ServerState.RUNNING, server.flavor()));
    }

    private Plan<ServerView> resize(Caller caller, OrganizationView organization, ResizeServer wish) {
        Consumer<Server> check =
                found -> ServerLife.requireIdle(found, "resized", ServerState.RUNNING, ServerState.STOPPED);
        Server server = server(organization, wish, check);
        bench.drivers().require(server.mustPlace().endpoint(), Resizable.class);
        return begin(
                        server,
                        check,
                        ServerState.RESIZING,
                        ServerResize.TYPE,
                        Map.of(
                                ServerResize.CPUS,
                                String.valueOf(wish.flavor().cpus()),
                                ServerResize.MEMORY,
                                String.valueOf(wish.flavor().memoryMiB())))
                .costing(cost(server, server.state(), wish.flavor()));
    }

    /** For the reconciler: what it submits when a server's grace is over. */
    static PurgeServer purge(Server server) {
        return new PurgeServer(Ref.of(server.organization()), Ref.of(server.id()));
    }
}
