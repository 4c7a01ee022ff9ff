// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An amount of one currency (ISO 4217), with at most six decimals. Never a binary floating-point number, and never
 * rounded on the way: only {@link #rounded()} rounds, once, HALF_EVEN, on an invoice line.
 */
public record Money(BigDecimal amount, String currency) implements Comparable<Money> {
    /** Decimals kept. */
    public static final int SCALE = 6;

    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");

    public Money {
        Objects.requireNonNull(amount, "amount");
        if (currency == null || !CURRENCY.matcher(currency).matches()) {
            throw new IllegalArgumentException("A currency is three capital letters (ISO 4217), such as USD.");
        }
        if (amount.stripTrailingZeros().scale() > SCALE) {
            throw new IllegalArgumentException("An amount has at most six decimals.");
        }
        amount = amount.setScale(SCALE, RoundingMode.UNNECESSARY);
    }

    public static Money usd(String amount) {
        return new Money(new BigDecimal(amount), "USD");
    }

    public static Money zero(String currency) {
        return new Money(BigDecimal.ZERO, currency);
    }

    /** The sum. Both must be of one currency. */
    public Money plus(Money other) {
        same(other);
        return new Money(amount.add(other.amount), currency);
    }

    /** This amount, {@code quantity} times. */
    public Money times(long quantity) {
        return new Money(amount.multiply(BigDecimal.valueOf(quantity)), currency);
    }

    /** Rounded to cents, HALF_EVEN: for an invoice line, and for showing a month's estimate. */
    public Money rounded() {
        return new Money(amount.setScale(2, RoundingMode.HALF_EVEN), currency);
    }

    /** The amount without trailing zeros, as the REST contract writes it: {@code 0.611}. */
    public String plain() {
        BigDecimal stripped = amount.stripTrailingZeros();
        return (stripped.scale() < 0 ? stripped.setScale(0, RoundingMode.UNNECESSARY) : stripped).toPlainString();
    }

    @Override
    public int compareTo(Money other) {
        same(other);
        return amount.compareTo(other.amount);
    }

    @Override
    public String toString() {
        return plain() + " " + currency;
    }

    private void same(Money other) {
        if (!currency.equals(other.currency)) {
            throw new IllegalArgumentException("Amounts of " + currency + " and " + other.currency + " do not mix.");
        }
    }
}
