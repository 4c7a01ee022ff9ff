// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Clock;
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
import org.isthmus.core.outward.Refusal;
import org.isthmus.core.outward.Watch;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches an image's content from an address, and then does with it what is done with an upload. Broken off, it goes on where it
 * was while the other side still has the same version, and begins anew where it has not, or has no ETag. The address can hold
 * somebody's token: it is kept sealed, for as long as it is needed, and stands in no reason and no log.
 */
public final class ImageFetch implements Process {
    public static final String TYPE = "image.fetch";
    /** So many a controller fetches at once, each on a thread of its own. */
    public static final int AT_ONCE = 4;

    private static final Logger LOG = LoggerFactory.getLogger(ImageFetch.class);
    /** Of those so many are one organization's: its servers may be slow, and others have theirs. */
    private static final int MOST_OF_ONE = 2;

    private static final String URL = "url";
    /** Whose bytes are here, as far as the image's row says. */
    private static final String TAG = "tag";

    private static final String SIZE = "size";
    /** How far it was when something last came of it; some bytes now and then are nothing. */
    private static final String REACHED = "reached";

    private static final String FETCH = "fch.";
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(2);

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
    private final Watch watch;
    private final Clock clock;
    private final Seal seal;
    private final ImageCheck check;
    private final long mostBytes;
    private final Map<OperationId, Piece> pieces = new ConcurrentHashMap<>();

    /** What a thread of this controller reads for an operation, or has read until somebody asks. */
    private static final class Piece {
        /** In it the lease's fence: what was read under an older one says nothing of what is here. */
        private final String key;

        private final OrganizationId organization;
        private final Lease lease;
        private final Watch.Line line;
        /** Which one is read; kept before it is gone on with. */
        private volatile Optional<Version> version = Optional.empty();

        private volatile long toCome;

        Piece(Run run, Lease lease, Watch.Line line) {
            this.key = key(run, lease);
            this.organization = run.organization();
            this.lease = lease;
            this.line = line;
        }

        static String key(Run run, Lease lease) {
            return run.id() + "." + lease.fence();
        }
    }

    /**
     * The fetching.
     *
     * @param fetchers waits for strangers: nobody else's work waits for it
     * @param holder what this run of this controller is called where it holds a lease
     * @param watch of the connections
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
            Watch watch,
            Clock clock,
            Seal seal,
            ImageCheck check,
            long mostBytes) {
        this.tx = tx;
        this.images = images;
        this.contents = contents;
        this.fetchers = fetchers;
        this.leases = leases;
        this.holder = holder;
        this.download = new Download(outward, Download.Pace.USUAL);
        this.watch = watch;
        this.clock = clock;
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
        ImageId image = id(run);
        Optional<Lease> lease = leases.hold(FETCH + image, holder, Held.LENGTH);
        if (lease.isEmpty()) {
            return StepOutcome.again(LATER, "Another controller fetches it.");
        }
        Optional<Piece> mine = piece(run, lease.get());
        if (mine.isEmpty()) {
            // another controller may have a thread for it
            leases.release(lease.get());
            // nobody over there was asked meanwhile
            Outage.over(run);
            return new StepOutcome.Again(LATER, -1, "It waits for its turn.", change -> {}, true);
        }
        Piece piece = mine.get();
        Optional<Version> known =
                run.get(TAG).map(tag -> new Version(Long.parseLong(run.get(SIZE).orElseThrow()), tag));
        Secret url = seal.open(run.get(URL).orElseThrow(), place(image));
        fetchers.start(piece.key, report -> read(piece, image, url, known, report));
        WorkState state = fetchers.work(piece.key).orElseThrow();
        piece.version.ifPresent(version -> {
            run.put(TAG, version.tag());
            run.put(SIZE, String.valueOf(version.sizeBytes()));
        });
        if (!state.ended()) {
            return new StepOutcome.Again(SOON, Math.max(0, state.percent()), "It is being fetched.", change -> {});
        }
        forget(run.id());
        if (state.failure().isPresent()) {
            return failed(run, state.failure().get());
        }
        if (!image(image).complete()) {
            return StepOutcome.again(SOON, "Not all of it is here.");
        }
        leases.release(lease.get());
        run.remove(URL);
        return StepOutcome.done();
    }

    /** What is read for it, or from now on will be; empty when too much is being read already. */
    private synchronized Optional<Piece> piece(Run run, Lease lease) {
        Piece before = pieces.get(run.id());
        if (before != null && before.key.equals(Piece.key(run, lease))) {
            return Optional.of(before);
        }
        forget(run.id());
        List<Piece> busy = pieces.values().stream().filter(this::isBusy).toList();
        long ofThisOne = busy.stream()
                .filter(each -> each.organization.equals(run.organization()))
                .count();
        if (busy.size() >= AT_ONCE || ofThisOne >= MOST_OF_ONE) {
            return Optional.empty();
        }
        Piece piece = new Piece(run, lease, watch.line());
        pieces.put(run.id(), piece);
        return Optional.of(piece);
    }

