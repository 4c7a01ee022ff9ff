// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.isthmus.core.Times;

/** A calendar month of UTC, half-open, in microseconds since 1970. */
record Month(long from, long until) {
    static Month of(long micros) {
        YearMonth month = YearMonth.from(Times.instant(micros).atOffset(ZoneOffset.UTC));
        return new Month(begin(month), begin(month.plusMonths(1)));
    }

    private static long begin(YearMonth month) {
        return Times.micros(month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** How long it still is from a moment on: all of it from one before it. */
    long left(long micros) {
        return Math.max(0, until - Math.max(from, micros));
    }

    BigDecimal length() {
        return BigDecimal.valueOf(until - from);
    }

    Instant end() {
        return Times.instant(until);
    }

    /** As people write it: {@code 2026-11}. */
    @Override
    public String toString() {
        return YearMonth.from(Times.instant(from).atOffset(ZoneOffset.UTC)).toString();
    }
}
