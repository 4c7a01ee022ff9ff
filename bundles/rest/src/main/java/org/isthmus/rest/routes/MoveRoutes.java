// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Moves of many servers. */
public final class MoveRoutes {
    private static final String MOVES = ONE + "/moves";
    private static final String MOVE = MOVES + "/{move}";

    private MoveRoutes() {}

    record NewMoves(
            @Field("of the batch; free again for another when it has ended") Name name,
            @Field("where the new servers will be, of those that do not say so themselves") Optional<Ref> location,
            @Field(value = "in the order in which they begin", least = 1, most = MoveBatches.MOST_MOVES)
                    List<OneMove> moves,
            @Field(value = "how many are under way at a time; 2 unless said otherwise", min = 1, max = 4, example = "2")
                    Optional<Integer> concurrency,
            @Field("what becomes of those not yet begun when one was not moved; CONTINUE unless said otherwise")
                    Optional<OnFailure> onFailure) {}

    record OneMove(
            Ref server,
            Optional<Ref> location,
            @Field("of the new server") Name name,
            @Field(value = "for its interfaces at the new location, in order: as many as it has", least = 1, most = 8)
                    List<Ref> networks,
            @Field("as of a single move: REFUSE unless said otherwise") Optional<Running> running,
            @Field("the interfaces keep their MAC addresses; so unless said otherwise") Optional<Boolean> keepMac,
            @Field("they keep their addresses; not so unless said") Optional<Boolean> keepAddress) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Servers");
        Guard read = Guard.may(Action.SERVER_READ);
        on.list(
                MOVES,
                "listMoveBatches",
                read,
                "Moves of many servers, with their totals: the caller's own, or all for whoever may read all servers.",
                MoveBatchView.class,
                Filters.by().text("name").only(),
                call -> services.call(
                        MoveBatches.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        MOVES,
                        "moveServers",
                        Action.SERVER_MOVE,
                        "Makes many servers at another location, some at a time: each as by a move of its own, judged when its"
                                + " turn comes. With dryRun it says what each would become, and all that is in the way of it.")
                .takesTime()
                .body(NewMoves.class)
                .planned(
                        MoveServers.class,
                        MoveRoutes::command,
                        MoveBatchPlan.class,
                        (call, wish) -> services.call(MoveBatches.class, all -> all.plan(call.caller(), wish)))
                .shown(MoveBatchView.class);
        on.get(
                MOVE,
                "getMoveBatch",
                read,
                "The report: how each server's move stands, what it made, and why it failed.",
                MoveBatchView.class,
                List.of(),
                call -> services.call(
                        MoveBatches.class, all -> all.get(call.caller(), call.organization(), call.ref("move"))));
    }

    private static MoveServers command(Call call, NewMoves body) {
        List<MoveServer> moves = new ArrayList<>();
        for (int i = 0; i < body.moves().size(); i++) {
            OneMove one = body.moves().get(i);
            String pointer = "/moves/" + i + "/location";
            moves.add(new MoveServer(
                    call.organization(),
                    one.server(),
                    one.location()
                            .or(body::location)
                            .orElseThrow(() -> Problem.MALFORMED.at(
                                    pointer, "Say where it will be: here, or in location for all of them.")),
                    one.name(),
                    one.networks(),
                    one.running().orElse(Running.REFUSE),
                    one.keepMac().orElse(true),
                    one.keepAddress().orElse(false)));
        }
        return new MoveServers(
                call.organization(),
                body.name(),
                moves,
                body.concurrency().orElse(2),
                body.onFailure().orElse(OnFailure.CONTINUE));
    }
}
