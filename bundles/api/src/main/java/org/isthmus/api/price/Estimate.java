// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.price;

import java.util.List;
import org.isthmus.model.Money;

/**
 * What something will cost, before it is made.
 *
 * @param hourly the sum of the items
 * @param monthly for 730 hours, rounded once
 */
public record Estimate(Money hourly, Money monthly, List<Line> items) {
    /** Hours of a month, for estimates. */
    public static final int HOURS_A_MONTH = 730;

    public static final Estimate FREE = of("USD", List.of());

    public Estimate {
        items = List.copyOf(items);
    }

    public static Estimate of(String currency, List<Line> lines) {
        Money sum = Money.zero(currency);
        for (Line line : lines) {
            sum = sum.plus(line.hourly());
        }
        return new Estimate(sum, sum.times(HOURS_A_MONTH).rounded(), lines);
    }

    /**
     * One item.
     *
     * @param quantity in the price book's unit
     * @param hourly for that quantity
     */
    public record Line(Item item, long quantity, Money hourly) {}
}
