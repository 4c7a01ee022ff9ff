// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.api.price.Prices.PriceBookView;
import org.isthmus.api.price.Prices.UsageView;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;

/** Prices, usage and limits. */
public final class MoneyCommands {
    private MoneyCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "price-book",
            description = "Shows the prices that hold for an organization, per item and hour")
    public static final class Book extends OrganizationCommand {
        @Override
        protected void run() {
            Ref in = organization();
            PriceBookView book = with(Prices.class, (prices, caller) -> prices.book(caller, in));
            if (json()) {
                print(book);
                return;
            }
            say(book.name() + ", " + book.currency() + " an hour");
            print(
                    "item hourly",
                    Arrays.stream(Item.values())
                            .filter(book.hourly()::containsKey)
                            .map(item ->
                                    Map.of("item", item, "hourly", book.hourly().get(item)))
                            .toList(),
                    Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "usage-list",
            description = "Lists what an organization used, oldest first; filters item, subject, open")
    public static final class ListUsage extends OrganizationList<UsageView> {
        public ListUsage() {
            super("subject.kind subject.id item quantity from until");
        }

        @Override
        protected Page<UsageView> page(Ref in, Query query) {
            return with(Prices.class, (prices, caller) -> prices.usage(caller, in, query));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "limit-list", description = "Lists what is left of the users' limits today")
    public static final class ListLimits extends OrganizationList<LimitView> {
        public ListLimits() {
            super("subject.kind subject.id deploymentsPerDay used left resetsAt");
        }

        @Override
        protected Page<LimitView> page(Ref in, Query query) {
            return with(LimitList.class, (limits, caller) -> limits.list(caller, in, query));
        }
    }
}
