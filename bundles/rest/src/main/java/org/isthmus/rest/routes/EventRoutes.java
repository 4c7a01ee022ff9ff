// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.Events;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Logins;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Drain;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Places;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Shown;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events as server-sent events. Each stream holds a thread, so there are at most {@value #MOST} of them and
 * {@value #MOST_EACH} for one user; every second the token is looked at again, so that a revoked one ends the stream.
 */
public final class EventRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(EventRoutes.class);
    private static final String STREAM = "text/event-stream";
    private static final int MOST = 64;
    private static final int MOST_EACH = 8;
    private static final int BATCH = 500;
    /** Also how soon a client that is gone is missed: a line is written at least that often. */
    private static final Duration SLICE = Duration.ofSeconds(1);

    private final Services services;
    private final Places places = new Places("event streams", MOST, MOST_EACH);
    private final Drain drain;

    public EventRoutes(Services services, Drain drain) {
        this.services = services;
        this.drain = drain;
    }

    /** Writes the rows. */
    public void declare(Table table) {
        table.group("Events")
                .raw(
                        Verb.GET,
                        BASE + "/events",
                        "streamEvents",
                        Guard.may(Action.EVENT_READ),
                        "What happens, as it happens and in order, as server-sent events; what the caller may see.")
                .with(Parameter.optional(
                        "after",
                        Long.class,
                        "begin after this sequence number; Last-Event-ID says the same; from now on unless said"))
                .answers(200, "id is the sequence number, event the type, data an Event as JSON", Event.class, STREAM)
                .handledBy(this::stream);
    }

    private Reply stream(Call call) {
        Access.Visibility sees =
                services.call(Access.class, access -> access.visible(call.caller(), Action.EVENT_READ));
        if (!sees.everything() && sees.organizations().isEmpty()) {
            throw Problem.FORBIDDEN
                    .because("You lack the action event.read in every organization.")
                    .with("action", Action.EVENT_READ.key());
        }
        long after = after(call);
        if (call.head()) {
            return Reply.stream(200, STREAM, out -> {});
        }
        Places.Place place = places.take(call.caller());
        return Reply.stream(200, STREAM, out -> {
                    try (place) {
                        pump(call, after, out);
                    }
                })
                .with("X-Accel-Buffering", "no");
    }

    private long after(Call call) {
        Optional<String> last = call.header("Last-Event-ID").filter(text -> text.matches("\\d{1,18}"));
        return last.or(() -> call.parameter("after"))
                .map(Long::parseLong)
                .orElseGet(() -> services.call(Events.class, Events::newest));
    }

    private void pump(Call call, long after, OutputStream out) throws IOException {
        long sequence = after;
        write(out, ": after " + after + "\n\n");
        try {
            while (!drain.ending() && !Thread.currentThread().isInterrupted()) {
                Caller caller = services.call(
                        Logins.class, logins -> logins.caller(call.bearer().orElseThrow(), call.origin()));
                services.call(Access.class, access -> {
                    access.requireTunnel(caller);
                    return caller;
                });
                long from = sequence;
                List<Event> events = services.call(Events.class, source -> source.after(caller, from, BATCH, SLICE));
                StringBuilder text = new StringBuilder();
                for (Event event : events) {
                    sequence = event.sequence();
                    text.append("id: ").append(event.sequence());
                    text.append("\nevent: ").append(event.type());
                    text.append("\ndata: ").append(Json.text(Shown.of(event))).append("\n\n");
                }
                write(out, events.isEmpty() ? ": still here\n\n" : text.toString());
            }
        } catch (ProblemException e) {
            // the login ended, or a part is away: the client connects again and is told then
            LOG.debug("An event stream of {} ends", call.caller().username(), e);
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
