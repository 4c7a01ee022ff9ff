// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts a stream of JSON objects, which OVSDB sends without any separator, into messages.
 *
 * <p>It finds an object's end by counting braces outside strings and parses only then, so that an endless message is
 * refused by its size and never half held by a parser. Not thread-safe.
 */
final class MessageReader {
    /** Parses and writes JSON-RPC; no OVSDB message nests deeper than a dozen levels. */
    static final ObjectMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .build())
            .build();

    private static final int CHUNK = 64 * 1024;

    private final Source source;
    private final int limit;
    private byte[] buffer = new byte[CHUNK];
    private int end;
    private int scanned;
    private int depth;
    private boolean inString;
    private boolean escaped;

    /** Bytes of the peer. */
    @FunctionalInterface
    interface Source {
        /** Blocks for at least one byte; -1 at the end. */
        int read(byte[] into, int offset, int length) throws IOException;
    }

    /**
     * A reader.
     *
     * @param limit bytes of the largest message taken
     */
    MessageReader(Source source, int limit) {
        this.source = source;
        this.limit = limit;
    }

    /** The next message. Blocks until it is there; ends with a {@link Lost}. */
    JsonNode next() throws IOException {
        while (true) {
            int length = scan();
            if (length > 0) {
                return cut(length);
            }
            if (end >= limit) {
                throw Lost.nonsense("a message of more than " + limit + " bytes");
            }
            if (end == buffer.length) {
                buffer = Arrays.copyOf(buffer, (int) Math.min(limit, buffer.length * 2L));
            }
            int read = source.read(buffer, end, buffer.length - end);
            if (read < 0) {
                throw Lost.unavailable("the server closed the connection");
            }
            end += read;
        }
    }

    /** Goes over the bytes not yet seen; the length of the message when it is whole, else 0. */
    private int scan() throws Lost {
        for (; scanned < end; scanned++) {
            byte b = buffer[scanned];
            if (inString) {
                if (escaped) {
                    escaped = false;
                } else if (b == '\\') {
                    escaped = true;
                } else if (b == '"') {
                    inString = false;
                }
            } else if (depth == 0) {
                if (b == '{') {
                    depth = 1;
                } else if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                    throw Lost.nonsense("something that is no JSON-RPC");
                }
            } else if (b == '"') {
                inString = true;
            } else if (b == '{') {
                depth++;
            } else if (b == '}' && --depth == 0) {
                return ++scanned;
            }
        }
        return 0;
    }

    private JsonNode cut(int length) throws IOException {
        try {
            return JSON.readTree(buffer, 0, length);
        } catch (JsonProcessingException e) {
            throw Lost.nonsense("malformed JSON");
        } finally {
            int rest = end - length;
            // a first dump can be large: its buffer is let go again
            byte[] next = buffer.length > 16 * CHUNK && rest < CHUNK ? new byte[CHUNK] : buffer;
            System.arraycopy(buffer, length, next, 0, rest);
            buffer = next;
            end = rest;
            scanned = 0;
        }
    }
}
