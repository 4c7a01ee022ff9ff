// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.isthmus.api.Ref;
import org.isthmus.api.event.Event;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cloud;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A network, 0.20 an hour, from noon of the 23rd of November on: 36 until the month ends. */
final class WarningsTest {
    private Cloud cloud;
    private Books books;

    @BeforeEach
    void open() {
        cloud = new Cloud("warnings").furnished();
        books = new Books(cloud.house);
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private void pass(Duration time) {
        cloud.house.clock.advance(time);
    }

    /** Every warning there ever was, of one limit. */
    private List<String> told(LimitView limit) {
        cloud.house.limits.warn();
        cloud.house.stream.runOnce();
        return cloud.house.stream.after(cloud.user, 0, 1000, Duration.ZERO).stream()
                .filter(event -> event.type().equals("limit.warning"))
                .filter(event ->
                        event.subject().id().equals(limit.id().orElseThrow().value()))
                .map(WarningsTest::text)
                .toList();
    }

    private static String text(Event event) {
        return event.data().get("month") + " " + event.data().get("of") + " "
                + event.data().get("percent") + " " + event.data().get("amount");
    }

    @Test
    void everyPercentageIsToldOnceAMonthOfTheForecastAndOfWhatWasUsed() {
        LimitView limit = books.month("user", "ada", "60");
        assertEquals(List.of("2026-11 forecast 50 36"), told(limit));

        cloud.deploy("one");
        assertEquals(
                List.of("2026-11 forecast 50 36", "2026-11 forecast 80 59.94", "2026-11 forecast 90 59.94"),
                told(limit));
        pass(Duration.ofHours(100));
        assertEquals("2026-11 actual 50 33.3", told(limit).get(3));
        assertEquals(4, told(limit).size(), "once");
        pass(Duration.ofHours(80));
        // the next month will cost 744 times 0.333
        assertEquals(
                List.of(
                        "2026-12 forecast 50 247.752",
                        "2026-12 forecast 80 247.752",
                        "2026-12 forecast 90 247.752",
                        "2026-12 forecast 100 247.752"),
                told(limit).subList(4, 8));
        assertEquals(8, told(limit).size());
    }

    @Test
    void whoeverLooksAfterARestartTellsNothingTwice() {
        LimitView limit = books.month("organization", "acme", "36");
        assertEquals(4, told(limit).size());

        Limits another = new Limits(
                cloud.house.database.tx(),
                cloud.house.ids,
                cloud.house.clock,
                cloud.house.swaps,
                cloud.house.prices,
                cloud.house.events);
        another.warn();

        assertEquals(4, told(limit).size());
    }

    @Test
    void ofALimitThatWasRaisedIsToldAnew() {
        LimitView limit = books.month("user", "ada", "45");
        assertEquals(List.of("2026-11 forecast 50 36", "2026-11 forecast 80 36"), told(limit));
        books.raise(limit, "60");
        assertEquals(2, told(limit).size());

        cloud.deploy("one");

        assertEquals(
                List.of("2026-11 forecast 80 59.94", "2026-11 forecast 90 59.94"),
                told(limit).subList(2, 4));
    }

    @Test
    void whatGoesDownAndUpAgainIsNotToldTwice() {
        LimitView limit = books.month("user", "ada", "70");
        cloud.deploy("one");
        assertEquals(2, told(limit).size());
        cloud.done(cloud.user, new StopServer(ACME, new Ref("one"), true));
        told(limit);

        cloud.deploy("two");

        assertEquals(2, told(limit).size());
    }
}
