// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.isthmus.model.Money;

/**
 * Money over time, exactly: a rate in millionths an hour times microseconds is a whole number. Only what is shown is rounded,
 * once, to millionths, HALF_EVEN; nothing that is compared is.
 */
final class Sums {
    private static final BigDecimal HOUR = BigDecimal.valueOf(3_600_000_000L);

    private Sums() {}

    /** What a rate comes to over so many microseconds. */
    static BigDecimal over(long rate, long micros) {
        return BigDecimal.valueOf(rate).multiply(BigDecimal.valueOf(micros));
    }

    /** An amount of millionths, to be compared with sums. */
    static BigDecimal of(long millionths) {
        return BigDecimal.valueOf(millionths).multiply(HOUR);
    }

    /** A sum as money. */
    static Money money(BigDecimal sum, String currency) {
        return new Money(sum.movePointLeft(Money.SCALE).divide(HOUR, Money.SCALE, RoundingMode.HALF_EVEN), currency);
    }

    /** A rate or an amount of millionths as money. */
    static Money millionths(BigDecimal amount, String currency) {
        return new Money(amount.movePointLeft(Money.SCALE), currency);
    }
}
