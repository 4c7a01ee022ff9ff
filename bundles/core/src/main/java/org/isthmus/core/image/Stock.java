// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageShape;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.ImageParts.Kept;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.image.disk.Conversions.Conversion;
import org.isthmus.core.location.Works;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What servers are made of at an endpoint: its own copy of the image, or contents in a format that it takes. A content is
 * converted once, for all who need it, and kept beside the one it was made of; of several controllers one does it.
 */
public final class Stock {
    private static final Logger LOG = LoggerFactory.getLogger(Stock.class);
    private static final String CONVERSION = "cnv.";
    private static final Duration LONGEST = Duration.ofHours(12);

    private final Tx tx;
    private final ImageStore images;
    private final ImageParts parts;
    private final Contents contents;
    private final Works works;
    private final Works converters;
    private final Leases leases;
    private final String holder;
    private final Clock clock;
    private final Conversions conversions;
    /** Which operations of this process wait for what is being done under a key: the last that leaves breaks it off. */
    private final Map<String, Set<OperationId>> waiting = new ConcurrentHashMap<>();

    /**
     * A stock.
     *
     * @param works reads contents
     * @param converters converts them: slow, and few at once
     * @param holder what this run of this controller is called where it holds a lease
     */
    public Stock(
            Tx tx,
            ImageStore images,
            ImageParts parts,
            Contents contents,
            Works works,
            Works converters,
            Leases leases,
            String holder,
            Clock clock,
            Conversions conversions) {
        this.tx = tx;
        this.images = images;
        this.parts = parts;
        this.contents = contents;
        this.works = works;
        this.converters = converters;
        this.leases = leases;
        this.holder = holder;
        this.clock = clock;
        this.conversions = conversions;
    }

    /** What there is to make servers of. */
    public sealed interface Answer {}

    /** The endpoint's own copy, by its name there. */
    public record Template(String ref) implements Answer {}

    /** A content for each disk, in order. */
    public record Ready(List<ImageContent> disks) implements Answer {
        public Ready {
            disks = List.copyOf(disks);
        }
    }

    /** It is being converted: ask again. */
    public record Working(int percent, String why) implements Answer {}

    /** There is nothing, and asking again would not help. */
    public record Nothing(String why) implements Answer {}

    /** Of what a server is made at an endpoint. */
    public Answer at(ImageId image, EndpointId endpoint, Supplier<List<ImageContent.Format>> formats, OperationId who) {
        Optional<String> copy = tx.read(() -> parts.copy(image, endpoint))
                .filter(each -> each.state() == CopyState.READY)
                .flatMap(ImageParts.Copy::ref);
        if (copy.isPresent()) {
            return new Template(copy.get());
        }
        List<ImageContent.Format> takes = formats.get();
        return takes.isEmpty()
                ? new Nothing(
                        "It makes servers only of images that it keeps itself: transfer the image to this location"
                                + " first.")
                : contents(image, takes, who);
    }

    /** What starts servers that are made of it. */
    public Firmware firmware(ImageId image) {
        return tx.read(() -> parts.shape(image)).map(ImageShape::firmware).orElse(Firmware.BIOS);
    }

    /** A content for each disk in one of these formats, the best first; converted when there is none. */
    public Answer contents(ImageId image, List<ImageContent.Format> takes, OperationId who) {
        if (tx.read(() -> images.find(image))
                .filter(found -> found.state() == ImageState.READY)
                .isEmpty()) {
            return new Nothing("Its image " + image + " was deleted meanwhile.");
        }
        List<Long> disks = tx.read(() -> parts.disks(image));
        List<Kept> kept = tx.read(() -> parts.kept(image));
        List<ImageContent> ready = new ArrayList<>();
        for (int disk = 0; disk < disks.size(); disk++) {
            Optional<Kept> fits = find(kept, disk, takes);
            if (fits.isEmpty()) {
                Optional<Answer> missing = convert(image, disk, disks.size(), takes.get(0), who);
                if (missing.isPresent()) {
                    return missing.get();
                }
                kept = tx.read(() -> parts.kept(image));
                fits = find(kept, disk, takes);
            }
            if (fits.isEmpty()) {
                return new Working(-1, "The content that was converted was removed again.");
            }
            ready.add(new StoredContent(fits.get(), disks.get(disk), contents));
        }
        return ready.isEmpty() ? new Nothing("It is not known what disks image " + image + " has.") : new Ready(ready);
    }

    private static Optional<Kept> find(List<Kept> kept, int disk, List<ImageContent.Format> takes) {
        return takes.stream()
                .flatMap(format -> kept.stream()
                        .filter(each ->
                                each.disk() == disk && each.format().name().equals(format.name())))
                .findFirst();
    }

