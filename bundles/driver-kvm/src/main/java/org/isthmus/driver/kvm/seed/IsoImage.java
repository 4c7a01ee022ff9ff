// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.seed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Writes an ISO 9660 file system with a few files in its root, under their own names twice: as Rock Ridge for Unix kernels,
 * as Joliet for the others. Plain ISO 9660 alone knows neither lower case nor hyphens.
 *
 * <p>Layout in sectors of 2,048 bytes: 16 empty ones, the primary descriptor, the Joliet one, the terminator, two path
 * tables each for both, the two root directories, the Rock Ridge marks that don't fit a directory record, the files.
 */
final class IsoImage {
    private static final int SECTOR = 2048;
    private static final int PRIMARY = 16;
    private static final int JOLIET = 17;
    private static final int TERMINATOR = 18;
    private static final int PATHS_PRIMARY = 19;
    private static final int PATHS_JOLIET = 21;
    private static final int ROOT_PRIMARY = 23;
    private static final int ROOT_JOLIET = 24;
    private static final int ROCK_RIDGE = 25;
    private static final int FIRST_FILE = 26;

    /** Smaller disks are not looked at by busybox' findfs, which reads 68 KiB at once. */
    private static final int LEAST = 64;

    private static final int RECORD = 33;
    private static final int DIRECTORY = 2;
    private static final int PATH_ENTRY = 10;
    private static final int MODE_DIRECTORY = 0040555;
    private static final int MODE_FILE = 0100444;
    private static final Charset UCS_2 = StandardCharsets.UTF_16BE;
    private static final DateTimeFormatter LONG_TIME = DateTimeFormatter.ofPattern("uuuuMMddHHmmss'00'", Locale.ROOT);

    private final ByteBuffer image;
    private final ZonedDateTime now;

    private IsoImage(int sectors, Instant now) {
        this.image = ByteBuffer.allocate(sectors * SECTOR);
        this.now = now.atZone(ZoneOffset.UTC);
    }

    /** A file in the root. */
    record Entry(String name, String text) {
        byte[] content() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        int sectors() {
            return Math.max(1, (content().length + SECTOR - 1) / SECTOR);
        }
    }

    /**
     * Writes the image.
     *
     * @param label at most 16 characters
     * @param entries in the order of their names, few enough for one sector of directory
     */
    static byte[] of(String label, List<Entry> entries, Instant now) {
        int used = FIRST_FILE + entries.stream().mapToInt(Entry::sectors).sum();
        int sectors = Math.max(LEAST, used);
        IsoImage writer = new IsoImage(sectors, now);
        writer.descriptor(PRIMARY, 1, label, sectors, PATHS_PRIMARY, ROOT_PRIMARY);
        writer.descriptor(JOLIET, 2, label, sectors, PATHS_JOLIET, ROOT_JOLIET);
        writer.terminator();
        writer.paths(PATHS_PRIMARY, ROOT_PRIMARY);
        writer.paths(PATHS_JOLIET, ROOT_JOLIET);
        writer.directory(entries, false);
        writer.directory(entries, true);
        writer.rockRidgeMark();
        writer.files(entries);
        return writer.image.array();
    }

    private void descriptor(int sector, int type, String label, int sectors, int paths, int root) {
        boolean joliet = type == 2;
        image.position(sector * SECTOR);
        image.put((byte) type).put(ascii("CD001")).put((byte) 1).put((byte) 0);
        padded("", 32, joliet);
        padded(label, 32, joliet);
        image.position(sector * SECTOR + 80);
        both32(sectors);
        image.position(sector * SECTOR + 88);
        if (joliet) {
            // UCS-2 level 3
            image.put(ascii("%/E"));
        }
        image.position(sector * SECTOR + 120);
        both16(1);
        both16(1);
        both16(SECTOR);
        both32(PATH_ENTRY);
        image.order(ByteOrder.LITTLE_ENDIAN).putInt(paths).putInt(0);
        image.order(ByteOrder.BIG_ENDIAN).putInt(paths + 1).putInt(0);
        image.put(record(new byte[1], root, SECTOR, DIRECTORY, new byte[0]));
        padded("", 128, joliet);
        padded("", 128, joliet);
        padded("", 128, joliet);
        padded("ISTHMUS", 128, joliet);
        image.position(sector * SECTOR + 702);
        padded("", 37, joliet);
        padded("", 37, joliet);
        padded("", 37, joliet);
        String time = LONG_TIME.format(now);
        image.position(sector * SECTOR + 813);
        image.put(ascii(time)).put((byte) 0);
        image.put(ascii(time)).put((byte) 0);
        image.put(ascii("0000000000000000")).put((byte) 0);
        image.put(ascii(time)).put((byte) 0);
        image.put((byte) 1);
    }

    private void padded(String text, int length, boolean joliet) {
        int end = image.position() + length;
        if (joliet) {
            image.put(text.getBytes(UCS_2));
            while (end - image.position() >= 2) {
                image.putChar(' ');
            }
        } else {
            image.put(ascii(text));
            while (image.position() < end) {
                image.put((byte) ' ');
            }
        }
        image.position(end);
    }

