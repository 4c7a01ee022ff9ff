// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.price;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices.PriceBookView;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;

/** The price book that ships, and estimates from it. One seller, one book, so far. */
public final class PriceBook {
    private static final Map<Item, Money> SHIPPED = shipped();

    private static Map<Item, Money> shipped() {
        Map<Item, Money> prices = new EnumMap<>(Item.class);
        prices.put(Item.NETWORK, Money.usd("0.20"));
        prices.put(Item.CPU, Money.usd("0.04"));
        prices.put(Item.MEMORY_GIB, Money.usd("0.025"));
        prices.put(Item.VPN_USER, Money.usd("0.007"));
        prices.put(Item.STORAGE_GIB, Money.usd("0.0003"));
        return prices;
    }

    /** What these quantities cost in the organization's book; items in the order of {@link Item}. */
    public Estimate estimate(OrganizationId organization, Map<Item, Long> quantities) {
        PriceBookView book = book(organization);
        List<Estimate.Line> lines = new ArrayList<>();
        for (Item item : Item.values()) {
            long quantity = quantities.getOrDefault(item, 0L);
            if (quantity > 0) {
                lines.add(new Estimate.Line(
                        item, quantity, book.hourly().get(item).times(quantity)));
            }
        }
        return Estimate.of(book.currency(), lines);
    }

    /** What these quantities cost an hour in the organization's book, in millionths of its currency: never rounded. */
    public long rate(OrganizationId organization, Item item, long quantity) {
        return Math.multiplyExact(micros(book(organization).hourly().get(item)), quantity);
    }

    /** An amount in millionths of its currency. */
    public static long micros(Money money) {
        return money.amount().unscaledValue().longValueExact();
    }

    /** The book that holds for an organization: the shipped one for all. */
    public PriceBookView book(OrganizationId organization) {
        return new PriceBookView("shipped", "USD", SHIPPED);
    }
}
