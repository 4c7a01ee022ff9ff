// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.Test;

final class MessageReaderTest {
    private static MessageReader reader(String text, int atATime, int limit) {
        ByteArrayInputStream bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        return new MessageReader((into, offset, length) -> bytes.read(into, offset, Math.min(length, atATime)), limit);
    }

    private static Lost lost(MessageReader reader) {
        return assertThrows(Lost.class, reader::next);
    }

    @Test
    void messagesNeedNothingBetweenThem() throws IOException {
        MessageReader reader = reader("{\"id\":1}{\"id\":2} \n\t{\"id\":3}", 1000, 1000);

        assertEquals(1, reader.next().get("id").asInt());
        assertEquals(2, reader.next().get("id").asInt());
        assertEquals(3, reader.next().get("id").asInt());
        assertEquals(DriverException.Kind.UNAVAILABLE, lost(reader).kind());
    }

    @Test
    void aMessageMayComeByteByByte() throws IOException {
        String text = "{\"a\":{\"b\":\"ö}{\\\"\\\\\"},\"c\":[{}]}";
        MessageReader reader = reader(text + text, 1, 1000);

        assertEquals("ö}{\"\\", reader.next().get("a").get("b").asText());
        assertTrue(reader.next().get("c").get(0).isObject());
    }

    @Test
    void aMessageLargerThanTheBufferIsRead() throws IOException {
        String large = "x".repeat(3_000_000);
        MessageReader reader = reader("{\"a\":\"" + large + "\"}{\"id\":2}", 70_000, 4_000_000);

        assertEquals(large, reader.next().get("a").asText());
        assertEquals(2, reader.next().get("id").asInt());
    }

    @Test
    void anEndlessMessageIsRefusedByItsSize() {
        MessageReader reader = reader("{\"a\":\"" + "x".repeat(200_000), 70_000, 100_000);

        Lost lost = lost(reader);

        assertEquals(DriverException.Kind.BROKEN, lost.kind());
        assertTrue(String.valueOf(lost.getMessage()).contains("100000"));
    }

    @Test
    void whatIsNoJsonIsRefusedAtItsFirstByte() {
        assertEquals(
                DriverException.Kind.BROKEN,
                lost(reader("HTTP/1.1 400 Bad Request\r\n\r\n", 1000, 1000)).kind());
        assertEquals(
                DriverException.Kind.BROKEN, lost(reader("[1,2]", 1000, 1000)).kind());
        assertEquals(
                DriverException.Kind.BROKEN,
                lost(reader("\u0016\u0003\u0001", 1000, 1000)).kind());
    }

    @Test
    void bracesThatHoldNoJsonAreRefused() {
        assertEquals(
                DriverException.Kind.BROKEN,
                lost(reader("{nonsense}", 1000, 1000)).kind());
        assertEquals(
                DriverException.Kind.BROKEN,
                lost(reader("{\"a\":" + "[".repeat(100) + "}", 1000, 1000)).kind());
        assertEquals(
                DriverException.Kind.BROKEN,
                lost(reader("{\"a\":".repeat(500) + "1" + "}".repeat(500), 9000, 9000))
                        .kind());
    }
}
