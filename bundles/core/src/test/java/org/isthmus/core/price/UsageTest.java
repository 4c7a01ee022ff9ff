// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.price;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.core.House;
import org.isthmus.model.Money;
import org.junit.jupiter.api.Test;

final class UsageTest {
    private static final Subject SERVER = new Subject("server", "srv_1");

    @Test
    void theOracleOfThePriceBookHolds() {
        try (House house = new House("oracle")) {
            OrganizationView acme = house.access.organization("acme", Policy.DEFAULT);

            Estimate estimate = house.prices.estimate(
                    acme.id(),
                    Map.of(
                            Item.NETWORK,
                            1L,
                            Item.CPU,
                            4L,
                            Item.MEMORY_GIB,
                            8L,
                            Item.STORAGE_GIB,
                            100L,
                            Item.VPN_USER,
                            3L));

            assertEquals("0.611", estimate.hourly().plain());
            assertEquals(Money.usd("446.03"), estimate.monthly());
        }
    }

    @Test
    void onlyWhatChangesIsClosedAndOpened() {
        try (House house = new House("usage")) {
            OrganizationView acme = house.access.organization("acme", Policy.DEFAULT);
            Caller ann = house.access.user("ann", "acme");

            set(house, acme, Map.of(Item.CPU, 2L, Item.STORAGE_GIB, 10L));
            house.clock.advance(Duration.ofHours(1));
            set(house, acme, Map.of(Item.CPU, 2L, Item.STORAGE_GIB, 10L));
            house.clock.advance(Duration.ofHours(1));
            set(house, acme, Map.of(Item.STORAGE_GIB, 10L));
            set(house, acme, Map.of(Item.STORAGE_GIB, 10L, Item.CPU, 4L));
            set(house, acme, Map.of(Item.STORAGE_GIB, 10L));

            List<String> intervals = new CorePrices(house.database.tx(), house.swaps, house.prices)
                    .usage(ann, new Ref("acme"), Query.all()).items().stream()
                            .map(use -> use.item() + " " + use.quantity() + " " + use.from() + " "
                                    + use.until().map(Object::toString).orElse("open"))
                            .sorted()
                            .toList();
            assertEquals(
                    List.of(
                            "CPU 2 2026-11-23T12:00:00Z 2026-11-23T14:00:00Z",
                            "STORAGE_GIB 10 2026-11-23T12:00:00Z open"),
                    intervals);
        }
    }

    private static void set(House house, OrganizationView acme, Map<Item, Long> quantities) {
        house.database.tx().execute(() -> house.usage.set(house.clock.instant(), acme.id(), SERVER, quantities));
    }
}
