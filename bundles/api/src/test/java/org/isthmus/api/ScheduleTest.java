// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import static java.time.DayOfWeek.FRIDAY;
import static java.time.DayOfWeek.MONDAY;
import static java.time.DayOfWeek.SATURDAY;
import static java.time.DayOfWeek.SUNDAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.isthmus.api.lease.Schedule;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final Set<DayOfWeek> ALL = Set.of(DayOfWeek.values());

    /** The turns after a moment. */
    private static List<String> turns(Schedule schedule, String after, int count) {
        List<String> turns = new ArrayList<>();
        Instant moment = Instant.parse(after);
        for (int i = 0; i < count; i++) {
            Schedule.Turn turn = schedule.next(moment);
            moment = turn.at();
            turns.add((turn.on() ? "on " : "off ") + moment);
        }
        return turns;
    }

    @Test
    void officeHoursLeaveTheWeekendOut() {
        assertEquals(
                List.of(
                        "off 2026-11-27T17:30:00Z",
                        "on 2026-11-30T07:00:00Z",
                        "off 2026-11-30T17:30:00Z",
                        "on 2026-12-04T07:00:00Z"),
                turns(
                        new Schedule("Europe/Berlin", Set.of(MONDAY, FRIDAY), "08:00", "18:30"),
                        "2026-11-27T12:00:00Z",
                        4));
    }

    @Test
    void theyAreHalfOpen() {
        Schedule schedule = new Schedule("UTC", Set.of(FRIDAY), "08:00", "18:00");

        assertEquals(
                true,
                schedule.last(Instant.parse("2026-11-27T08:00:00Z"))
                        .orElseThrow()
                        .on());
        assertEquals(
                true,
                schedule.last(Instant.parse("2026-11-27T17:59:59.999Z"))
                        .orElseThrow()
                        .on());
        assertEquals(
                false,
                schedule.last(Instant.parse("2026-11-27T18:00:00Z"))
                        .orElseThrow()
                        .on());
        assertEquals(
                false,
                schedule.last(Instant.parse("2026-11-27T07:59:59.999Z"))
                        .orElseThrow()
                        .on());
    }

    @Test
    void aNightEndsOnTheNextDay() {
        assertEquals(
                List.of("on 2026-11-28T22:00:00Z", "off 2026-11-29T06:00:00Z", "on 2026-12-05T22:00:00Z"),
                turns(new Schedule("UTC", Set.of(SATURDAY), "22:00", "06:00"), "2026-11-27T12:00:00Z", 3));
    }

    @Test
    void summerTimeMovesTheHoursInUniversalTimeAndNotOnTheWall() {
        // in Berlin clocks go back on the 25th of October 2026
        assertEquals(
                List.of(
                        "on 2026-10-24T06:00:00Z",
                        "off 2026-10-24T16:00:00Z",
                        "on 2026-10-25T07:00:00Z",
                        "off 2026-10-25T17:00:00Z"),
                turns(new Schedule("Europe/Berlin", ALL, "08:00", "18:00"), "2026-10-24T00:00:00Z", 4));
    }

    @Test
    void aTimeThatIsLeftOutIsAsMuchLaterAndOneThatComesTwiceIsTheFirst() {
        assertEquals(
                List.of("on 2026-03-29T01:30:00Z", "off 2026-03-29T02:00:00Z"),
                turns(new Schedule("Europe/Berlin", Set.of(SUNDAY), "02:30", "04:00"), "2026-03-28T00:00:00Z", 2));
        assertEquals(
                List.of("on 2026-10-25T00:30:00Z", "off 2026-10-25T03:00:00Z"),
                turns(new Schedule("Europe/Berlin", Set.of(SUNDAY), "02:30", "04:00"), "2026-10-24T12:00:00Z", 2));
    }

    @Test
    void whatIsNoScheduleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Schedule("Mars/Base", ALL, "08:00", "18:00"));
        assertThrows(IllegalArgumentException.class, () -> new Schedule("+02:00", ALL, "08:00", "18:00"));
        assertThrows(IllegalArgumentException.class, () -> new Schedule("UTC", Set.of(), "08:00", "18:00"));
        assertThrows(IllegalArgumentException.class, () -> new Schedule("UTC", ALL, "08:00", "08:00"));
        assertThrows(IllegalArgumentException.class, () -> new Schedule("UTC", ALL, "8:00", "18:00"));
        assertThrows(IllegalArgumentException.class, () -> new Schedule("UTC", ALL, "08:00", "24:00"));
    }
}
