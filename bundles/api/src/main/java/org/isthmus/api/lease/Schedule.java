// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.lease;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The hours of a week in which a server is on: from one time of the day to another, half-open, on some days. A window whose end
 * is not after its begin ends on the next day. Where clocks are put forward over one of the times, it is as much later; where
 * they are put back, it is the first of the two.
 *
 * @param timezone as the IANA database calls it, such as {@code Europe/Berlin}; or {@code UTC}
 * @param days on which it begins
 * @param from such as {@code 08:00}
 * @param to such as {@code 18:30}; another than {@code from}
 */
public record Schedule(String timezone, Set<DayOfWeek> days, String from, String to) {
    private static final Pattern TIME = Pattern.compile("([01]\\d|2[0-3]):[0-5]\\d");
    /** More days than there are between two windows, and their lengths. */
    private static final int SPAN = 9;

    /** A moment at which a server is to be turned on or off. */
    public record Turn(Instant at, boolean on) {}

    public Schedule {
        days = Set.copyOf(days);
        if (!timezone.equals("UTC") && (!timezone.contains("/") || !known(timezone))) {
            throw new IllegalArgumentException("timezone is UTC, or one as Europe/Berlin.");
        }
        if (!TIME.matcher(from).matches() || !TIME.matcher(to).matches() || from.equals(to)) {
            throw new IllegalArgumentException("from and to are two times of the day, such as 08:00 and 18:30.");
        }
        if (days.isEmpty()) {
            throw new IllegalArgumentException("days names at least one day.");
        }
    }

    private static boolean known(String zone) {
        try {
            return ZoneId.of(zone).getId().equals(zone);
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** The last turn that has come by then. */
    public Optional<Turn> last(Instant moment) {
        return turns(moment).filter(turn -> !turn.at().isAfter(moment)).max(Comparator.comparing(Turn::at));
    }

    /** The next turn after that. */
    public Turn next(Instant moment) {
        return turns(moment)
                .filter(turn -> turn.at().isAfter(moment))
                .min(Comparator.comparing(Turn::at))
                .orElseThrow();
    }

    private Stream<Turn> turns(Instant around) {
        ZoneId zone = ZoneId.of(timezone);
        LocalDate today = around.atZone(zone).toLocalDate();
        LocalTime begin = LocalTime.parse(from);
        LocalTime end = LocalTime.parse(to);
        return Stream.iterate(-SPAN, each -> each <= SPAN, each -> each + 1)
                .map(today::plusDays)
                .filter(date -> days.contains(date.getDayOfWeek()))
                .flatMap(date -> Stream.of(
                        new Turn(ZonedDateTime.of(date, begin, zone).toInstant(), true),
                        new Turn(
                                ZonedDateTime.of(end.isAfter(begin) ? date : date.plusDays(1), end, zone)
                                        .toInstant(),
                                false)));
    }
}
