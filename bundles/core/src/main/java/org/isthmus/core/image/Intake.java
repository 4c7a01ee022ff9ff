// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageNic;
import org.isthmus.api.image.Images.ImageShape;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Moment;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.ImageParts.Kept;
import org.isthmus.core.image.disk.DiskFormat;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.isthmus.spi.compute.Shape;
import org.isthmus.store.Tx;

/**
 * Takes what drivers read out of servers and copies, disk by disk. The checksum is made of what comes in, while it is
 * written, and kept when all of the disk is there; what was written before a crash is read once to go on from there.
 */
public final class Intake {
    private final Tx tx;
    private final ImageStore images;
    private final ImageParts parts;
    private final Contents contents;
    private final long mostBytes;
    /** Checksums that are not whole, of what is being written. */
    private final Map<Item, Partial> partials = new ConcurrentHashMap<>();

    /**
     * An intake.
     *
     * @param mostBytes largest content of one disk
     */
    public Intake(Tx tx, ImageStore images, ImageParts parts, Contents contents, long mostBytes) {
        this.tx = tx;
        this.images = images;
        this.parts = parts;
        this.contents = contents;
        this.mostBytes = mostBytes;
    }

    /** Up to where which bytes were digested. */
    private static final class Partial {
        private final MessageDigest digest = Sha256.digest();
        private long offset;
    }

    /** Where the disks of an image are to be written to. */
    public ImageSink sink(ImageId image) {
        return new Sink(image);
    }

    /** How many bytes of its disks are here, whole or not. */
    long bytes(ImageId image) throws IOException {
        ImageSink sink = sink(image);
        int disks = tx.read(() -> parts.disks(image)).size();
        long bytes = 0;
        for (int disk = 0; disk < disks; disk++) {
            bytes += sink.written(disk);
        }
        return bytes;
    }

    /** A shape as it is shown; what a machine says of itself may be anything. */
    static ImageShape shape(Shape shape) {
        return new ImageShape(
                Optional.of(shape.cpus()),
                Optional.of(shape.memoryMiB()),
                Firmware.valueOf(shape.firmware().name()),
                shape.nics().stream()
                        .map(nic -> new ImageNic(nic.mac(), nic.network()))
                        .toList());
    }

    /** Writes down what the image's disks are, and the machine they were read out of; inside a transaction. */
    public void describe(ImageId image, Shape shape) {
        parts.shape(image, shape(shape));
        parts.disks(
                image,
                shape.disks().stream().map(Shape.ShapeDisk::virtualSizeBytes).toList());
    }

