// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.junit.jupiter.api.Test;

/** How a body is read. */
final class BodiesTest {
    @Test
    void aBodyThatDribblesInIsGivenUpAfterHalfAMinute() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
        int[] sent = {0};
        List<Duration> left = new ArrayList<>();
        InputStream dribble = new InputStream() {
            @Override
            public int read() {
                now.addAndGet(Duration.ofSeconds(1).toNanos());
                sent[0]++;
                return ' ';
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                into[offset] = (byte) read();
                return 1;
            }
        };

        ProblemException problem =
                assertThrows(ProblemException.class, () -> Bodies.read(dribble, Bodies.OF_USERS, now::get, left::add));
        assertEquals(RestProblem.TOO_SLOW, problem.type());
        assertEquals(30, sent[0]);
        // no single read waits longer than what is left
        assertEquals(Duration.ofSeconds(30), left.get(0));
        assertEquals(Duration.ofSeconds(1), left.get(29));
    }

    @Test
    void aBodyThatStopsIsTooSlow() {
        InputStream silent = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException(new TimeoutException("Idle timeout expired"));
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return read();
            }
        };

        ProblemException problem = assertThrows(
                ProblemException.class, () -> Bodies.read(silent, Bodies.OF_STRANGERS, () -> 0, left -> {}));
        assertEquals(RestProblem.TOO_SLOW, problem.type());
    }

    @Test
    void aBodyOfJustTheLimitIsReadAndOneByteMoreIsNot() throws IOException {
        for (Bodies.Most limit : List.of(Bodies.OF_USERS, Bodies.OF_STRANGERS)) {
            byte[] most = new byte[limit.bytes()];
            assertArrayEquals(most, read(most, limit));

            ProblemException problem =
                    assertThrows(ProblemException.class, () -> read(new byte[limit.bytes() + 1], limit));
            assertEquals(Problem.TOO_LARGE, problem.type());
        }
    }

    private static byte[] read(byte[] body, Bodies.Most limit) throws IOException {
        return Bodies.read(new ByteArrayInputStream(body), limit, () -> 0, left -> {});
    }
}
