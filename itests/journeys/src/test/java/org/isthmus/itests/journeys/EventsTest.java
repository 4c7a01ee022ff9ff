// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 8: events come in order, without gaps over a reconnection, and only one's own. */
@ExtendWith(Journey.class)
final class EventsTest {
    private static final int PATIENCE_SECONDS = 60;

    record Seen(long sequence, String type, JsonNode data) {
        String subject() {
            return data.path("subject").path("id").asText();
        }
    }

    /** Reads a stream until the one that is waited for, which is the last; then breaks the connection. */
    static List<Seen> until(Api api, Optional<Long> last, Predicate<Seen> end) throws Exception {
        Api.Request request = api.request("GET", "/events?after=0").header("Accept", "text/event-stream");
        last.ifPresent(sequence -> request.header("Last-Event-ID", Long.toString(sequence)));
        HttpResponse<InputStream> stream = request.open();
        assertEquals(200, stream.statusCode());
        assertTrue(stream.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream"));
        try (InputStream in = stream.body()) {
            return CompletableFuture.supplyAsync(() -> read(in, end)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static List<Seen> read(InputStream in, Predicate<Seen> end) {
        List<Seen> seen = new ArrayList<>();
        try {
            boolean ended = hear(in, event -> {
                seen.add(event);
                return end.test(event);
            });
            assertTrue(ended, () -> "The stream ended after " + seen);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seen;
    }

    /** Passes on what a stream says until that is true; false when the stream ends before. */
    static boolean hear(InputStream in, Predicate<Seen> end) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        String id = "";
        String type = "";
        String line = lines.readLine();
        while (line != null) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                type = line.substring(7);
            } else if (line.startsWith("data: ")
                    && end.test(new Seen(Long.parseLong(id), type, Api.parsed(line.substring(6))))) {
                return true;
            }
            line = lines.readLine();
        }
        return false;
    }

    @Test
    void aStreamThatBreaksGoesOnWhereItWasAndNothingIsMissedOrSeenTwice(Platform platform) throws Exception {
        Place place = platform.place("event-place");
        Tenant tenant = platform.tenant("listener").furnished(place);
        Tenant other = platform.tenant("stranger").furnished(place);
        tenant.deploy("web-1");
        other.deploy("web-1");
        tenant.admin().succeeded(tenant.deleteAndWait("/servers/web-1"));
        tenant.network("the-end", place, "10.3.0.0/24");
        String end = tenant.get("/networks/the-end").id();
        Predicate<Seen> atTheEnd =
                event -> event.subject().equals(end) && event.type().equals("network.created");

        List<Seen> whole = until(tenant.admin(), Optional.empty(), atTheEnd);

        assertTrue(whole.size() > 6, whole::toString);
        for (int i = 1; i < whole.size(); i++) {
            assertTrue(whole.get(i - 1).sequence() < whole.get(i).sequence(), "in order");
        }
        for (Seen event : whole) {
            assertEquals(tenant.id(), event.data().path("organization").asText(), () -> "somebody else's: " + event);
            assertEquals(event.type(), event.data().path("type").asText());
            assertTrue(event.type().matches("[a-z-]+\\.[a-z-]+"), event::type);
        }
        List<String> types = whole.stream().map(Seen::type).toList();
        assertTrue(
                types.containsAll(List.of("network.created", "image.ready", "server.deployed", "server.deleted")),
                types::toString);

        // broken off after the third event, and again in the middle
        long third = whole.get(2).sequence();
        long middle = whole.get(whole.size() / 2).sequence();
        List<Seen> pieced =
                new ArrayList<>(until(tenant.admin(), Optional.empty(), event -> event.sequence() >= third));
        pieced.addAll(until(tenant.admin(), Optional.of(third), event -> event.sequence() >= middle));
        pieced.addAll(until(tenant.admin(), Optional.of(middle), atTheEnd));
        assertEquals(whole, pieced);
    }

    @Test
    void whatHappensWhileSomebodyListensIsHeardAtOnce(Platform platform) throws Exception {
        Tenant tenant = platform.tenant("live");
        Place place = platform.place("live-place");
        HttpResponse<InputStream> stream = tenant.admin()
                .request("GET", "/events")
                .header("Accept", "text/event-stream")
                .open();
        try (InputStream in = stream.body()) {
            CompletableFuture<List<Seen>> heard = CompletableFuture.supplyAsync(
                    () -> read(in, event -> event.type().equals("network.created")));
            platform.tenant("neighbour").network("private", place, "10.1.0.0/24");
            tenant.network("private", place, "10.1.0.0/24");

            List<Seen> events = heard.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertTrue(events.stream()
                    .allMatch(
                            event -> event.data().path("organization").asText().equals(tenant.id())));
        }
        platform.anonymous().get("/events").refused(401, "not-logged-in");
        assertFalse(platform.operator().all("/organizations").isEmpty(), "the controller goes on");
    }
}
