// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.factor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TotpTest {
    private static final byte[] KEY = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);
    private static final Instant NOW = Instant.ofEpochSecond(1_111_111_109);
    private static final long STEP = Totp.step(NOW);

    @Test
    void codesAreThoseOfTheTestVectorsOfTheStandard() {
        // RFC 6238, appendix B: seconds since 1970 and the code of eight digits
        Map<Long, String> vectors = new TreeMap<>(Map.of(
                59L, "94287082",
                1_111_111_109L, "07081804",
                1_111_111_111L, "14050471",
                1_234_567_890L, "89005924",
                2_000_000_000L, "69279037",
                20_000_000_000L, "65353130"));

        vectors.forEach(
                (seconds, code) -> assertEquals(code, Totp.code(KEY, Totp.step(Instant.ofEpochSecond(seconds)), 8)));
        assertEquals("081804", Totp.code(KEY, STEP, 6));
    }

    @Test
    void theCodesOfNowAndOfTheStepsBesideItAreTakenAndNoOthers() {
        for (long step = STEP - 3; step <= STEP + 3; step++) {
            OptionalLong found = Totp.matching(KEY, Totp.code(KEY, step, 6), NOW, 0);

            assertEquals(Math.abs(step - STEP) <= 1 ? OptionalLong.of(step) : OptionalLong.empty(), found);
        }
    }

    @Test
    void aStepThatWasTakenAndThoseBeforeItAreOver() {
        String before = Totp.code(KEY, STEP - 1, 6);
        String now = Totp.code(KEY, STEP, 6);
        String next = Totp.code(KEY, STEP + 1, 6);

        assertEquals(OptionalLong.empty(), Totp.matching(KEY, before, NOW, STEP));
        assertEquals(OptionalLong.empty(), Totp.matching(KEY, now, NOW, STEP));
        assertEquals(OptionalLong.of(STEP + 1), Totp.matching(KEY, next, NOW, STEP));
    }

    @Test
    void whatIsNoCodeMatchesNothing() {
        for (String text : List.of("", "0", "81804", "0081804", "\u0660\u0668\u0661\u0668\u0660\u0664", "abcdef")) {
            assertEquals(OptionalLong.empty(), Totp.matching(KEY, text, NOW, 0), text);
        }
    }

    @Test
    void base32IsThatOfTheStandard() {
        // RFC 4648, section 10, without the padding
        Map<String, String> vectors =
                Map.of("", "", "f", "MY", "fo", "MZXQ", "foo", "MZXW6", "foob", "MZXW6YQ", "fooba", "MZXW6YTB");

        vectors.forEach((plain, coded) -> {
            byte[] bytes = plain.getBytes(StandardCharsets.US_ASCII);
            assertEquals(coded, Base32.encode(bytes));
            assertArrayEquals(bytes, Base32.decode(coded));
        });
        assertEquals("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Base32.encode(KEY));
        assertThrows(IllegalArgumentException.class, () -> Base32.decode("MZXW1"));
    }
}
