// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.Steps;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.Download.Version;
import org.isthmus.core.location.Works;
import org.isthmus.core.operation.Outage;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.outward.Outward;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;

/**
 * Fetches an image's content from an address, and then does with it what is done with an upload. Broken off, it goes on where it
 * was while the other side still has the same version, and begins anew where it has not, or has no ETag. The address can hold
 * somebody's token: it is kept sealed, for as long as it is needed, and stands in no reason and no log.
 */
public final class ImageFetch implements Process {
    public static final String TYPE = "image.fetch";

    private static final String URL = "url";
    /** Whose bytes are here, as far as the image's row says. */
    private static final String TAG = "tag";

    private static final String SIZE = "size";
    /** How far it was when it last broke off. */
    private static final String REACHED = "reached";

    private static final String FETCH = "fch.";
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(2);
    private static final Duration LEASED = Duration.ofMinutes(1);

    /** What is done, in order. */
    public enum Step {
        /** The content comes, on a thread of its own. */
        FETCH,
        /** As in {@code image.check}. */
        READ,
        JUDGE,
        UNPACK
    }

    private final Tx tx;
    private final ImageStore images;
    private final Contents contents;
    private final Works fetchers;
    private final Leases leases;
    private final String holder;
    private final Download download;
    private final Seal seal;
    private final ImageCheck check;
    private final long mostBytes;
    /** What is being read just now, by operation: a version is kept before it is gone on with. */
    private final Map<String, Version> versions = new ConcurrentHashMap<>();

    /**
     * The fetching.
     *
     * @param fetchers waits for strangers: nobody else's work waits for it
     * @param holder what this run of this controller is called where it holds a lease
     * @param mostBytes largest content of one image
     */
    public ImageFetch(
            Tx tx,
            ImageStore images,
            Contents contents,
            Works fetchers,
            Leases leases,
            String holder,
            Outward outward,
            Seal seal,
            ImageCheck check,
            long mostBytes) {
        this.tx = tx;
        this.images = images;
        this.contents = contents;
        this.fetchers = fetchers;
        this.leases = leases;
        this.holder = holder;
        this.download = new Download(outward);
        this.seal = seal;
        this.check = check;
        this.mostBytes = mostBytes;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public List<String> steps() {
        return Steps.of(Step.class);
    }

    @Override
    public Duration longest() {
        return Duration.ofHours(24);
    }

    private static ImageId id(Run run) {
        return new ImageId(run.subject().id());
    }

    private static String place(ImageId image) {
        return "image/" + image;
    }

    /** What the operation is begun with. */
    static Map<String, String> memo(Seal seal, ImageId image, Secret url) {
        return Map.of(URL, seal.seal(url, place(image)));
    }

    @Override
    public StepOutcome run(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case FETCH -> fetch(run);
            case READ, JUDGE, UNPACK -> check.run(run, step);
        };
    }

    private StepOutcome fetch(Run run) {
        String key = run.id().value();
        ImageId image = id(run);
        Optional<Lease> lease = leases.hold(FETCH + image, holder, LEASED);
        if (lease.isEmpty()) {
            return StepOutcome.again(LATER, "Another controller fetches it.");
        }
        Optional<Version> known =
                run.get(TAG).map(tag -> new Version(Long.parseLong(run.get(SIZE).orElseThrow()), tag));
        Secret url = seal.open(run.get(URL).orElseThrow(), place(image));
        fetchers.start(key, report -> read(key, image, url, known, lease.get(), report));
        Optional.ofNullable(versions.get(key)).ifPresent(version -> {
            run.put(TAG, version.tag());
            run.put(SIZE, String.valueOf(version.sizeBytes()));
        });
        WorkState state = fetchers.work(key).orElseThrow();
        if (!state.ended()) {
            return StepOutcome.again(SOON, Math.max(0, state.percent()));
        }
        forget(key);
        if (state.failure().isPresent()) {
            return failed(run, state.failure().get());
        }
        leases.release(lease.get());
        run.remove(URL);
        return StepOutcome.done();
    }

    private void forget(String key) {
        fetchers.forget(key);
        versions.remove(key);
    }

