// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

final class MoneyTest {
    @Test
    void nothingIsLostOnTheWayAndAMonthIsRoundedOnce() {
        Money hourly = Money.usd("0.611");

        assertEquals("446.03", hourly.times(730).rounded().plain());
        assertEquals("446.03", hourly.times(730).plain());
        assertEquals("0.611 USD", hourly.toString());
    }

    @Test
    void halvesGoToTheEvenCent() {
        assertEquals("0.12", Money.usd("0.125").rounded().plain());
        assertEquals("0.14", Money.usd("0.135").rounded().plain());
    }

    @Test
    void currenciesDoNotMix() {
        Money euro = new Money(new BigDecimal("1"), "EUR");

        assertThrows(IllegalArgumentException.class, () -> Money.usd("1").plus(euro));
        assertThrows(IllegalArgumentException.class, () -> Money.usd("0.0000001"));
    }

    @Test
    void zeroIsWrittenPlainly() {
        assertEquals("0", Money.zero("USD").plain());
        assertEquals("100", Money.usd("100").plain());
    }

    @Test
    void aSecretNeverPrints() {
        Secret secret = new Secret("hunter2");

        assertEquals("***", secret.toString());
        assertEquals("***", String.valueOf(secret));
        assertTrue(secret.equals(new Secret("hunter2")));
    }
}
