// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Gate.Outcome.Allowed;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchPlan.MoveReason;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.core.Cursor;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.operation.Process;
import org.isthmus.core.server.MoveBatch.Standing;
import org.isthmus.core.server.MoveBatch.Wished;
import org.isthmus.core.server.MoveBatchStore.Found;
import org.isthmus.core.server.MoveBatchStore.Named;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.MoveBatchId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Page;

/** Moves of many servers: what they would come to, their beginning, and their report. */
public final class CoreMoveBatches implements MoveBatches {
    private final Ids ids;
    private final Swaps swaps;
    private final Workbench bench;
    private final MovePlan move;
    private final Destinations destinations;
    private final OperationBook operations;
    private final MoveBatchStore store;
    private final Supplier<Gate> gate;

    CoreMoveBatches(
            Ids ids,
            Swaps swaps,
            Workbench bench,
            MovePlan move,
            Destinations destinations,
            OperationBook operations,
            MoveBatchStore store,
            Supplier<Gate> gate) {
        this.ids = ids;
        this.swaps = swaps;
        this.bench = bench;
        this.move = move;
        this.destinations = destinations;
        this.operations = operations;
        this.store = store;
        this.gate = gate;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(
                        MoveServers.class,
                        this::begin,
                        (organization, wish, department) -> touches(organization, wish)),
                new Handling<>(
                        CostOfMoves.class,
                        this::cost,
                        (organization, ask, department) -> touches(organization, ask.wish())));
    }

    public List<Process> processes() {
        return List.of(new MoveBatchRun(bench.tx(), store, swaps, gate));
    }

    private Reach reach(Caller caller, Action action, Ref organization) {
        return swaps.access().call(access -> access.reach(caller, action, organization));
    }

    @Override
    public Page<MoveBatchView> list(Caller caller, Ref organization, Query query) {
        Reach reach = reach(caller, Action.SERVER_READ, organization);
        query.equal().keySet().stream()
                .filter(field -> !field.equals("name"))
                .findFirst()
                .or(() -> query.tag().map(tag -> "tag"))
                .ifPresent(field -> {
                    throw Problem.MALFORMED.at(field, "Batches of moves are filtered by name, not by this.");
                });
        int limit = query.page().limit();
        String after = query.page().cursor().map(Cursor::key).orElse("");
        return bench.tx().read(() -> {
            List<Found> found = store.page(
                    reach, caller.username(), Optional.ofNullable(query.equal().get("name")), after, limit + 1);
            Map<MoveBatchId, MoveBatchView.MoveTotals> totals =
                    store.totalsOf(found.stream().map(each -> each.batch().id()).toList());
            return Page.of(found, limit, each -> Cursor.of(each.batch().id().value()))
                    .map(each -> each.batch()
                            .view(each.course(), totals.get(each.batch().id()), List.of()));
        });
    }

    @Override
    public MoveBatchView get(Caller caller, Ref organization, Ref ref) {
        Reach reach = reach(caller, Action.SERVER_READ, organization);
        return bench.tx()
                .read(() ->
                        view(store.find(reach, caller.username(), ref).orElseThrow(() -> MoveBatchStore.absent(ref))));
    }

    private MoveBatchView view(Found found) {
        List<Standing> moves = store.moves(found.batch().id());
        return found.batch().view(found.course(), MoveBatchStore.totals(moves), moves);
    }

    @Override
    public MoveBatchPlan plan(Caller caller, MoveServers wish) {
        Reach reach = reach(caller, Action.SERVER_MOVE, wish.organization());
        MovePreview preview = new MovePreview(ids, bench, destinations, reach);
        List<PlannedMove> moves = wish.moves().stream()
                .map(one -> preview.of(one, () -> allowed(caller, one)))
                .toList();
        refuse(moves);
        Estimate sum = sum(moves);
        Set<MoveReason> reasons = new LinkedHashSet<>(against(caller, new CostOfMoves(wish, sum, Optional.empty())));
        moves.stream()
                .filter(one -> preview.department(one.server()).isPresent())
                .collect(Collectors.groupingBy(
                        one -> preview.department(one.server()).orElseThrow()))
                .values()
                .forEach(some -> reasons.addAll(against(
                        caller,
                        new CostOfMoves(
                                wish,
                                sum(some),
                                Optional.of(Subject.of("server", some.get(0).server()))))));
        // what one alone hears already is no news of all
        moves.forEach(one -> reasons.removeAll(Set.copyOf(one.reasons())));
        return new MoveBatchPlan(
                reasons.isEmpty()
                        && moves.stream().allMatch(one -> one.reasons().isEmpty()),
                sum,
                moves.stream().mapToLong(PlannedMove::bytes).sum(),
                List.copyOf(reasons),
                moves);
    }

    private List<MoveReason> against(Caller caller, CostOfMoves all) {
        try {
            gate.get().submit(caller, all, Gate.Submission.dry());
            return List.of();
        } catch (ProblemException e) {
            return MovePreview.reasons(e);
        }
    }

    /** Who may not move a single one of them is not told a plan. */
    private static void refuse(List<PlannedMove> moves) {
        if (moves.stream()
                .allMatch(one -> one.flavor().isEmpty() || lacking(one).isPresent())) {
            PlannedMove first = moves.get(0);
            throw lacking(first)
                    .map(reason -> Problem.FORBIDDEN.because("%s", reason.detail()))
                    .orElseGet(() -> ServerStore.absent(first.server()));
        }
    }

    private static Optional<MoveReason> lacking(PlannedMove move) {
        return move.reasons().stream()
                .filter(reason -> reason.problem().equals(Problem.FORBIDDEN.slug()))
                .findFirst();
    }

    private Allowed<ServerView> allowed(Caller caller, MoveServer wish) {
        return (Allowed<ServerView>) gate.get().submit(caller, wish, Gate.Submission.dry());
    }

    private static Estimate sum(List<PlannedMove> moves) {
        List<Estimate> all =
                moves.stream().flatMap(one -> one.estimate().stream()).toList();
        return all.isEmpty()
                ? Estimate.FREE
                : Estimate.of(
                        all.get(0).hourly().currency(),
                        all.stream().flatMap(each -> each.items().stream()).toList());
    }

    private List<Resource> touches(OrganizationView organization, MoveServers wish) {
        return wish.moves().stream()
                .flatMap(one -> move.touches(organization, one).stream())
                .distinct()
                .toList();
    }

    private List<Wished> wished(OrganizationView organization, MoveServers wish) {
        Map<Ref, Named> found = store.servers(
                organization.id(), wish.moves().stream().map(MoveServer::server).toList());
        List<Wished> all = new ArrayList<>();
        Set<ServerId> seen = new HashSet<>();
        for (int i = 0; i < wish.moves().size(); i++) {
            MoveServer one = wish.moves().get(i);
            Named server =
                    Optional.ofNullable(found.get(one.server())).orElseThrow(() -> ServerStore.absent(one.server()));
            if (!seen.add(server.id())) {
                throw MoveServers.twice(i, one.server());
            }
            all.add(new Wished(
                    server.id(),
                    server.name(),
                    one.location(),
                    one.name(),
                    one.networks(),
                    one.running(),
                    one.keepMac(),
                    one.keepAddress()));
        }
        return all;
    }

    private List<Wished> check(OrganizationView organization, MoveServers wish) {
        return bench.tx().read(() -> {
            store.requireFree(organization.id(), wish.name());
            return wished(organization, wish);
        });
    }

    private Plan<MoveBatchView> begin(Caller caller, OrganizationView organization, MoveServers wish) {
        List<Wished> moves = check(organization, wish);
        MoveBatchId id = ids.moveBatch();
        return Plan.of(MoveBatch.subject(id), change -> begin(change, id, wish, moves));
    }

    private MoveBatchView begin(Change change, MoveBatchId id, MoveServers wish, List<Wished> moves) {
        OperationId operation = operations.begin(change, MoveBatchRun.TYPE, MoveBatch.subject(id), Map.of());
        store.insert(
                new MoveBatch(
                        id,
                        change.organization(),
                        wish.name(),
                        operation,
                        change.caller(),
                        wish.concurrency(),
                        wish.onFailure(),
                        Times.kept(change.now()),
                        change.caller().username()),
                moves);
        return view(store.must(id));
    }

    /** Asks what all of them together may cost; only ever without effect. */
    private Plan<MoveBatchView> cost(Caller caller, OrganizationView organization, CostOfMoves ask) {
        check(organization, ask.wish());
        return Plan.<MoveBatchView>of(ask.about(), change -> {
                    throw new IllegalStateException("What moves cost is only asked");
                })
                .costing(ask.sum());
    }
}
