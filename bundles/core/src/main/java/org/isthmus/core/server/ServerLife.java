// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.isthmus.api.ProblemException;
import org.isthmus.api.gate.Change;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.location.HostStore;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.server.Server.Place;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.ServerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where a server's state changes: by the one table of transitions, with an event and with what is charged from
 * then on, all in the running transaction.
 */
final class ServerLife {
    private static final Logger LOG = LoggerFactory.getLogger(ServerLife.class);

    private final ServerStore servers;
    private final PartStore parts;
    private final HostStore hosts;
    private final Usage usage;
    private final OperationBook operations;

    ServerLife(ServerStore servers, PartStore parts, HostStore hosts, Usage usage, OperationBook operations) {
        this.servers = servers;
        this.parts = parts;
        this.hosts = hosts;
        this.usage = usage;
        this.operations = operations;
    }

    /** The problem of a server whose state does not allow what is wished. */
    static ProblemException wrongState(Server server, String wish) {
        List<String> allowed = server.operation().isPresent()
                ? List.of()
                : server.state().next().stream().map(ServerState::name).toList();
        String why = server.operation()
                .map(operation -> "operation " + operation + " is at work on it; wait for it to end, or cancel it.")
                .orElse("it is " + server.state() + ".");
        return ServerProblem.WRONG_STATE
                .because("Server %s cannot be %s now: %s", server.name(), wish, why)
                .with("state", server.state().name())
                .with("allowed", allowed);
    }

    /** Refuses when an operation is at work on it, or it is in none of these states. */
    static void requireIdle(Server server, String wish, ServerState... in) {
        if (server.operation().isPresent() || !List.of(in).contains(server.state())) {
            throw wrongState(server, wish);
        }
    }

    /**
     * Begins an operation on a server, inside the gate's transaction: nothing else can begin until it has ended.
     *
     * @param to the state meanwhile; the present one where it stays
     */
    Server begin(Change change, Server server, ServerState to, String type, Map<String, String> memo) {
        Map<String, String> all = new TreeMap<>(memo);
        all.put(ServerProcess.WAS, server.state().name());
        OperationId operation = operations.begin(change, type, server.subject(), all);
        servers.change(server.id(), row -> row.operation(Optional.of(operation)));
        return move(Moment.of(change), server.id(), to, Optional.empty(), row -> {});
    }

    /**
     * Moves a server to a state on the way to another: charged as before. Already there is nothing.
     *
     * @param how what else changes of the row
     */
    Server move(Moment moment, ServerId id, ServerState to, Optional<String> reason, Consumer<ServerRow> how) {
        Server before = servers.must(id);
        ServerState from = before.state();
        if (from == to) {
            return servers.change(id, how);
        }
        if (!from.mayBecome(to)) {
            throw wrongState(before, "made " + to);
        }
        Server after = servers.change(id, row -> {
            row.state(to, reason);
            how.accept(row);
        });
        LOG.info("Server {} {} -> {} {}", id, from, to, reason.orElse(""));
        moment.event(
                "server.state-changed",
                after.subject(),
                Map.of("name", after.name().value(), "from", from.name(), "to", to.name()));
        return after;
    }

    /**
     * Brings a server to rest in a state: its operation has ended, and it is charged for that state from now on.
     *
     * @param event what happened, such as {@code server.started}
     */
    Server rest(
            Moment moment,
            ServerId id,
            ServerState in,
            Optional<String> reason,
            String event,
            Consumer<ServerRow> how) {
        Server after = move(moment, id, in, reason, row -> {
            // also where it was in this state all the time
            row.state(in, reason);
            row.operation(Optional.empty());
            how.accept(row);
        });
        usage.set(
                moment.now(),
                after.organization(),
                after.subject(),
                Charges.atRest(in, after.flavor(), Charges.diskGiB(parts.disks(id))));
        Map<String, String> data = new TreeMap<>();
        data.put("name", after.name().value());
        data.put("state", in.name());
        reason.ifPresent(text -> data.put("reason", ServerRow.shortened(text, 1000)));
        moment.event(event, after.subject(), data);
        return after;
    }

    /**
     * Tries to hold so much of its host, more or less than now; true when it does. Asked again for what it holds already is
     * true, so that a step repeated after a crash claims once.
     */
    boolean hold(ServerId id, Claim wanted) {
        Server server = servers.must(id);
        Place place = server.mustPlace();
        Claim more = wanted.minus(place.claim());
        if (!more.equals(Claim.NOTHING) && !hosts.claim(place.host(), more)) {
            return false;
        }
        servers.change(id, row -> row.place(Optional.of(new Place(place.endpoint(), place.host(), wanted))));
        return true;
    }

    /** Gives back all it holds of its host, which is its host no longer. Nothing when it has none. */
    void leave(ServerId id) {
        Server server = servers.must(id);
        server.place().ifPresent(place -> {
            hosts.release(place.host(), place.claim());
            servers.change(id, row -> {
                row.place(Optional.empty());
                row.ref(Optional.empty());
            });
        });
    }

    /** From now on nothing is charged for it. */
    void chargeNothing(Moment moment, Server server) {
        usage.set(moment.now(), server.organization(), server.subject(), Map.of());
    }

    /** The row and all that belongs to it go; nothing is charged any more. Its ports are the network's to delete. */
    void gone(Moment moment, Server server) {
        leave(server.id());
        chargeNothing(moment, server);
        parts.deleteAll(server.id());
        servers.delete(server.id());
        LOG.info("Server {} {} is gone", server.id(), server.name());
        moment.event(
                "server.purged", server.subject(), Map.of("name", server.name().value()));
    }
}
