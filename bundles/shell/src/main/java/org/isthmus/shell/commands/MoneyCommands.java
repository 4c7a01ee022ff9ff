// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.api.price.Prices.PriceBookView;
import org.isthmus.api.price.Prices.UsageView;
import org.isthmus.model.Money;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.complete.Names;

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
    @Command(scope = "isthmus", name = "limit-list", description = "Lists limits and what is left of them")
    public static final class ListLimits extends OrganizationList.Of<LimitView> {
        public ListLimits() {
            super(
                    LimitList.class,
                    "subject.kind name subject.id monthly month.used month.reserved month.left hourlyRate rate.left"
                            + " deploymentsPerDay used left id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "limit-show", description = "Shows a limit, and what is left of it")
    public static final class ShowLimit extends OrganizationCommand {
        @Argument(index = 0, name = "limit", required = true, description = "Its id, or its subject's")
        @Completion(Names.Limits.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(with(LimitList.class, (all, caller) -> all.get(caller, in, new Ref(which))));
        }
    }

    /** Sets money of a limit. */
    private abstract static class LimitSubmit<C extends org.isthmus.api.gate.Command<LimitView>>
            extends OrganizationSubmit<C, LimitView> {
        /** An amount in the currency of the organization's price book. */
        final Money money(String amount) {
            Ref in = organization();
            PriceBookView book = with(Prices.class, (prices, caller) -> prices.book(caller, in));
            try {
                return new Money(new BigDecimal(amount), book.currency());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("An amount is written as 99.50, not " + amount + ".", e);
            }
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "limit-create",
            description = "Limits what a user, a department or the organization may spend")
    public static final class NewLimit extends LimitSubmit<CreateLimit> {
        @Option(name = "--user", description = "Of this user; of the whole organization unless said")
        @Completion(Names.Users.class)
        private String user;

        @Option(name = "--department", description = "Of all in this department and in those below it")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--monthly", description = "Most money of a calendar month, as 99.50")
        private String monthly;

        @Option(name = "--hourly-rate", description = "Most money an hour")
        private String hourlyRate;

        @Option(name = "--deployments-per-day", description = "Most deployments of a day")
        private String deploymentsPerDay;

        @Option(name = "--freeze", description = "It freezes when its month is used up; needs --monthly")
        private boolean freeze;

        @Override
        protected CreateLimit command() {
            Ref in = organization();
            return new CreateLimit(
                    in,
                    subject(in),
                    Optional.ofNullable(monthly).map(this::money),
                    Optional.ofNullable(hourlyRate).map(this::money),
                    Optional.ofNullable(deploymentsPerDay).map(Integer::valueOf),
                    freeze);
        }

        private Subject subject(Ref in) {
            if (user != null && department != null) {
                throw new IllegalArgumentException("Say --user or --department, or neither of them.");
            }
            if (user == null && department == null) {
                return Subject.of(
                        "organization",
                        with(Organizations.class, (all, caller) -> all.get(caller, in))
                                .id());
            }
            return user != null ? Subject.of("user", new Ref(user)) : Subject.of("department", new Ref(department));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "limit-change", description = "Raises, lowers or drops parts of a limit")
    public static final class AnotherLimit extends LimitSubmit<ChangeLimit> {
        @Argument(index = 0, name = "limit", required = true, description = "Its id, or its subject's")
        @Completion(Names.Limits.class)
        private String which;

        @Option(name = "--monthly", description = "Most money of a calendar month, as 99.50; none: no such limit")
        private String monthly;

        @Option(name = "--hourly-rate", description = "Most money an hour; none: no such limit")
        private String hourlyRate;

        @Option(name = "--deployments-per-day", description = "Most deployments of a day; none: no such limit")
        private String deploymentsPerDay;

        @Option(name = "--freeze", description = "yes: it freezes when its month is used up; no: it does not")
        private String freeze;

        @Override
        protected ChangeLimit command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(LimitList.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            return new ChangeLimit(
                    in,
                    ref,
                    version,
                    orNone(monthly, this::money),
                    orNone(hourlyRate, this::money),
                    orNone(deploymentsPerDay, Integer::valueOf),
                    Optional.ofNullable(freeze).map(AnotherLimit::yes));
        }

        private static boolean yes(String text) {
            if (!text.equals("yes") && !text.equals("no")) {
                throw new IllegalArgumentException("Say --freeze yes or --freeze no.");
            }
            return text.equals("yes");
        }

        /** Empty when nothing was said; an empty one in it for {@code none}. */
        private static <T> Optional<Optional<T>> orNone(String text, Function<String, T> read) {
            if (text == null) {
                return Optional.empty();
            }
            return Optional.of(text.equals("none") ? Optional.empty() : Optional.of(read.apply(text)));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "limit-freeze",
            description = "Lets nothing begin that costs more of whom it limits, and stops what runs; deletes nothing")
    public static final class Freeze extends OrganizationSubmit<FreezeLimit, LimitView> {
        @Argument(index = 0, name = "limit", required = true, description = "Its id, or its subject's")
        @Completion(Names.Limits.class)
        private String which;

        @Override
        protected FreezeLimit command() {
            return new FreezeLimit(organization(), new Ref(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "limit-unfreeze",
            description = "Lifts a limit that is frozen; starts nothing by that")
    public static final class Unfreeze extends OrganizationSubmit<UnfreezeLimit, LimitView> {
        @Argument(index = 0, name = "limit", required = true, description = "Its id, or its subject's")
        @Completion(Names.Limits.class)
        private String which;

        @Override
        protected UnfreezeLimit command() {
            return new UnfreezeLimit(organization(), new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "limit-delete", description = "Takes a limit away")
    public static final class RemoveLimit extends OrganizationSubmit<DeleteLimit, LimitView> {
        @Argument(index = 0, name = "limit", required = true, description = "Its id, or its subject's")
        @Completion(Names.Limits.class)
        private String which;

        @Override
        protected DeleteLimit command() {
            return new DeleteLimit(organization(), new Ref(which));
        }
    }
}
