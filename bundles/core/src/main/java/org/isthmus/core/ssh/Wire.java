// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** SSH's data types (RFC 4251, section 5). */
final class Wire {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Wire string(byte[] bytes) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        out.writeBytes(bytes);
        return this;
    }

    Wire string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    Wire uint32(int number) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
        return this;
    }

    Wire uint64(long number) {
        out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
        return this;
    }

    /** What was written elsewhere, as it is. */
    Wire raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Reads what somebody sent. */
    static final class Reader {
        private final ByteBuffer in;

        Reader(byte[] bytes) {
            in = ByteBuffer.wrap(bytes);
        }

        /** A string; IllegalArgumentException when there is none. */
        byte[] string() {
            try {
                int length = in.getInt();
                if (length < 0 || length > in.remaining()) {
                    throw new IllegalArgumentException("It ends in the middle.");
                }
                byte[] bytes = new byte[length];
                in.get(bytes);
                return bytes;
            } catch (BufferUnderflowException e) {
                throw new IllegalArgumentException("It ends in the middle.", e);
            }
        }

        String text() {
            return new String(string(), StandardCharsets.ISO_8859_1);
        }

        /** A positive number, written in as few bytes as it takes: others would give one key many fingerprints. */
        BigInteger positive() {
            byte[] bytes = string();
            if (bytes.length == 0) {
                throw new IllegalArgumentException("A number is missing.");
            }
            BigInteger number = new BigInteger(bytes);
            if (number.signum() <= 0 || number.toByteArray().length != bytes.length) {
                throw new IllegalArgumentException("A number is not written as SSH writes it.");
            }
            return number;
        }

        void end() {
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("Something follows the key.");
            }
        }
    }
}