    /** Empty when it has been converted; else how far it is, or why it cannot be. */
    private Optional<Answer> convert(ImageId image, int disk, int of, ImageContent.Format wanted, OperationId who) {
        Optional<Kept> original = tx.read(() -> parts.originals(image)).stream()
                .filter(each -> each.disk() == disk)
                .findFirst();
        if (original.isEmpty()) {
            return Optional.of(new Nothing("The content of image " + image
                    + " is not here, but only where its copies are: transfer the image to this location first."));
        }
        Format to = Format.valueOf(wanted.name());
        String key = key(image, disk, to);
        Optional<Leases.Lease> lease = leases.hold(key, holder, Held.LENGTH);
        if (lease.isEmpty()) {
            return Optional.of(new Working(-1, "Another controller converts it."));
        }
        waiting.computeIfAbsent(key, none -> ConcurrentHashMap.newKeySet()).add(who);
        converters.start(key, report -> make(original.get(), to, lease.get(), report));
        Optional<WorkState> state = converters.work(key);
        if (state.isEmpty() || !state.get().ended()) {
            int percent = Math.max(0, state.map(WorkState::percent).orElse(0));
            return Optional.of(new Working((disk * 100 + percent) / of, "It is being converted to " + to + "."));
        }
        converters.forget(key);
        waiting.remove(key);
        leases.release(lease.get());
        return state.get().failure().map(Stock::failed);
    }

    private static Answer failed(Exception failure) {
        if (failure instanceof ProblemException problem) {
            return new Nothing(String.valueOf(problem.getMessage()));
        }
        return new Working(-1, "The content could not be converted, and is tried again: " + failure);
    }

    /** A lease's name has at most 60 characters. */
    private static String key(ImageId image, int disk, Format to) {
        return CONVERSION + image + "." + disk + "." + to;
    }

    private void make(Kept original, Format to, Leases.Lease lease, IntConsumer report)
            throws IOException, InterruptedException {
        Item target = Item.of(original.image(), original.disk(), to);
        Held held = new Held(leases, lease, clock);
        conversions.convert(
                new Conversion(
                        path(original.item()),
                        ImageContent.Format.valueOf(original.format().name()),
                        path(target),
                        ImageContent.Format.valueOf(to.name()),
                        Long.MAX_VALUE,
                        LONGEST),
                percent -> {
                    requireStill(held);
                    report.accept(percent);
                });
        Sha256 sha256 = Digests.of(contents, target, read -> requireStill(held));
        Kept made = new Kept(original.image(), original.disk(), to, target, sha256, contents.size(target), false);
        boolean wanted = tx.retrying(() -> {
            // whoever took over meanwhile writes that file, too: what it will be is not known here
            leases.fence(lease);
            boolean there = images.hold(original.image());
            if (there) {
                parts.keep(made);
            }
            return there;
        });
        if (!wanted) {
            contents.delete(target);
        }
    }

    private static void requireStill(Held lease) {
        if (!lease.still()) {
            throw new IllegalStateException("Another controller converts it.");
        }
    }

    private Path path(Item item) {
        return contents.file(item)
                .orElseThrow(() -> ImageProblem.FORMAT.because(
                        "Contents that are not kept in files cannot be converted; upload it in the format needed."));
    }

    /** An operation ends: what only it waits for is broken off, and leaves nothing. */
    public void leave(OperationId who) {
        waiting.forEach((key, all) -> {
            if (all.remove(who) && all.isEmpty()) {
                waiting.remove(key, all);
                works.forget(key);
                converters.forget(key);
                clear(key);
            }
        });
    }

    private void clear(String key) {
        if (!key.startsWith(CONVERSION)) {
            return;
        }
        String[] words = key.split("\\.");
        Item target = Item.of(new ImageId(words[1]), Integer.parseInt(words[2]), Format.valueOf(words[3]));
        try {
            Optional<Path> file = contents.file(target);
            if (file.isPresent()) {
                conversions.clear(file.get());
            }
        } catch (IOException e) {
            LOG.warn("What a conversion of {} left is removed with the image: {}", words[1], e.toString());
        }
        leases.hold(key, holder, Held.LENGTH).ifPresent(leases::release);
    }

    /** Reads contents again and compares them with their checksums, pending; what is damaged must not go anywhere. */
    Answer checked(List<ImageContent> disks, OperationId who) {
        String key = "chk." + who;
        waiting.computeIfAbsent(key, none -> ConcurrentHashMap.newKeySet()).add(who);
        works.start(key, report -> check(disks, report));
        Optional<WorkState> state = works.work(key);
        if (state.isEmpty() || !state.get().ended()) {
            return new Working(Math.max(0, state.map(WorkState::percent).orElse(0)), "Its content is being checked.");
        }
        works.forget(key);
        waiting.remove(key);
        return state.get().failure().map(Stock::failed).orElseGet(() -> new Ready(disks));
    }

    private void check(List<ImageContent> disks, IntConsumer report) throws IOException, InterruptedException {
        long total =
                Math.max(1, disks.stream().mapToLong(ImageContent::sizeBytes).sum());
        long[] before = {0};
        for (ImageContent disk : disks) {
            Kept kept = ((StoredContent) disk).kept();
            Sha256 is = Digests.of(
                    contents,
                    kept.item(),
                    read -> report.accept((int) Math.min(100, (before[0] + read) * 100 / total)));
            if (!is.equals(kept.sha256())) {
                throw ImageProblem.CHECKSUM.because(
                        "The content of disk %d in the store was damaged: its checksum is %s, and was %s. It is not sent"
                                + " anywhere; the operator looks after the disk, and the image is made anew.",
                        kept.disk(), is, kept.sha256());
            }
            before[0] += kept.sizeBytes();
        }
    }
}
