// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.api.price.Prices.PriceBookView;
import org.isthmus.api.price.Prices.UsageView;
import org.isthmus.model.Money;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Prices, usage and limits. */
public final class PriceRoutes {
    private static final String LIMITS = ONE + "/limits";
    private static final String LIMIT = LIMITS + "/{limit}";

    private PriceRoutes() {}

    record NewLimit(
            @Field("a user, a department, or the organization itself") GrantRoutes.Thing subject,
            @Field("most money of a calendar month (UTC)") Optional<Amount> monthly,
            @Field("most money an hour") Optional<Amount> hourlyRate,
            @Field(value = "most deployments of a day (UTC)", min = 0, max = LimitList.MOST_DEPLOYMENTS)
                    Optional<Integer> deploymentsPerDay,
            @Field("true: it freezes when its month is used up; needs monthly") Optional<Boolean> freeze) {
        CreateLimit command(Ref organization) {
            return new CreateLimit(
                    organization,
                    subject.subject(),
                    monthly.map(Amount::money),
                    hourlyRate.map(Amount::money),
                    deploymentsPerDay,
                    freeze.orElse(false));
        }
    }

    record LimitChange(
            @Field("null: none") Optional<Optional<Amount>> monthly,
            @Field("null: none") Optional<Optional<Amount>> hourlyRate,
            @Field(value = "null: none, or for a user the policy's", min = 0, max = LimitList.MOST_DEPLOYMENTS)
                    Optional<Optional<Integer>> deploymentsPerDay,
            Optional<Boolean> freeze) {
        ChangeLimit command(Ref organization, Ref limit, long version) {
            return new ChangeLimit(
                    organization, limit, version, money(monthly), money(hourlyRate), deploymentsPerDay, freeze);
        }

        @SuppressWarnings("OptionalMapToOptional") // one in the other is what tells "keep" from "none"
        private static Optional<Optional<Money>> money(Optional<Optional<Amount>> sent) {
            return sent.map(given -> given.map(Amount::money));
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Money");
        prices(on, services);
        limits(on, services);
    }

    private static void limits(Table.Group on, Services services) {
        Guard read = Guard.may(Action.LIMIT_READ);
        on.list(
                LIMITS,
                "listLimits",
                read,
                "The limits there are with what is left of them, and the users who deployed something today (UTC); the"
                        + " others have all that the policy gives them.",
                LimitView.class,
                Filters.none(),
                call -> services.call(
                        LimitList.class, limits -> limits.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        LIMITS,
                        "createLimit",
                        Action.LIMIT_SET,
                        "Limits what a user, a department or the organization may spend; one limit for each of them.")
                .body(NewLimit.class)
                .command(CreateLimit.class, (call, body) -> body.command(call.organization()))
                .created(LimitView.class);
        on.get(
                LIMIT,
                "getLimit",
                read,
                "A limit, by its own id or its subject's, with what is left of it.",
                LimitView.class,
                List.of(),
                call -> services.call(
                        LimitList.class, limits -> limits.get(call.caller(), call.organization(), call.ref("limit"))));
        on.change(Verb.PATCH, LIMIT, "changeLimit", Action.LIMIT_SET, "Raises, lowers or drops parts of a limit.")
                .body(LimitChange.class)
                .command(
                        ChangeLimit.class,
                        (call, body) -> body.command(call.organization(), call.ref("limit"), call.version()))
                .shown(LimitView.class);
        on.change(
                        Verb.POST,
                        LIMIT + "/freeze",
                        "freezeLimit",
                        Action.LIMIT_SET,
                        "Nothing that costs more is accepted any more of whom it limits, and what runs of theirs is stopped;"
                                + " nothing is deleted.")
                .command(FreezeLimit.class, call -> new FreezeLimit(call.organization(), call.ref("limit")))
                .shown(LimitView.class);
        on.change(
                        Verb.POST,
                        LIMIT + "/unfreeze",
                        "unfreezeLimit",
                        Action.LIMIT_SET,
                        "Lifts that; nothing is started by it.")
                .command(UnfreezeLimit.class, call -> new UnfreezeLimit(call.organization(), call.ref("limit")))
                .shown(LimitView.class);
        on.change(Verb.DELETE, LIMIT, "deleteLimit", Action.LIMIT_SET, "Takes a limit away.")
                .command(DeleteLimit.class, call -> new DeleteLimit(call.organization(), call.ref("limit")))
                .gone();
    }

    private static void prices(Table.Group on, Services services) {
        on.get(
                ONE + "/price-book",
                "getPriceBook",
                Guard.may(Action.PRICE_READ),
                "The prices per item and hour that hold for the organization.",
                PriceBookView.class,
                List.of(),
                call -> services.call(Prices.class, prices -> prices.book(call.caller(), call.organization())));
        on.list(
                ONE + "/usage",
                "listUsage",
                Guard.may(Action.USAGE_READ),
                "What was used, as half-open intervals, oldest first.",
                UsageView.class,
                Filters.by()
                        .of("item", Item.class)
                        .text("subject")
                        .of("open", Boolean.class)
                        .only(),
                call -> services.call(
                        Prices.class, prices -> prices.usage(call.caller(), call.organization(), call.query())));
    }
}