    private void terminator() {
        image.position(TERMINATOR * SECTOR);
        image.put((byte) 255).put(ascii("CD001")).put((byte) 1);
    }

    /** The path tables of a volume whose only directory is its root: one least, one most significant byte first. */
    private void paths(int sector, int root) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            image.position((order == ByteOrder.LITTLE_ENDIAN ? sector : sector + 1) * SECTOR);
            image.order(order);
            image.put((byte) 1).put((byte) 0).putInt(root).putShort((short) 1).putShort((short) 0);
        }
        image.order(ByteOrder.BIG_ENDIAN);
    }

    private void directory(List<Entry> entries, boolean joliet) {
        int root = joliet ? ROOT_JOLIET : ROOT_PRIMARY;
        image.position(root * SECTOR);
        byte[] self = joliet ? new byte[0] : join(sharing(), attributes(MODE_DIRECTORY, 2), continuation());
        image.put(record(new byte[] {0}, root, SECTOR, DIRECTORY, self));
        byte[] parent = joliet ? new byte[0] : attributes(MODE_DIRECTORY, 2);
        image.put(record(new byte[] {1}, root, SECTOR, DIRECTORY, parent));
        int sector = FIRST_FILE;
        int number = 0;
        for (Entry entry : entries) {
            byte[] name = joliet ? entry.name().getBytes(UCS_2) : ascii("FILE" + number + ".;1");
            byte[] more = joliet ? new byte[0] : join(attributes(MODE_FILE, 1), alternateName(entry.name()));
            image.put(record(name, sector, entry.content().length, 0, more));
            sector += entry.sectors();
            number++;
        }
    }

    private byte[] record(byte[] name, int sector, int length, int flags, byte[] more) {
        int padding = (name.length + 1) % 2;
        int size = RECORD + name.length + padding + more.length;
        ByteBuffer record = ByteBuffer.allocate(size + size % 2);
        record.put((byte) record.capacity()).put((byte) 0);
        record.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(sector)
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(sector);
        record.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(length);
        record.put((byte) (now.getYear() - 1900))
                .put((byte) now.getMonthValue())
                .put((byte) now.getDayOfMonth())
                .put((byte) now.getHour())
                .put((byte) now.getMinute())
                .put((byte) now.getSecond())
                .put((byte) 0);
        record.put((byte) flags).put((byte) 0).put((byte) 0);
        record.order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 1)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) 1);
        record.put((byte) name.length).put(name);
        record.position(RECORD + name.length + padding);
        record.put(more);
        return record.array();
    }

    /** SP: from here on directory records carry system use fields. */
    private static byte[] sharing() {
        return new byte[] {'S', 'P', 7, 1, (byte) 0xbe, (byte) 0xef, 0};
    }

    /** PX: POSIX mode and links, owned by root. */
    private static byte[] attributes(int mode, int links) {
        ByteBuffer field = ByteBuffer.allocate(36);
        field.put((byte) 'P').put((byte) 'X').put((byte) 36).put((byte) 1);
        for (int value : new int[] {mode, links, 0, 0}) {
            field.order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .order(ByteOrder.BIG_ENDIAN)
                    .putInt(value);
        }
        return field.array();
    }

    /** NM: the real name. */
    private static byte[] alternateName(String name) {
        ByteBuffer field = ByteBuffer.allocate(5 + name.length());
        field.put((byte) 'N')
                .put((byte) 'M')
                .put((byte) field.capacity())
                .put((byte) 1)
                .put((byte) 0);
        return field.put(ascii(name)).array();
    }

    /** CE: the rest of the root's fields is in another sector. */
    private static byte[] continuation() {
        ByteBuffer field = ByteBuffer.allocate(28);
        field.put((byte) 'C').put((byte) 'E').put((byte) 28).put((byte) 1);
        for (int value : new int[] {ROCK_RIDGE, 0, extension().length}) {
            field.order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .order(ByteOrder.BIG_ENDIAN)
                    .putInt(value);
        }
        return field.array();
    }

    /** ER: the extension that the fields belong to. */
    private static byte[] extension() {
        byte[] id = ascii("RRIP_1991A");
        byte[] text = ascii("THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS");
        byte[] source = ascii("SEE PUBLISHER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION");
        ByteBuffer field = ByteBuffer.allocate(8 + id.length + text.length + source.length);
        field.put((byte) 'E').put((byte) 'R').put((byte) field.capacity()).put((byte) 1);
        field.put((byte) id.length)
                .put((byte) text.length)
                .put((byte) source.length)
                .put((byte) 1);
        return field.put(id).put(text).put(source).array();
    }

    private void rockRidgeMark() {
        image.position(ROCK_RIDGE * SECTOR);
        image.put(extension());
    }

    private void files(List<Entry> entries) {
        int sector = FIRST_FILE;
        for (Entry entry : entries) {
            image.position(sector * SECTOR);
            image.put(entry.content());
            sector += entry.sectors();
        }
    }

    private void both32(int value) {
        image.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(value);
    }

    private void both16(int value) {
        image.order(ByteOrder.LITTLE_ENDIAN).putShort((short) value);
        image.order(ByteOrder.BIG_ENDIAN).putShort((short) value);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
