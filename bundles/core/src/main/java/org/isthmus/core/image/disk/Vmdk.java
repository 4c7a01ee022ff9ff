// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.isthmus.core.image.disk.DiskFormat.require;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * VMDK files that hold all of a disk (Virtual Disk Format 5.0, "Hosted Sparse Extents"): streamOptimized and
 * monolithicSparse. Their descriptor, which is embedded, is read only to see that it names no other file: what reads a
 * VMDK opens the extents and parents that stand in it.
 */
final class Vmdk {
    /** How many first bytes are looked at; a descriptor lies within. */
    static final int HEAD = 1 << 16;
    /** Footer marker, footer and end-of-stream marker. */
    static final int TAIL = 3 * 512;

    private static final int SECTOR = 512;
    private static final int MAGIC = 0x564d444b;
    private static final int HEADER = 79;
    private static final int CAPACITY = 12;
    private static final int DESCRIPTOR_OFFSET = 28;
    private static final int DESCRIPTOR_SIZE = 36;
    private static final int DIRECTORY = 56;
    /** The directory's place is in the footer, because the file was written from front to end. */
    private static final long AT_END = -1;

    private static final int FOOTER_MARKER = 3;
    /** Where QEMU looks for a parent, whatever the header says, and how far. */
    private static final int PARENT_FROM = SECTOR;

    private static final int PARENT_BYTES = 20 * SECTOR;
    private static final long MOST_SECTORS = (65536L << 30) / SECTOR;
    private static final Pattern EXTENT = Pattern.compile(
            "(?:RW|RDONLY|NOACCESS)\\s+\\d+\\s+(\\S+)\\s*(?:\"([^\"]*)\")?.*", Pattern.CASE_INSENSITIVE);
    private static final Pattern SETTING = Pattern.compile("([\\w.]+)\\s*=\\s*\"?([^\"]*)\"?");

    private Vmdk() {}

    static boolean looksLike(byte[] head) {
        return head.length >= 4 && little(head).getInt(0) == MAGIC;
    }

    /**
     * Checks one.
     *
     * @param head the first {@link #HEAD} bytes
     * @param tail the last {@link #TAIL} bytes
     * @return size of the disk it describes
     */
    static long of(byte[] head, byte[] tail, long length) {
        require(head.length >= HEADER, "its header is cut off");
        ByteBuffer header = little(head);
        int version = header.getInt(4);
        require(version >= 1 && version <= 3, "its version is " + version + ", and 1 to 3 are understood");
        long sectors = header.getLong(CAPACITY);
        require(sectors > 0, "it describes an empty disk, or one that is kept in other files");
        require(sectors <= MOST_SECTORS, "it describes a disk of more than 64 TiB");
        if (header.getLong(DIRECTORY) == AT_END) {
            requireSameFooter(header, tail, length);
        }
        requireSelfContained(head, header.getLong(DESCRIPTOR_OFFSET), header.getLong(DESCRIPTOR_SIZE));
        return sectors * SECTOR;
    }

    /** The footer's header stands in for the first one: what was checked there has to be what counts. */
    private static void requireSameFooter(ByteBuffer header, byte[] tail, long length) {
        require(length % SECTOR == 0 && tail.length == TAIL, "it is cut off");
        ByteBuffer footer = little(tail);
        require(
                footer.getInt(12) == FOOTER_MARKER && footer.getInt(SECTOR) == MAGIC,
                "it has no footer; it is cut off");
        for (int field : new int[] {CAPACITY, DESCRIPTOR_OFFSET, DESCRIPTOR_SIZE}) {
            require(
                    footer.getLong(SECTOR + field) == header.getLong(field),
                    "its footer describes another disk than its header");
        }
    }

    private static void requireSelfContained(byte[] head, long offset, long size) {
        long most = head.length / SECTOR;
        require(
                offset >= 1 && size >= 1 && offset <= most && size <= most - offset,
                "it has no descriptor where one is expected; a disk split into several files is not taken");
        String descriptor = text(head, (int) offset * SECTOR, (int) size * SECTOR);
        requireNoParent(descriptor);
        requireNoParent(text(head, PARENT_FROM, Math.min(PARENT_BYTES, head.length - PARENT_FROM)));
        int extents = 0;
        String type = "";
        for (String each : descriptor.split("\0", 2)[0].split("\\R")) {
            String line = each.strip();
            Matcher extent = EXTENT.matcher(line);
            Matcher setting = SETTING.matcher(line);
            if (extent.matches()) {
                extents++;
                requireOwn(extent);
            } else if (setting.matches()) {
                String value = setting.group(2).strip();
                switch (setting.group(1).toLowerCase(Locale.ROOT)) {
                    case "createtype" -> type = value;
                    case "parentcid" -> require(
                            value.equalsIgnoreCase("ffffffff"), "it continues another disk, its parent");
                    default -> {}
                }
            }
        }
        require(
                type.equalsIgnoreCase("streamOptimized") || type.equalsIgnoreCase("monolithicSparse"),
                "it is a VMDK of the type " + type.replaceAll("[^\\w]", "") + ", and streamOptimized is understood");
        require(extents == 1, "it is kept in " + extents + " files, and one that holds all is understood");
    }

    private static void requireOwn(Matcher extent) {
        String name = extent.group(2) == null ? "" : extent.group(2);
        require(
                extent.group(1).equalsIgnoreCase("SPARSE") && !name.isEmpty() && !name.matches(".*[/\\\\:].*"),
                "its content is in another file, and would make the hypervisor read that");
    }

    private static void requireNoParent(String descriptor) {
        require(
                !descriptor.toLowerCase(Locale.ROOT).contains("parentfilenamehint"),
                "it has a parent, and would make the hypervisor read another file");
    }

    private static String text(byte[] head, int from, int length) {
        return new String(head, from, Math.max(0, length), StandardCharsets.ISO_8859_1);
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
