// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.store.Tx;

/**
 * Events {@code limit.warning}: of what was used and of the forecast, at each of four percentages of a limit of money a month,
 * once in a month. What was told is in the account's row, changed in the transaction of the event, so that neither a restart
 * nor another controller tells it again.
 */
final class Warnings {
    /** In hundredths of the limit. */
    static final List<Integer> PERCENT = List.of(50, 80, 90, 100);

    private static final String ACTUAL = "told_actual";
    private static final String FORECAST = "told_forecast";

    private final Tx tx;
    private final LimitStore store;
    private final EventLog events;

    Warnings(Tx tx, LimitStore store, EventLog events) {
        this.tx = tx;
        this.store = store;
        this.events = events;
    }

    /** Looks at all limits of money a month. */
    void tell(Instant now) {
        long at = Times.micros(now);
        for (Limit seen : tx.read(store::monthly)) {
            Limit limit = seen.at(at);
            // read without locks: what it says of money that comes and goes just now is told a round later
            BigDecimal used = limit.used(
                    tx.read(() -> store.holds(limit.organization()))
                            .getOrDefault(limit.subject().id(), List.of()),
                    at);
            if (due(limit, used, limit.toldActual()) || due(limit, limit.projected(), limit.toldForecast())) {
                tx.retrying(() -> {
                    if (limit.monthFrom() != seen.monthFrom()) {
                        store.roll(limit);
                    }
                    tell(limit, ACTUAL, used, limit.toldActual(), now);
                    tell(limit, FORECAST, limit.projected(), limit.toldForecast(), now);
                    return null;
                });
            }
        }
    }

    private static boolean due(Limit limit, BigDecimal sum, int told) {
        return reached(limit, sum) > told;
    }

    /** The highest of the percentages that a sum has reached of the limit, or 0: nothing has reached nothing. */
    static int reached(Limit limit, BigDecimal sum) {
        if (sum.signum() == 0) {
            return 0;
        }
        BigDecimal hundredth = Sums.of(limit.monthly().orElseThrow());
        return PERCENT.stream()
                .filter(percent ->
                        sum.movePointRight(2).compareTo(hundredth.multiply(BigDecimal.valueOf(percent))) >= 0)
                .reduce(0, Math::max);
    }

    private void tell(Limit limit, String column, BigDecimal sum, int told, Instant now) {
        int reached = reached(limit, sum);
        if (reached <= told || !store.tell(limit, column, told, reached)) {
            return;
        }
        for (int percent : PERCENT) {
            if (percent > told && percent <= reached) {
                events.append(
                        now,
                        limit.organization(),
                        "limit.warning",
                        Subject.of("limit", limit.id()),
                        Map.of(
                                "kind", limit.subject().kind(),
                                "id", limit.subject().id(),
                                "name", limit.name(),
                                "of", column.equals(ACTUAL) ? "actual" : "forecast",
                                "percent", String.valueOf(percent),
                                "amount", Sums.money(sum, limit.currency()).plain(),
                                "monthly",
                                        Sums.money(Sums.of(limit.monthly().orElseThrow()), limit.currency())
                                                .plain(),
                                "currency", limit.currency(),
                                "month", limit.month().toString(),
                                "resetsAt", limit.month().end().toString()));
            }
        }
    }
}
