// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.util.List;
import org.isthmus.api.Action;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.api.price.Prices.PriceBookView;
import org.isthmus.api.price.Prices.UsageView;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;

/** Prices, usage and limits. */
public final class PriceRoutes {
    private PriceRoutes() {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Money");
        on.get(
                ONE + "/price-book",
                "getPriceBook",
                Guard.may(Action.PRICE_READ),
                "The prices per item and hour that hold for the organization.",
                PriceBookView.class,
                List.of(),
                call -> services.call(Prices.class, prices -> prices.book(call.caller(), call.organization())));
        on.list(
                ONE + "/limits",
                "listLimits",
                Guard.may(Action.LIMIT_READ),
                "What is left to the users who deployed something today (UTC); the others have all of it.",
                LimitView.class,
                Filters.none(),
                call -> services.call(
                        LimitList.class, limits -> limits.list(call.caller(), call.organization(), call.query())));
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
