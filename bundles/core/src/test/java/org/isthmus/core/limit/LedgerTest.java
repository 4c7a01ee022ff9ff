// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Item;
import org.isthmus.core.House;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Money;
import org.junit.jupiter.api.Test;

/** What accounts say after any history, and how money is rounded. */
final class LedgerTest {
    private static final long SEED = Long.getLong("isthmus.seed", 20261130);
    private static final int THINGS = 6;

    /** An operation's hold, until it ends. */
    private record Under(OperationId operation, Subject thing) {}

    @Test
    void afterAnyHistoryAnAccountIsWhatCountingEverythingAnewSays() {
        Random random = new Random(SEED);
        try (House house = new House("ledger")) {
            OrganizationView acme = house.access.organization("acme", Policy.DEFAULT);
            Caller ann = house.access.user("ann", "acme");
            Caller root = Caller.localRoot(house.access.platform(), "req");
            DepartmentId web = house.access.department("web", "acme");
            LimitStore store = new LimitStore(house.database.tx());
            Books books = new Books(house);
            List<LimitView> limits = new ArrayList<>(List.of(
                    books.set("organization", "acme", "1000000", "1000", null), books.month("user", "ann", "1000000")));
            List<Under> under = new ArrayList<>();
            for (int i = 0; i < THINGS; i++) {
                List<String> payers = i % 2 == 0
                        ? List.of(ann.user().orElseThrow().value(), web.value())
                        : List.of(ann.user().orElseThrow().value());
                String thing = "thing-" + i;
                house.database.tx().execute(() -> store.pay(thing, payers, 0, false));
            }

            for (int step = 0; step < 250; step++) {
                Subject thing = new Subject("thing", "thing-" + random.nextInt(THINGS));
                Instant now = house.clock.instant();
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        Map<Item, Long> quantities = quantities(random);
                        // also a controller whose clock is behind
                        Instant at = random.nextInt(10) == 0 ? now.minusSeconds(90) : now;
                        house.database.tx().execute(() -> house.usage.set(at, acme.id(), thing, quantities));
                    }
                    case 3 -> {
                        Under begun = new Under(house.ids.operation(), thing);
                        Claim claim = new Claim(ann, List.of(web), acme, thing, random.nextInt(2_000_000), false);
                        house.database
                                .tx()
                                .execute(() -> house.limits.reserve(claim, true, Optional.of(begun.operation()), now));
                        under.add(begun);
                    }
                    case 4 -> {
                        if (!under.isEmpty()) {
                            Under ended = under.remove(random.nextInt(under.size()));
                            boolean succeeded = random.nextBoolean();
                            house.database
                                    .tx()
                                    .execute(() -> house.limits.end(
                                            ended.operation(), acme.id(), ended.thing(), succeeded, now));
                        }
                    }
                    case 5 -> {
                        if (limits.size() < 3) {
                            limits.add(books.set("department", "web", "1000000", "1000", null));
                        } else {
                            LimitView gone = limits.remove(2);
                            house.gate.submit(
                                    root,
                                    new DeleteLimit(Books.ACME, Ref.of(gone.id().orElseThrow())));
                        }
                    }
                    case 6 -> house.clock.advance(Duration.ofSeconds(1 + random.nextInt(7200)));
                    default -> house.clock.advance(Duration.ofHours(random.nextInt(24 * 9)));
                }
                books.mustBeTrue("seed " + SEED + " step " + step);
            }
        }
    }

    private static Map<Item, Long> quantities(Random random) {
        Map<Item, Long> quantities = new EnumMap<>(Item.class);
        for (Item item : Item.values()) {
            quantities.put(item, (long) random.nextInt(3));
        }
        return quantities;
    }

    @Test
    void whoeverUsedSomethingBeforeThereWereLimitsIsGuardedFromTheNextStartOn() {
        try (House house = new House("before")) {
            OrganizationView acme = house.access.organization("acme", Policy.DEFAULT);
            LimitStore store = new LimitStore(house.database.tx());
            house.database
                    .tx()
                    .execute(() -> house.usage.set(
                            house.clock.instant(), acme.id(), new Subject("thing", "old"), Map.of(Item.CPU, 1L)));
            assertEquals(false, house.database.tx().read(() -> store.guarded(acme.id())));

            house.limits.begin();
            house.limits.begin();

            assertEquals(true, house.database.tx().read(() -> store.guarded(acme.id())));
            assertEquals(
                    "hour 0.04 0 9.96", new Books(house).show(new Books(house).hour("organization", "acme", "10")));
        }
    }

    @Test
    void aSumIsExactAndOnlyWhatIsShownIsRounded() {
        // a third of a millionth: 300 millionths an hour for four seconds
        assertEquals("0", Sums.money(Sums.over(300, 4_000_000), "USD").plain());
        assertEquals("0.000001", Sums.money(Sums.over(300, 12_000_000), "USD").plain());
        // halves go to the even neighbour
        assertEquals("0", Sums.money(Sums.over(300, 6_000_000), "USD").plain());
        assertEquals("0.000002", Sums.money(Sums.over(300, 18_000_000), "USD").plain());
        assertEquals(Money.usd("0.611"), Sums.money(Sums.over(611_000, 3_600_000_000L), "USD"));
        assertEquals(0, Sums.of(611_000).compareTo(Sums.over(611_000, 3_600_000_000L)));
    }

    @Test
    void aMonthIsThatOfUtcAndHalfOpen() {
        Month november = Month.of(Times.micros(Instant.parse("2026-11-30T23:59:59.999999Z")));

        assertEquals("2026-11", november.toString());
        assertEquals(Instant.parse("2026-12-01T00:00:00Z"), november.end());
        assertEquals("2026-12", Month.of(november.until()).toString());
        assertEquals(720L * 3_600_000_000L, november.left(november.from()));
        assertEquals(720L * 3_600_000_000L, november.left(0));
        assertEquals(1, november.left(november.until() - 1));
        assertEquals(0, november.left(november.until()));
    }
}
