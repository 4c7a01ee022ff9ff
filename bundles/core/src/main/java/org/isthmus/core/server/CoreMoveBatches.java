// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.core.Cursor;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
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
    /** How many moves are named where a plan is written down that something is in the way of. */
    private static final int MOST_TOLD = 20;

    private final Ids ids;
    private final Swaps swaps;
    private final Workbench bench;
    private final MovePlan move;
    private final MovePreview.Rules rules;
    private final Clock clock;
    private final OperationBook operations;
    private final MoveBatchStore store;
    private final Supplier<Gate> gate;

    CoreMoveBatches(
            MovePreview.Rules rules,
            Clock clock,
            MovePlan move,
            OperationBook operations,
            MoveBatchStore store,
            Supplier<Gate> gate) {
        this.ids = rules.ids();
        this.swaps = rules.swaps();
        this.bench = rules.bench();
        this.rules = rules;
        this.clock = clock;
        this.move = move;
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
                        PlanMoves.class,
                        this::planned,
                        // it looks at each by itself, and tells nothing of what is out of reach
                        (organization, ask, department) -> List.of()));
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
        AtomicReference<MoveBatchPlan> plan = new AtomicReference<>();
        try {
            gate.get().submit(caller, new PlanMoves(wish, plan::set), Gate.Submission.dry());
        } catch (ProblemException e) {
            // its own refusal is no news: the plan says what is in the way, and more
            if (plan.get() == null || plan.get().allowed() || e.type() != Problem.CONFLICT) {
                throw e;
            }
        }
        return plan.get();
    }

    private Plan<MoveBatchView> planned(Caller caller, OrganizationView organization, PlanMoves ask) {
        MoveServers wish = ask.wish();
        MoveBatchPlan plan = new MovePreview(
                        rules,
                        caller,
                        reach(caller, ask.action(), ask.organization()),
                        Times.kept(clock.instant()),
                        wish.moves())
                .of(wish, () -> requireFree(organization, wish));
        ask.told().accept(plan);
        if (!plan.allowed()) {
            throw Problem.CONFLICT.because("%s", inTheWay(plan));
        }
        return Plan.of(ask.about(), change -> {
            throw new IllegalStateException("What moves would come to is only asked");
        });
    }

    private void requireFree(OrganizationView organization, MoveServers wish) {
        bench.tx().read(() -> {
            store.requireFree(organization.id(), wish.name());
            return true;
        });
    }

    private static String inTheWay(MoveBatchPlan plan) {
        List<PlannedMove> refused =
                plan.moves().stream().filter(move -> !move.reasons().isEmpty()).toList();
        Stream<String> each = refused.stream()
                .limit(MOST_TOLD)
                .map(move -> move.server() + ": " + move.reasons().get(0).detail());
        Stream<String> all = plan.reasons().stream().map(reason -> "all: " + reason.detail());
        return "dry run: something is in the way of " + refused.size() + " of "
                + plan.moves().size() + " moves; " + Stream.concat(all, each).collect(Collectors.joining(" "));
    }

    private List<Resource> touches(OrganizationView organization, MoveServers wish) {
        return move.touches(organization, wish.moves());
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

    private Plan<MoveBatchView> begin(Caller caller, OrganizationView organization, MoveServers wish) {
        List<Wished> moves = bench.tx().read(() -> {
            store.requireFree(organization.id(), wish.name());
            return wished(organization, wish);
        });
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
}
