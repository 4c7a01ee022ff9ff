// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.BadMessageException;
import org.isthmus.api.Problem;
import org.isthmus.rest.json.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a JSON body within the limits. */
final class Bodies {
    /** Most bytes of a JSON body. */
    static final int MAX_BYTES = 1024 * 1024;

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int BUFFER = 16 * 1024;
    private static final int DRAINED = 4 * MAX_BYTES;
    private static final Logger LOG = LoggerFactory.getLogger(Bodies.class);

    private Bodies() {}

    /** The body, or an empty object where it may be left out. */
    static JsonNode read(Call call) throws IOException {
        if (call.contentLength() > MAX_BYTES) {
            throw tooLarge();
        }
        boolean optional = call.route().has(Route.Trait.BODY_OPTIONAL);
        boolean declared =
                call.contentLength() > 0 || call.header("Transfer-Encoding").isPresent();
        if (declared || call.contentType().isPresent()) {
            checkType(call);
        }
        byte[] bytes = read(call.body(), System::nanoTime);
        if (bytes.length == 0) {
            if (optional) {
                return Json.object();
            }
            throw Problem.MALFORMED.at("", "A body is needed: a JSON object with Content-Type: application/json.");
        }
        return Json.read(bytes);
    }

    /** All of it, unless it is too large or comes too slowly: whoever dribbles would hold a thread. */
    static byte[] read(InputStream in, LongSupplier nanos) throws IOException {
        long end = nanos.getAsLong() + LONGEST.toNanos();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes.write(buffer, 0, read);
            if (bytes.size() > MAX_BYTES) {
                throw tooLarge();
            }
            if (nanos.getAsLong() - end > 0) {
                throw RestProblem.TOO_SLOW.because(
                        "The body took longer than %d seconds; send it in one go.", LONGEST.toSeconds());
            }
        }
        return bytes.toByteArray();
    }

    /**
     * Reads on a little after a refusal: a client that is still sending could not hear the answer. Only for those who are
     * logged in; the web server closes the connection of others.
     */
    static void drain(Call call) {
        long end = System.nanoTime() + LONGEST.toNanos();
        try {
            byte[] buffer = new byte[BUFFER];
            int left = DRAINED;
            int read = 0;
            while (read >= 0 && left > 0 && System.nanoTime() - end < 0) {
                read = call.body().read(buffer);
                left -= read;
            }
        } catch (IOException | BadMessageException e) {
            LOG.debug("A refused body ended early", e);
        }
    }

    private static RuntimeException tooLarge() {
        return Problem.TOO_LARGE.because("A request's body is at most %d bytes; this one is larger.", MAX_BYTES);
    }

    private static void checkType(Call call) {
        String type = call.contentType().orElse("").toLowerCase(Locale.ROOT);
        String[] parts = type.split(";");
        String media = parts[0].trim();
        boolean patch = call.route().verb() == Verb.PATCH;
        boolean known = media.equals("application/json") || (patch && media.equals("application/merge-patch+json"));
        boolean utf8 = true;
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim().replace("\"", "");
            utf8 &= !parameter.startsWith("charset=") || parameter.equals("charset=utf-8");
        }
        Optional<String> encoding =
                call.header("Content-Encoding").filter(value -> !value.equalsIgnoreCase("identity"));
        if (!known || !utf8 || encoding.isPresent()) {
            throw Problem.UNSUPPORTED_MEDIA_TYPE.because(
                    "Send the body as %s in UTF-8, without Content-Encoding.",
                    patch ? "application/merge-patch+json or application/json" : "application/json");
        }
    }
}
