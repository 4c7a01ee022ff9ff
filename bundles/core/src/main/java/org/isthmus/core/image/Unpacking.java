// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.isthmus.api.Problem;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.Format;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.ImageParts.Kept;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.image.disk.Conversions.Conversion;
import org.isthmus.core.image.disk.DiskFormat;
import org.isthmus.core.image.disk.Ova;
import org.isthmus.core.image.disk.Ovf;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes disks of an upload that is none yet: an OVA, or a VMDK. They become qcow2, of which servers can be made as it is. */
public final class Unpacking {
    private static final Logger LOG = LoggerFactory.getLogger(Unpacking.class);
    private static final Duration LONGEST = Duration.ofHours(12);
    private static final int MOST_DISKS = 16;
    private static final int MAGIC_AT = 257;
    private static final byte[] MAGIC = "ustar".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_FILE_NAME = 100;

    private final Contents contents;
    private final Conversions conversions;
    private final long mostBytes;
    private final long mostDiskBytes;

    /**
     * Unpacking.
     *
     * @param mostBytes of a package's files together, and of what its disks become
     * @param mostDiskBytes of one disk, as a guest sees it
     */
    public Unpacking(Contents contents, Conversions conversions, long mostBytes, long mostDiskBytes) {
        this.contents = contents;
        this.conversions = conversions;
        this.mostBytes = mostBytes;
        this.mostDiskBytes = mostDiskBytes;
    }

    /**
     * What was made.
     *
     * @param shape where the package says it
     */
    record Unpacked(List<Kept> disks, List<Long> virtualBytes, Optional<Shape> shape) {}

    /** True for an OVA, as far as its head says: a tar whose first file is a descriptor. */
    static boolean isPacked(byte[] head) {
        if (head.length < MAGIC_AT + MAGIC.length
                || !Arrays.equals(head, MAGIC_AT, MAGIC_AT + MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return false;
        }
        String name = new String(head, 0, MOST_FILE_NAME, StandardCharsets.UTF_8);
        int end = name.indexOf('\0');
        return (end < 0 ? name : name.substring(0, end))
                .toLowerCase(Locale.ROOT)
                .endsWith(".ovf");
    }

    /** What is taken out, and in which format it is. */
    private record Source(Item item, Format format) {}

    /** Blocking, and repeatable from the start. */
    Unpacked unpack(ImageId image, IntConsumer report) throws IOException, InterruptedException {
        List<Source> sources = new ArrayList<>();
        Optional<Shape> shape = Optional.empty();
        if (isPacked(head(image))) {
            Ovf machine;
            try (InputStream ova = contents.open(Item.uploaded(image), 0)) {
                machine = Ova.read(
                        ova, new Ova.Limits(mostBytes, mostDiskBytes * MOST_DISKS), (described, place, size) -> {
                            requireFits(described.shape().disks().get(place).virtualSizeBytes());
                            return roomFor(image, place, size);
                        });
            }
            requireFew(machine.disks().size());
            shape = Optional.of(machine.shape());
            for (int place = 0; place < machine.disks().size(); place++) {
                sources.add(source(image, machine, place));
            }
        } else {
            sources.add(new Source(Item.uploaded(image), format(Item.uploaded(image))));
        }
        List<Kept> disks = new ArrayList<>();
        List<Long> virtualBytes = new ArrayList<>();
        long left = mostBytes;
        for (Source source : sources) {
            int place = disks.size();
            Item target = Item.of(image, place, Format.QCOW2);
            int before = place * 100 / sources.size();
            int share = sources.size();
            DiskFormat made = conversions.convert(
                    new Conversion(
                            path(source.item()),
                            ImageContent.Format.valueOf(source.format().name()),
                            path(target),
                            ImageContent.Format.QCOW2,
                            mostDiskBytes,
                            left,
                            LONGEST),
                    percent -> report.accept(before + percent / share));
            Sha256 sha256 = Digests.of(contents, target, read -> {});
            disks.add(new Kept(image, place, Format.QCOW2, target, sha256, contents.size(target), true));
            virtualBytes.add(made.virtualBytes());
            left -= contents.size(target);
            if (!source.item().part().isEmpty()) {
                contents.delete(source.item());
            }
        }
        return new Unpacked(disks, virtualBytes, shape);
    }

    /** Refuses a disk that is larger than any may be that somebody uploads: nothing of it is written. */
    void requireFits(long virtualBytes) {
        if (virtualBytes > mostDiskBytes) {
            throw Problem.TOO_LARGE.because(
                    "A disk of the upload has %d GiB, as a guest sees it, and at most %d GiB are taken (largest.disk.gib);"
                            + " make it smaller, or ask the operator to raise that.",
                    (virtualBytes + (1L << 30) - 1) >> 30, mostDiskBytes >> 30);
        }
    }

    private static void requireFew(int disks) {
        if (disks > MOST_DISKS) {
            throw ImageProblem.FORMAT.because(
                    "The package has %d disks, and a server has at most %d.", disks, MOST_DISKS);
        }
    }

    /** What does not fit will not fit in a moment either: it is refused at once, and the space is there for others again. */
    private OutputStream roomFor(ImageId image, int place, long sizeBytes) throws IOException {
        long free = contents.free();
        if (sizeBytes > free) {
            throw ImageProblem.NO_SPACE.because(
                    "Disk %d of the package has %d bytes, and there is space for %d.", place, sizeBytes, free);
        }
        return contents.append(packed(image, place), 0);
    }

    private static Item packed(ImageId image, int place) {
        return new Item(image, place + ".packed");
    }

    private byte[] head(ImageId image) throws IOException {
        try (InputStream content = contents.open(Item.uploaded(image), 0)) {
            return content.readNBytes(DiskFormat.HEAD);
        }
    }

    private Source source(ImageId image, Ovf machine, int place) throws IOException {
        Item item = packed(image, place);
        if (machine.disks().get(place).file().isEmpty()) {
            ShapeDisk blank = machine.shape().disks().get(place);
            requireFits(blank.virtualSizeBytes());
            try (RandomAccessFile file = new RandomAccessFile(path(item).toFile(), "rw")) {
                // sparse: nothing is written
                file.setLength(blank.virtualSizeBytes());
            }
            return new Source(item, Format.RAW);
        }
        return new Source(item, format(item));
    }

    private Format format(Item item) throws IOException {
        DiskFormat is = DiskFormat.of(contents.size(item), offset -> contents.open(item, offset));
        requireFits(is.virtualBytes());
        return Format.valueOf(is.format().name());
    }

    private Path path(Item item) {
        return contents.file(item)
                .orElseThrow(() -> ImageProblem.FORMAT.because(
                        "Contents that are not kept in files cannot be unpacked; upload qcow2 or raw."));
    }

    /** What was unpacked is not needed any more. */
    void tidy(ImageId image) {
        try {
            contents.delete(Item.uploaded(image));
        } catch (IOException e) {
            LOG.warn("The package that image {} was made of is removed with the image: {}", image, e.toString());
        }
    }
}
