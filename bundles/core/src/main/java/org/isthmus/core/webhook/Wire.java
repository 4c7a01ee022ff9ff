// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.outward.Watch;

/**
 * Posts to an address that a customer chose. Nothing is followed, no answer kept; from the first byte to the last it takes no
 * longer than the timeout, whatever the other side does.
 */
final class Wire implements AutoCloseable {
    private static final int MOST_BODY = 200;

    private final Outward outward;
    private final Duration timeout;
    private final Watch watch = new Watch("isthmus-webhook-watch");

    /**
     * What came of it.
     *
     * @param status of the answer, if there was one
     * @param error why there was none, or the beginning of one that is no success
     */
    record Answer(Optional<Integer> status, Optional<String> error) {
        static Answer none(String error) {
            return new Answer(Optional.empty(), Optional.of(error));
        }

        boolean success() {
            return status.filter(code -> code >= 200 && code < 300).isPresent();
        }
    }

    Wire(Outward outward, Duration timeout) {
        this.outward = outward;
        this.timeout = timeout;
    }

    @Override
    public void close() {
        watch.close();
    }

    /** As {@link Outward#checked}. */
    URI checked(String url) {
        return outward.checked(url);
    }

    Answer post(URI url, Map<String, String> headers, byte[] body) {
        int connectMillis = Math.toIntExact(timeout.toMillis());
        try (Watch.Line line = watch.line()) {
            line.within(timeout);
            try (Outward.Answer answer =
                    outward.ask(line.socket(), connectMillis, "POST", url, headers, Optional.of(body))) {
                return said(answer);
            } catch (IOException e) {
                return Answer.none(
                        line.late() ? "There was no answer within " + spoken(timeout) + "." : Outward.why(e));
            }
        }
    }

    private static String spoken(Duration timeout) {
        return timeout.toMillis() / 1000.0 + " seconds";
    }

    private static Answer said(Outward.Answer answer) {
        int status = answer.status();
        if (status < 300) {
            return new Answer(Optional.of(status), Optional.empty());
        }
        String redirected = status < 400 ? " (redirections are not followed)" : "";
        return new Answer(
                Optional.of(status), Optional.of("Answered " + status + redirected + ": " + beginning(answer.body())));
    }

    private static String beginning(InputStream in) {
        try {
            return Outward.printable(new String(in.readNBytes(MOST_BODY), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return "";
        }
    }
}
