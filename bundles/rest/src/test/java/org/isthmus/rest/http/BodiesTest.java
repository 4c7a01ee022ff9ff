// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
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

        ProblemException problem = assertThrows(ProblemException.class, () -> Bodies.read(dribble, now::get));
        assertEquals(RestProblem.TOO_SLOW, problem.type());
        assertEquals(31, sent[0]);
    }

    @Test
    void aBodyOfJustTheLimitIsReadAndOneByteMoreIsNot() throws IOException {
        byte[] most = new byte[Bodies.MAX_BYTES];
        assertArrayEquals(most, Bodies.read(new ByteArrayInputStream(most), () -> 0));

        ProblemException problem = assertThrows(
                ProblemException.class,
                () -> Bodies.read(new ByteArrayInputStream(new byte[Bodies.MAX_BYTES + 1]), () -> 0));
        assertEquals(Problem.TOO_LARGE, problem.type());
    }
}
