// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class PlainTextTest {
    @Test
    void printableTextsStayAsTheyAre() {
        assertEquals("Zoë 😀 C:\\temp \"x\"", PlainText.of("Zoë 😀 C:\\temp \"x\"", 100));
    }

    @Test
    void lineBreaksAndControlCharactersAreEscaped() {
        assertEquals(
                "ann\\u000d\\u000aNov 23 root logged in\\u001b[2J",
                PlainText.of("ann\r\nNov 23 root logged in\u001b[2J", 100));
        assertEquals("a\\u2028b\\u0085c", PlainText.of("a\u2028b\u0085c", 100));
    }

    @Test
    void whatTurnsOrHidesTextIsEscaped() {
        assertEquals("\\u202egpj.exe", PlainText.of("\u202egpj.exe", 100));
        assertEquals("ad\\u200bmin", PlainText.of("ad\u200bmin", 100));
    }

    @Test
    void halfACharacterIsEscaped() {
        assertEquals("x\\ud83d", PlainText.of("x\ud83d", 100));
    }

    @Test
    void longTextsAreCutWithAnEllipsisAndNeverInsideACharacter() {
        assertEquals("12345", PlainText.of("12345", 5));
        assertEquals("1234…", PlainText.of("123456", 5));
        assertEquals("123…", PlainText.of("123😀6", 5));
        assertEquals("1234…", PlainText.of("1234\n", 6));
    }
}
