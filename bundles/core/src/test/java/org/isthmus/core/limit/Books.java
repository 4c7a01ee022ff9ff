// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.core.House;
import org.isthmus.core.Times;
import org.isthmus.model.Money;

/** The books of limits, looked at from inside. */
public final class Books {
    public static final Ref ACME = new Ref("acme");

    private final House house;
    private final LimitStore store;
    private final Ledger ledger;
    private final Caller root;

    public Books(House house) {
        this.house = house;
        this.store = new LimitStore(house.database.tx());
        this.ledger = new Ledger(store, house.prices);
        this.root = Caller.localRoot(house.access.platform(), "req-books");
    }

    private static Optional<Money> usd(String amount) {
        return Optional.ofNullable(amount).map(Money::usd);
    }

    /** Sets a limit; null for none of that sort. */
    public LimitView set(String kind, String whose, String monthly, String hourlyRate, Integer deploymentsPerDay) {
        return house.gate
                .submit(
                        root,
                        new CreateLimit(
                                ACME,
                                new Subject(kind, whose),
                                usd(monthly),
                                usd(hourlyRate),
                                Optional.ofNullable(deploymentsPerDay)))
                .result();
    }

    public LimitView month(String kind, String whose, String amount) {
        return set(kind, whose, amount, null, null);
    }

    public LimitView hour(String kind, String whose, String amount) {
        return set(kind, whose, null, amount, null);
    }

    public LimitView day(String kind, String whose, int deployments) {
        return set(kind, whose, null, null, deployments);
    }

    public LimitView raise(LimitView limit, String monthly) {
        LimitView is = now(limit);
        return house.gate
                .submit(
                        root,
                        new ChangeLimit(
                                ACME,
                                Ref.of(is.id().orElseThrow()),
                                is.version(),
                                Optional.of(usd(monthly)),
                                Optional.empty(),
                                Optional.empty()))
                .result();
    }

    public LimitView now(LimitView limit) {
        return house.limits.get(root, ACME, Ref.of(limit.id().orElseThrow()));
    }

    /** Used, reserved and left of an hour's money, and used, reserved, forecast and left of a month's. */
    public String show(LimitView limit) {
        LimitView is = now(limit);
        String hour = is.rate()
                .map(rate -> "hour " + rate.used().plain() + " "
                        + rate.reserved().plain() + " " + rate.left().plain())
                .orElse("");
        String month = is.month()
                .map(all -> "month " + all.used().plain() + " " + all.reserved().plain() + " "
                        + all.forecast().plain() + " " + all.left().plain())
                .orElse("");
        return (hour + " " + month).strip();
    }

    /** Every account says what counting everything anew says. */
    public void mustBeTrue(String where) {
        long now = Times.micros(house.clock.instant());
        house.database.tx().execute(() -> {
            List<Limit> all = store.page(house.access.organization("acme"), "", 1000);
            for (Limit each : all) {
                Limit is = each.at(now);
                Limit counted = ledger.counted(each, now);
                if (each.ofMoney()) {
                    assertEquals(0, counted.rate().compareTo(is.rate()), where + ": the rate of " + each.whose());
                    assertEquals(
                            0,
                            counted.projected().compareTo(is.projected()),
                            where + ": the month of " + each.whose() + ": " + is.projected() + " is "
                                    + counted.projected());
                }
            }
        });
    }

    /** Operations that hold something. */
    public int held() {
        return house.database
                .tx()
                .read(() -> store.holds(house.access.organization("acme")))
                .getOrDefault(house.access.organization("acme").value(), List.of())
                .size();
    }
}