    private StepOutcome failed(Run run, Exception failure) {
        if (failure instanceof ProblemException) {
            return ImageCheck.bad(run, String.valueOf(failure.getMessage()));
        }
        // others come from a controller that is just ending, or began anew while the last one's thread still held the
        // file
        String why = failure instanceof IOException broken
                ? Download.why(broken)
                : "It broke off: " + failure.getClass().getSimpleName() + ".";
        if (Outward.isFinal(failure)) {
            return ImageCheck.bad(run, "The content cannot be fetched. " + why);
        }
        if (failure instanceof Download.Changed) {
            run.remove(TAG);
            run.remove(SIZE);
        }
        long reached = image(id(run)).uploadOffset();
        if (reached > run.get(REACHED).map(Long::parseLong).orElse(0L)) {
            // something came since: what is over there is no longer away
            Outage.over(run);
        }
        run.put(REACHED, String.valueOf(reached));
        return Outage.isOver(run)
                ? ImageCheck.bad(run, "The content could not be fetched for " + Outage.LONGEST + ". " + why)
                : StepOutcome.again(Outage.pause(run), why);
    }

    private Image image(ImageId id) {
        return tx.read(() -> images.find(id)).orElseThrow(() -> ImageStore.absent(Ref.of(id)));
    }

    /** On its own thread. */
    private void read(String key, ImageId id, Secret url, Optional<Version> known, Lease lease, IntConsumer report)
            throws IOException {
        Image image = image(id);
        Item item = Item.uploaded(id);
        long here = known.isPresent() && contents.size(item) >= image.uploadOffset() ? image.uploadOffset() : 0;
        if (here > 0 && image.complete()) {
            return;
        }
        try (Download.Part part = download.open(url.reveal(), known, here)) {
            requireRoom(part);
            long[] recorded = {part.from()};
            if (part.from() == 0) {
                written(lease, () -> images.anew(id, part.sizeBytes()));
                part.version().ifPresent(version -> versions.put(key, version));
            }
            InputStream body = new Watched(part, report);
            long end = contents.write(item, part.from(), part.sizeBytes() - part.from(), body, upTo -> {
                written(lease, () -> images.advance(id, recorded[0], upTo));
                recorded[0] = upTo;
            });
            if (end < part.sizeBytes()) {
                throw new Download.Away("It ended after " + end + " of " + part.sizeBytes() + " bytes.");
            }
        }
    }

    /** Of several controllers one writes: who lost its lease, or whose image is not wanted any more, does not. */
    private void written(Lease lease, BooleanSupplier change) throws IOException {
        boolean wanted = tx.retrying(() -> {
            leases.fence(lease);
            return change.getAsBoolean();
        });
        if (!wanted) {
            throw new Download.Away("It is not wanted here any more.");
        }
    }

    private void requireRoom(Download.Part part) throws IOException {
        if (part.sizeBytes() > mostBytes) {
            throw Problem.TOO_LARGE.because("An image has at most %d bytes here; the operator sets that.", mostBytes);
        }
        long left = part.sizeBytes() - part.from();
        if (contents.free() < left) {
            throw ImageProblem.NO_SPACE.because(
                    "%d bytes are to come, and there is space for %d.", left, contents.free());
        }
    }

    /** Says how far it is, and ends when it is called off. */
    private static final class Watched extends FilterInputStream {
        private final long size;
        private final IntConsumer report;
        private long at;

        Watched(Download.Part part, IntConsumer report) {
            super(part.body());
            this.size = part.sizeBytes();
            this.at = part.from();
            this.report = report;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("The fetching was called off.");
            }
            int got = in.read(bytes, from, length);
            at += Math.max(0, got);
            report.accept((int) (at * 100 / size));
            return got;
        }
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case FETCH -> {
                forget(run.id().value());
                leases.hold(FETCH + id(run), holder, LEASED).ifPresent(leases::release);
                run.remove(URL);
                yield check.undo(run, Step.READ.name());
            }
            case READ, JUDGE, UNPACK -> check.undo(run, step);
        };
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        check.ended(run, end, change);
    }
}
