// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.isthmus.itests.journeys.EventsTest.Seen;

/** Somebody who listens to a tenant's events and, when the stream ends or breaks, goes on where it was: as clients do. */
final class Listener implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Tenant tenant;
    private final List<Seen> heard = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::listen, "listener");
    private volatile boolean over;
    private volatile InputStream stream = InputStream.nullInputStream();

    Listener(Tenant tenant) {
        this.tenant = tenant;
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        while (!over) {
            try {
                Api.Request request =
                        tenant.admin().request("GET", "/events?after=0").header("Accept", "text/event-stream");
                if (!heard.isEmpty()) {
                    request.header(
                            "Last-Event-ID",
                            Long.toString(heard.get(heard.size() - 1).sequence()));
                }
                HttpResponse<InputStream> answer = request.open();
                try (InputStream in = answer.body()) {
                    if (answer.statusCode() == 200) {
                        stream = in;
                        EventsTest.hear(in, event -> {
                            heard.add(event);
                            return over;
                        });
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                // asked for again below
            } catch (InterruptedException e) {
                return;
            }
            Waiting.pass(PAUSE);
        }
    }

    /** What it heard up to there is what the whole says: nothing is missed, nothing comes twice. */
    void heardAllUntil(Predicate<Seen> end, Duration longest) throws Exception {
        Waiting.untilTrue("the listener hears what was last", longest, () -> heard.stream()
                .anyMatch(end));
        List<Seen> whole = EventsTest.until(tenant.admin(), Optional.empty(), end);
        assertTrue(heard.size() >= whole.size(), () -> heard.size() + " were heard of " + whole.size());
        assertEquals(whole, heard.subList(0, whole.size()));
    }

    @Override
    public void close() throws IOException {
        over = true;
        stream.close();
    }
}
