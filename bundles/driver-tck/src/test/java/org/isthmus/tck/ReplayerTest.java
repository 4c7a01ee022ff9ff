// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.Test;

final class ReplayerTest {
    /** Counts on a far end that outlasts the driver: done after the third call of a token. */
    private static final class Counter implements Driver {
        private final List<String> heard;
        private final int opening;

        private Counter(List<String> heard, int opening) {
            this.heard = heard;
            this.opening = opening;
        }

        synchronized Progress<String> count(Call call) {
            heard.add(opening + " " + call.token() + " " + call.memo().orElse("-"));
            return heard.size() < 3
                    ? Progress.pending("heard " + heard.size(), Duration.ofSeconds(5))
                    : Progress.done("three");
        }

        @Override
        public Health health() {
            return Health.up("");
        }

        @Override
        public Set<String> capabilities() {
            return Set.of();
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    /** A far end and how often a driver was opened on it. */
    private static final class CounterSubject implements Subject<Counter> {
        private final List<String> heard = new ArrayList<>();
        private final SettableClock clock = new SettableClock();
        private int openings;

        @Override
        public Counter open(DriverContext context) {
            openings++;
            return new Counter(heard, openings);
        }

        @Override
        public Path cache() {
            return Path.of(".");
        }

        @Override
        public Waiting waiting() {
            return Waiting.virtual(clock);
        }
    }

    private final CounterSubject subject = new CounterSubject();

    private List<String> heardWith(long seed, Disturbance... disturbances) {
        CounterSubject far = new CounterSubject();
        try (Bench<Counter> bench = new Bench<>(far)) {
            assertEquals("three", bench.replayer(seed, disturbances).untilDone("token", Counter::count));
        }
        return far.heard;
    }

    @Test
    void oneSeedDoesTheSameEachTimeAndAnotherSomethingElse() {
        Disturbance[] all = {Disturbance.MEMO_LOST, Disturbance.SAID_TWICE, Disturbance.RESTARTED};
        Set<List<String>> courses = new HashSet<>();

        for (long seed = 1; seed <= 10; seed++) {
            assertEquals(heardWith(seed, all), heardWith(seed, all));
            courses.add(heardWith(seed, all));
        }

        assertTrue(courses.size() > 5, "seeds differ");
    }

    @Test
    void undisturbedItGivesTheLastMemoBackAndRepeatsLate() {
        assertEquals(
                List.of(
                        "1 token -",
                        "1 token heard 1",
                        "1 token heard 2",
                        "1 token heard 2",
                        "1 token heard 2",
                        "1 token heard 2"),
                heardWith(1));
    }

    @Test
    void aRestartOpensTheDriverAnewAndLosesTheMemo() {
        List<String> heard = heardWith(3, Disturbance.RESTARTED);

        String last = heard.get(heard.size() - 1);
        assertNotEquals('1', last.charAt(0), "it was opened again");
    }

    @Test
    void twoAnswersThatDifferAreAFailure() {
        try (Bench<Counter> bench = new Bench<>(subject)) {
            Replayer<Counter> replayer = bench.replayer(1);

            AssertionError failure = assertThrows(
                    AssertionError.class,
                    () -> replayer.untilDone((driver, call) ->
                            Progress.done(String.valueOf(bench.ids().uuid()))));

            assertTrue(failure.getMessage().contains("seed 1: CALLED"), failure.getMessage());
        }
    }

    @Test
    void whatPassesIsAskedAgainAndWhatDoesNotIsAFailure() {
        List<Kind> kinds = new ArrayList<>(List.of(Kind.UNAVAILABLE, Kind.THROTTLED));
        Wish<Counter, String> wish = (driver, call) -> {
            if (!kinds.isEmpty()) {
                throw new DriverException(kinds.remove(0), "not now");
            }
            return Progress.done("made");
        };
        try (Bench<Counter> bench = new Bench<>(subject)) {
            assertEquals("made", bench.replayer(1).untilDone(wish));

            kinds.add(Kind.BROKEN);
            assertThrows(AssertionError.class, () -> bench.replayer(1).untilDone(wish));
            kinds.add(Kind.UNAVAILABLE);
            assertEquals(Optional.empty(), bench.refusal(wish));
        }
    }

    @Test
    void aWishThatIsNeverDoneEndsWithTheSubjectsPatience() {
        try (Bench<Counter> bench = new Bench<>(subject)) {
            assertThrows(
                    AssertionError.class,
                    () -> bench.done((driver, call) -> Progress.pending("still", Duration.ofSeconds(60))));
        }
        assertTrue(Duration.between(new SettableClock().instant(), subject.clock.instant())
                        .compareTo(subject.patience())
                > 0);
    }

    @Test
    void aCallsLengthIsTakenByTheSubjectsClock() {
        try (Bench<Counter> bench = new Bench<>(subject)) {
            bench.ask(driver -> subject.clock.advance(Duration.ofSeconds(11)));

            assertEquals(Duration.ofSeconds(11), bench.longestCall());
        }
    }
}