    private boolean isBusy(Piece piece) {
        // what is not yet begun is about to be
        return fetchers.work(piece.key).filter(WorkState::ended).isEmpty();
    }

    private void forget(OperationId operation) {
        Piece piece = pieces.remove(operation);
        if (piece != null) {
            piece.line.close();
            fetchers.forget(piece.key);
        }
    }

    private StepOutcome failed(Run run, Exception failure) {
        if (failure instanceof ProblemException problem && problem.type() != ImageProblem.NO_SPACE) {
            return ImageCheck.bad(run, String.valueOf(failure.getMessage()));
        }
        if (failure instanceof Refusal) {
            return ImageCheck.bad(run, "The content cannot be fetched. " + failure.getMessage());
        }
        String why = why(run, failure);
        if (failure instanceof Download.Changed) {
            run.remove(TAG);
            run.remove(SIZE);
            run.remove(REACHED);
            return StepOutcome.again(SOON, why);
        }
        long reached = image(id(run)).uploadOffset();
        long before = run.get(REACHED).map(Long::parseLong).orElse(0L);
        // less than before when it was begun anew
        if (Math.abs(reached - before) >= Download.Pace.USUAL.least()) {
            // something came since: what is over there is no longer away
            Outage.over(run);
            run.put(REACHED, String.valueOf(reached));
        }
        return Outage.isOver(run)
                ? ImageCheck.bad(run, "The content could not be fetched for " + Outage.LONGEST + ". " + why)
                : StepOutcome.again(Outage.pause(run), why);
    }

    private static String why(Run run, Exception failure) {
        if (failure instanceof Download.Away) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof IOException || failure instanceof ProblemException) {
            LOG.warn("The content of image {} that is fetched cannot be written: {}", id(run), failure.toString());
            return "The content could not be written here.";
        }
        // of a controller that is just ending, or that began anew while the last one's thread still held the file
        return "It broke off: " + failure.getClass().getSimpleName() + ".";
    }

    private Image image(ImageId id) {
        return tx.read(() -> images.find(id)).orElseThrow(() -> ImageStore.absent(Ref.of(id)));
    }

    /** On its own thread. */
    private void read(Piece piece, ImageId id, Secret url, Optional<Version> known, IntConsumer report)
            throws IOException {
        Image image = image(id);
        Item item = Item.uploaded(id);
        boolean there = contents.size(item) >= image.uploadOffset();
        if (there && image.complete()) {
            return;
        }
        long here = known.isPresent() && there ? image.uploadOffset() : 0;
        try (Download.Part part = download.open(url.reveal(), known, here, piece.line)) {
            requireRoom(piece, part);
            long[] recorded = {part.from()};
            if (part.from() == 0) {
                written(piece.lease, () -> images.anew(id, part.sizeBytes()));
                piece.version = part.version();
            }
            InputStream body = new Watched(part, piece, new Held(leases, piece.lease, clock), report);
            long end = contents.write(item, part.from(), part.sizeBytes() - part.from(), body, upTo -> {
                written(piece.lease, () -> images.advance(id, recorded[0], upTo));
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

    private synchronized void requireRoom(Piece piece, Download.Part part) throws IOException {
        if (part.sizeBytes() > mostBytes) {
            throw Problem.TOO_LARGE.because("An image has at most %d bytes here; the operator sets that.", mostBytes);
        }
        long left = part.sizeBytes() - part.from();
        long others = pieces.values().stream()
                .filter(each -> each != piece && isBusy(each))
                .mapToLong(each -> each.toCome)
                .sum();
        long free = Math.max(0, contents.free() - others);
        if (free < left) {
            throw new Download.Away(left + " bytes are to come, and there is space for " + free + ".");
        }
        piece.toCome = left;
    }

    /** Says how far it is, keeps the lease, and ends when that is lost or it is called off. */
    private static final class Watched extends FilterInputStream {
        private final long size;
        private final Piece piece;
        private final Held lease;
        private final IntConsumer report;
        private long at;

        Watched(Download.Part part, Piece piece, Held lease, IntConsumer report) {
            super(part.body());
            this.size = part.sizeBytes();
            this.at = part.from();
            this.piece = piece;
            this.lease = lease;
            this.report = report;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("The fetching was called off.");
            }
            if (!lease.still()) {
                throw new Download.Away("Another controller fetches it.");
            }
            int got = in.read(bytes, from, length);
            at += Math.max(0, got);
            piece.toCome = size - at;
            report.accept((int) (at * 100 / size));
            return got;
        }
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case FETCH -> {
                forget(run.id());
                // taken away: a thread of another controller ends when it is not the lease's any more
                leases.last(FETCH + id(run)).ifPresent(leases::release);
                leases.hold(FETCH + id(run), holder, Held.LENGTH).ifPresent(leases::release);
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
