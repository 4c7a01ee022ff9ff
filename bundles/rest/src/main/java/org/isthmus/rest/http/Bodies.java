// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.servlet.ServletInputStream;
import org.eclipse.jetty.http.BadMessageException;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads JSON bodies within limits of size and time; a body that lets a thread wait takes one of a few places. */
final class Bodies {
    /** Of whoever is logged in. */
    static final Most OF_USERS = new Most(1024 * 1024, Duration.ofSeconds(30));

    /** Of a login: nobody knows yet who sends it. Enough for the longest password with every character escaped. */
    static final Most OF_STRANGERS = new Most(8 * 1024, Duration.ofSeconds(5));

    static final String FORM = "application/x-www-form-urlencoded";

    private static final int BUFFER = 16 * 1024;
    private static final int DRAINED = 4 * 1024 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Bodies.class);

    private final Places users = new Places("request bodies", 64, 8);
    private final Places strangers = new Places("logins", 48, 16);

    /** How much of a body is read, and for how long. */
    record Most(int bytes, Duration time) {}

    /** The body, or an empty object where it may be left out. */
    JsonNode read(Call call) throws IOException {
        Most most = known(call) ? OF_USERS : OF_STRANGERS;
        if (call.contentLength() > most.bytes()) {
            throw tooLarge(most);
        }
        if (declared(call) || call.contentType().isPresent()) {
            checkType(call);
        }
        byte[] bytes = bytes(call, most);
        if (bytes.length == 0) {
            if (call.route().has(Route.Trait.BODY_OPTIONAL)) {
                return Json.object();
            }
            throw Problem.MALFORMED.at(
                    "",
                    "A body is needed: a JSON object with Content-Type: "
                            + call.route().manner().mediaType() + ".");
        }
        return Json.read(bytes);
    }

    /** The members of a form, none of them twice. */
    Map<String, String> form(Call call) throws IOException {
        Most most = known(call) ? OF_USERS : OF_STRANGERS;
        if (call.contentLength() > most.bytes()) {
            throw tooLarge(most);
        }
        String media = call.contentType().orElse("").split(";")[0].trim().toLowerCase(Locale.ROOT);
        if (!media.equals(FORM) || encoded(call)) {
            throw Problem.UNSUPPORTED_MEDIA_TYPE.because("Send the body as %s, without Content-Encoding.", FORM);
        }
        String text = new String(bytes(call, most), StandardCharsets.ISO_8859_1);
        return Targets.parameters(text);
    }

    private static boolean encoded(Call call) {
        return call.header("Content-Encoding")
                .filter(value -> !value.equalsIgnoreCase("identity"))
                .isPresent();
    }

    private byte[] bytes(Call call, Most most) throws IOException {
        if (here(call)) {
            return call.body().readAllBytes();
        }
        Patience patience = call.patienceForBody();
        Places.Place place = known(call)
                ? users.take(call.caller())
                : strangers.take(call.origin().address(), patience::giveUp);
        call.waits();
        try (patience; // after the place, with which nobody tells it to give up any more
                place) {
            return read(call.body(), most, System::nanoTime, patience::atMost);
        }
    }

    private static boolean known(Call call) {
        return call.bearer().isPresent();
    }

    private static boolean declared(Call call) {
        return call.contentLength() > 0 || call.header("Transfer-Encoding").isPresent();
    }

    /** Whether all of it has arrived, so that reading it does not wait. */
    private static boolean here(Call call) throws IOException {
        return !declared(call) || (call.contentLength() >= 0 && call.body().available() >= call.contentLength());
    }

    /** All of it, unless it is too large or comes too slowly: whoever dribbles would hold a thread. */
    static byte[] read(InputStream in, Most most, LongSupplier nanos, Consumer<Duration> patience) throws IOException {
        long end = nanos.getAsLong() + most.time().toNanos();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        int read = 0;
        while (read >= 0) {
            bytes.write(buffer, 0, read);
            if (bytes.size() > most.bytes()) {
                throw tooLarge(most);
            }
            long left = end - nanos.getAsLong();
            if (left <= 0) {
                throw tooSlow(most);
            }
            patience.accept(Duration.ofNanos(left));
            try {
                read = in.read(buffer);
            } catch (IOException e) {
                if (e.getCause() instanceof TimeoutException) {
                    throw tooSlow(most);
                }
                throw e;
            }
        }
        return bytes.toByteArray();
    }

    /**
     * Reads on a little after a refusal: a client that is still sending could not hear the answer. Only for those who are
     * logged in and neither slow nor too many; the web server closes the connection of strangers.
     *
     * @return false when the connection is to be closed with the answer, for the client still sends
     */
    boolean drained(Call call, ProblemException refusal) {
        try {
            if (!declared(call) || ((ServletInputStream) call.body()).isFinished() || here(call)) {
                return true;
            }
            int status = refusal.type().status();
            if (status == RestProblem.TOO_MANY_STREAMS.status() || status == RestProblem.TOO_SLOW.status()) {
                return false;
            }
            if (!known(call)) {
                return true;
            }
            Optional<Places.Place> place = users.tryTake(call.caller());
            if (place.isEmpty()) {
                return false;
            }
            Places.Place held = place.get();
            Patience patience = call.patienceForBody();
            call.waits();
            try (held;
                    patience) {
                return drain(call.body(), patience);
            }
        } catch (IOException | BadMessageException e) {
            LOG.debug("A refused body ended early", e);
            return false;
        }
    }

    private static boolean drain(InputStream body, Patience patience) throws IOException {
        long end = System.nanoTime() + OF_USERS.time().toNanos();
        byte[] buffer = new byte[BUFFER];
        int left = DRAINED;
        int read = 0;
        while (read >= 0 && left > 0 && System.nanoTime() - end < 0) {
            patience.atMost(Duration.ofNanos(end - System.nanoTime()));
            read = body.read(buffer);
            left -= read;
        }
        return read < 0;
    }

    private static ProblemException tooSlow(Most most) {
        return RestProblem.TOO_SLOW.because(
                "The body took longer than %d seconds, or others needed its place; send it in one go.",
                most.time().toSeconds());
    }

    private static ProblemException tooLarge(Most most) {
        return Problem.TOO_LARGE.because("A body is at most %d bytes here; this one is larger.", most.bytes());
    }

    private static void checkType(Call call) {
        String type = call.contentType().orElse("").toLowerCase(Locale.ROOT);
        String[] parts = type.split(";");
        String media = parts[0].trim();
        Set<String> taken = call.route().manner().taken(call.route().verb());
        boolean known = taken.contains(media);
        boolean utf8 = true;
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim().replace("\"", "");
            utf8 &= !parameter.startsWith("charset=") || parameter.equals("charset=utf-8");
        }
        if (!known || !utf8 || encoded(call)) {
            throw Problem.UNSUPPORTED_MEDIA_TYPE.because(
                    "Send the body as %s in UTF-8, without Content-Encoding.",
                    String.join(" or ", new TreeSet<>(taken).descendingSet()));
        }
    }
}
