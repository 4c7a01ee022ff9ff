// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.LimitId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * A limit with its account, as its row has them. Amounts and rates are millionths of the currency.
 *
 * @param monthFrom the begin of the month that the account is in
 * @param rate what the account's things and holds cost an hour
 * @param projected what they will cost in that month if nothing changes: a sum of {@link Sums}
 * @param toldActual the highest percentage told of, of what was used
 * @param toldForecast the same, of the forecast
 * @param freeze whether it is frozen, and when it freezes
 */
record Limit(
        LimitId id,
        OrganizationId organization,
        Subject subject,
        String name,
        String currency,
        Optional<Long> monthly,
        Optional<Long> hourlyRate,
        Optional<Integer> deploymentsPerDay,
        Instant createdAt,
        String createdBy,
        long version,
        long monthFrom,
        BigDecimal rate,
        BigDecimal projected,
        int toldActual,
        int toldForecast,
        Freeze freeze) {
    static final String USER = "user";
    static final String DEPARTMENT = "department";
    static final String ORGANIZATION = "organization";

    /**
     * In this order rows are locked, always and everywhere: that of the index they are listed by, for Derby holds a row that it
     * reads until it has the next.
     */
    static final Comparator<Limit> ORDER =
            Comparator.comparing(limit -> limit.subject().id());

    /**
     * How it is about freezing.
     *
     * @param set whether it freezes by itself when its month is used up
     * @param frozen while it is
     * @param spared the begin of the month in which it does not freeze by itself, as somebody lifted it; 0 for none
     */
    record Freeze(boolean set, Optional<Frozen> frozen, long spared) {
        static final Freeze NONE = new Freeze(false, Optional.empty(), 0);

        Freeze set(boolean anew) {
            return new Freeze(anew, frozen, spared);
        }
    }

    /**
     * Nothing new begins.
     *
     * @param alone it did so by itself
     */
    record Frozen(Instant since, String by, boolean alone) {}

    /** Whether its month is used up. */
    boolean usedUp(List<Hold> holds, long now) {
        return monthly.isPresent() && used(holds, now).compareTo(Sums.of(monthly.get())) >= 0;
    }

    /** True when there is an account to keep. */
    boolean ofMoney() {
        return monthly.isPresent() || hourlyRate.isPresent();
    }

    Month month() {
        return Month.of(monthFrom);
    }

    /** As it is at a moment: in a new month everything goes on as it is. */
    Limit at(long micros) {
        Month now = Month.of(micros);
        return now.from() <= monthFrom ? this : account(now.from(), rate, rate.multiply(now.length()), 0, 0);
    }

    /** The same with other sums in its account. */
    Limit with(BigDecimal anHour, BigDecimal aMonth) {
        return account(monthFrom, anHour, aMonth, toldActual, toldForecast);
    }

    /** The same with other percentages told of. */
    Limit told(int actual, int forecast) {
        return account(monthFrom, rate, projected, actual, forecast);
    }

    private Limit account(long from, BigDecimal anHour, BigDecimal aMonth, int actual, int forecast) {
        return new Limit(
                id,
                organization,
                subject,
                name,
                currency,
                monthly,
                hourlyRate,
                deploymentsPerDay,
                createdAt,
                createdBy,
                version,
                from,
                anHour,
                aMonth,
                actual,
                forecast,
                freeze);
    }

    /** As somebody set it: the next version. */
    Limit set(String called, Optional<Long> month, Optional<Long> hour, Optional<Integer> day, boolean freezes) {
        return new Limit(
                id,
                organization,
                subject,
                called,
                currency,
                month,
                hour,
                day,
                createdAt,
                createdBy,
                version + 1,
                monthFrom,
                rate,
                projected,
                toldActual,
                toldForecast,
                freeze.set(freezes));
    }

    /** What was used of a month so far, without what is only held: a sum of {@link Sums}. */
    BigDecimal used(List<Hold> holds, long now) {
        BigDecimal future = rate.multiply(BigDecimal.valueOf(month().left(now)));
        BigDecimal used = projected.subtract(future);
        for (Hold hold : holds) {
            // it is in the account from the moment on from which it was held
            used = used.subtract(Sums.over(hold.rate(), month().left(hold.from()) - month().left(now)));
        }
        return used.max(BigDecimal.ZERO);
    }

    /** Whose it is, in words. */
    String whose() {
        return subject.kind() + " " + name;
    }
}
