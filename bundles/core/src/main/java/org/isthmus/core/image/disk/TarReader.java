// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.isthmus.core.image.disk.Ovf.wrong;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Plain files in a tar archive (POSIX.1-2001 "ustar" and "pax", and GNU's long names and sizes), from front to end. Anything
 * else that an archive can hold is refused: links, directories, devices, sparse files.
 */
final class TarReader {
    static final int BLOCK = 512;
    private static final int NAME = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int SUM_AT = 148;
    private static final int SUM_LENGTH = 8;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX_LENGTH = 155;
    private static final int MOST_EXTENSION = 1 << 14;
    private static final int MOST_EXTENSIONS = 8;
    private static final int BASE_256 = 0x80;

    private final InputStream in;
    /** What is left of the entry that was last begun, and of its last block. */
    private long left;

    private int padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** A file; its content is read next, by {@link #content}. */
    record Entry(String name, long size) {}

    /** The next file, after what is left of the one before. */
    Optional<Entry> next() throws IOException {
        skip(left + padding);
        left = 0;
        padding = 0;
        String name = "";
        long size = -1;
        for (int extensions = 0; ; extensions++) {
            byte[] header = in.readNBytes(BLOCK);
            if (header.length == 0 || isZero(header)) {
                return Optional.empty();
            }
            if (header.length < BLOCK) {
                throw wrong("its archive is cut off");
            }
            requireSum(header);
            char type = (char) header[TYPE_AT];
            long said = number(header, SIZE_AT, SIZE_LENGTH);
            if (type == '0' || type == 0) {
                left = size >= 0 ? size : said;
                padding = padding(left);
                return Optional.of(new Entry(name.isEmpty() ? name(header) : name, left));
            }
            if (extensions == MOST_EXTENSIONS) {
                throw wrong("its archive says too much of a file");
            }
            switch (type) {
                case 'L' -> name = extension(said).split("\0", 2)[0];
                case 'x' -> {
                    Pax pax = Pax.read(extension(said));
                    name = pax.path().orElse(name);
                    size = pax.size().orElse(size);
                }
                case 'g' -> extension(said);
                default -> throw wrong("its archive holds something else than plain files");
            }
        }
    }

    /** The content of the file that was last answered; it ends where the file does. */
    InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                if (left == 0) {
                    return -1;
                }
                int got = in.read(bytes, from, (int) Math.min(length, left));
                if (got < 0) {
                    throw wrong("its archive is cut off");
                }
                left -= got;
                return got;
            }
        };
    }

    /** What headers carry beside the file, for names and sizes that do not fit. */
    private record Pax(Optional<String> path, Optional<Long> size) {
        /** Records of the form "length key=value\n". */
        static Pax read(String text) {
            Optional<String> path = Optional.empty();
            Optional<Long> size = Optional.empty();
            int at = 0;
            while (at < text.length() && text.charAt(at) != 0) {
                int space = text.indexOf(' ', at);
                int length = space < 0 || space - at > 5 ? 0 : digits(text.substring(at, space));
                if (length <= space - at + 1 || at + length > text.length()) {
                    throw wrong("its archive is damaged");
                }
                String[] pair = text.substring(space + 1, at + length - 1).split("=", 2);
                if (pair[0].startsWith("GNU.sparse")) {
                    throw wrong("its archive holds a file with holes");
                }
                if (pair.length == 2 && pair[0].equals("path")) {
                    path = Optional.of(pair[1]);
                }
                if (pair.length == 2 && pair[0].equals("size")) {
                    if (!pair[1].matches("\\d{1,18}")) {
                        throw wrong("its archive is damaged");
                    }
                    size = Optional.of(Long.parseLong(pair[1]));
                }
                at += length;
            }
            return new Pax(path, size);
        }

        private static int digits(String text) {
            return text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
        }
    }

    private String extension(long size) throws IOException {
        if (size < 0 || size > MOST_EXTENSION) {
            throw wrong("its archive says too much of a file");
        }
        byte[] bytes = in.readNBytes((int) size);
        skip(padding(size));
        if (bytes.length < size) {
            throw wrong("its archive is cut off");
        }
        // a character a byte: lengths are counted in bytes
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void skip(long bytes) throws IOException {
        try {
            in.skipNBytes(bytes);
        } catch (EOFException e) {
            throw wrong("its archive is cut off");
        }
    }

    static int padding(long size) {
        return (int) ((BLOCK - size % BLOCK) % BLOCK);
    }

    private static boolean isZero(byte[] block) {
        for (byte one : block) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    private static String name(byte[] header) {
        String name = text(header, 0, NAME);
        String prefix = text(header, MAGIC_AT, 6).equals("ustar") ? text(header, PREFIX_AT, PREFIX_LENGTH) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] header, int at, int length) {
        return new String(header, at, length, StandardCharsets.UTF_8).split("\0", 2)[0];
    }

    private static void requireSum(byte[] header) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= SUM_AT && i < SUM_AT + SUM_LENGTH ? ' ' : header[i] & 0xff;
        }
        if ((header[SUM_AT] & BASE_256) != 0 || sum != number(header, SUM_AT, SUM_LENGTH)) {
            throw wrong("it is no tar archive, or is damaged");
        }
    }

    /** Octal digits, or GNU's bytes behind a set first bit. */
    private static long number(byte[] header, int at, int length) {
        if ((header[at] & BASE_256) != 0) {
            long value = header[at] & 0x7f;
            for (int i = 1; i < length; i++) {
                if (value > Long.MAX_VALUE >> 8) {
                    throw wrong("its archive holds a file of an impossible size");
                }
                value = (value << 8) | (header[at + i] & 0xff);
            }
            return value;
        }
        String digits = text(header, at, length).strip();
        if (!digits.matches("[0-7]{1,12}")) {
            throw wrong("it is no tar archive, or is damaged");
        }
        return Long.parseLong(digits, 8);
    }
}