    /** What is missing or wrong of what was read out, or empty when all of it is here. */
    public Optional<String> wrong(ImageId image) {
        List<Long> disks = tx.read(() -> parts.disks(image));
        List<Kept> kept = tx.read(() -> parts.originals(image));
        if (kept.size() != disks.size()) {
            return Optional.of(
                    "Of " + disks.size() + " disks " + kept.size() + " came whole; the driver says that it is done.");
        }
        for (Kept each : kept) {
            if (each.format() == Format.RAW) {
                // raw bytes are raw bytes, whatever they look like
                continue;
            }
            try {
                DiskFormat is = DiskFormat.of(each.sizeBytes(), offset -> contents.open(each.item(), offset));
                if (!is.format().name().equals(each.format().name())) {
                    return Optional.of("Disk " + each.disk() + " was said to be " + each.format() + ", and is "
                            + is.format() + ".");
                }
                if (is.virtualBytes() != disks.get(each.disk())) {
                    return Optional.of("Disk " + each.disk() + " has " + is.virtualBytes()
                            + " bytes, and was said to have " + disks.get(each.disk()) + ".");
                }
            } catch (ProblemException e) {
                return Optional.of(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                return Optional.of("Disk " + each.disk() + " cannot be read: " + e);
            }
        }
        return Optional.empty();
    }

    /** The image's row says what its boot disk's content is; inside a transaction. */
    public void settle(ImageId image) {
        Kept boot = parts.originals(image).get(0);
        images.found(image, boot.format(), boot.sha256(), parts.disks(image).get(0));
    }

    /** An image is ready that was being made; inside a transaction. */
    public void ready(ImageId id, Moment moment) {
        Image image = images.moveTo(id, ImageState.READY, Optional.empty());
        moment.event(
                "image.ready",
                image.subject(),
                Map.of(
                        "name",
                        image.name().value(),
                        "sha256",
                        image.sha256().orElseThrow().hex()));
    }

    /** It will not be; inside a transaction. */
    public void failed(ImageId id, String why, Moment moment) {
        Image image = images.moveTo(id, ImageState.FAILED, Optional.of(why));
        moment.event(
                "image.failed", image.subject(), Map.of("name", image.name().value(), "reason", why));
    }

    /** Removes what came of disks, whole or not, unless all of them are whole; inside no transaction. */
    public void discard(ImageId image) throws IOException {
        List<Item> items = new ArrayList<>();
        tx.read(() -> parts.kept(image)).forEach(kept -> items.add(kept.item()));
        for (int disk = 0; disk < tx.read(() -> parts.disks(image)).size(); disk++) {
            for (Format format : Format.values()) {
                items.add(Item.of(image, disk, format).unfinished());
            }
        }
        tx.execute(() -> parts.forgetContents(image));
        for (Item item : items) {
            partials.remove(item);
            contents.delete(item);
        }
    }

    private final class Sink implements ImageSink {
        private final ImageId image;

        Sink(ImageId image) {
            this.image = image;
        }

        private Optional<Kept> whole(int disk) {
            return tx.read(() -> parts.originals(image)).stream()
                    .filter(kept -> kept.disk() == disk)
                    .findFirst();
        }

        private void requireDisk(int disk) throws IOException {
            if (disk < 0 || disk >= tx.read(() -> parts.disks(image)).size()) {
                throw new IOException("The image has no disk " + disk + ", or is not wanted any more.");
            }
        }

        @Override
        public long written(int disk) throws IOException {
            Optional<Kept> whole = whole(disk);
            if (whole.isPresent()) {
                return whole.get().sizeBytes();
            }
            for (Format format : Format.values()) {
                long size = contents.size(Item.of(image, disk, format).unfinished());
                if (size > 0) {
                    return size;
                }
            }
            return 0;
        }

        @Override
        public OutputStream open(int disk, ImageContent.Format spoken, long offset) throws IOException {
            requireDisk(disk);
            Format format = Format.valueOf(spoken.name());
            Item item = Item.of(image, disk, format).unfinished();
            Optional<Kept> whole = whole(disk);
            if (whole.isPresent()) {
                if (offset == whole.get().sizeBytes() && format == whole.get().format()) {
                    return new Nothing();
                }
                requireFromTheStart(offset);
                tx.execute(() -> parts.forgetContents(image, disk));
            }
            if (offset == 0) {
                for (Format other : Format.values()) {
                    partials.remove(Item.of(image, disk, other).unfinished());
                    contents.delete(Item.of(image, disk, other).unfinished());
                }
            }
            Partial partial = partial(item, offset);
            return new Counted(contents.append(item, offset), partial, mostBytes);
        }

        private void requireFromTheStart(long offset) throws IOException {
            if (offset != 0) {
                throw new IOException("All of this disk is here: it begins anew at 0, and not at " + offset + ".");
            }
        }

        /** The checksum so far; of what came before a crash it is made anew. */
        private Partial partial(Item item, long offset) throws IOException {
            Partial known = partials.get(item);
            if (known != null && known.offset == offset) {
                return known;
            }
            Partial anew = new Partial();
            if (offset > 0) {
                try {
                    Digests.feed(anew.digest, contents, item, offset, read -> anew.offset = read);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("Interrupted", e);
                }
                if (anew.offset != offset) {
                    throw new IOException(
                            "Only " + anew.offset + " bytes are here, and it was to go on at " + offset + ".");
                }
            }
            partials.put(item, anew);
            return anew;
        }

        @Override
        public void whole(int disk, long sizeBytes) throws IOException {
            requireDisk(disk);
            Optional<Kept> whole = whole(disk);
            if (whole.isPresent() && whole.get().sizeBytes() == sizeBytes) {
                return;
            }
            for (Format format : Format.values()) {
                Item item = Item.of(image, disk, format);
                if (contents.size(item.unfinished()) > 0) {
                    Partial partial = partial(item.unfinished(), sizeBytes);
                    keep(item, new Kept(image, disk, format, item, ended(partial, item, sizeBytes), sizeBytes, true));
                    return;
                }
            }
            throw new IOException("Nothing of disk " + disk + " was written.");
        }

        private Sha256 ended(Partial partial, Item item, long sizeBytes) throws IOException {
            long here = contents.size(item.unfinished());
            if (here != sizeBytes || partial.offset != sizeBytes) {
                throw new IOException(String.format(
                        Locale.ROOT, "%d bytes of the disk are here, and it is said to have %d.", here, sizeBytes));
            }
            partials.remove(item.unfinished());
            return Digests.ended(partial.digest);
        }

        private void keep(Item item, Kept kept) throws IOException {
            contents.become(item.unfinished(), item);
            tx.execute(() -> parts.keep(kept));
        }
    }

    /** All of it is here already. */
    private static final class Nothing extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("All of this disk is here; it begins anew at 0.");
        }
    }

    /** Digests what goes through. */
    private static final class Counted extends FilterOutputStream {
        private final Partial partial;
        private final long mostBytes;

        Counted(OutputStream out, Partial partial, long mostBytes) {
            super(out);
            this.partial = partial;
            this.mostBytes = mostBytes;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (partial.offset + length > mostBytes) {
                throw new IOException("A disk has at most " + mostBytes + " bytes here; the operator sets that.");
            }
            try {
                out.write(bytes, from, length);
            } catch (IOException e) {
                throw new IOException(
                        "The content cannot be kept: " + e.getMessage() + ". " + ImageProblem.NO_SPACE.help(), e);
            }
            partial.digest.update(bytes, from, length);
            partial.offset += length;
        }
    }
}
