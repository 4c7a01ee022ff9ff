// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Steps;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.ImageParts.Kept;
import org.isthmus.core.image.disk.DiskFormat;
import org.isthmus.core.location.Works;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.store.Tx;

/** Checks an uploaded image: its checksum, and that it is a disk that can be started. What fails is removed. */
public final class ImageCheck implements Process {
    public static final String TYPE = "image.check";

    private static final String SHA256 = "sha256";
    private static final String WHY = "why";
    private static final String PACKED = "packed";

    /** What is done, in order. */
    public enum Step {
        /** Reads all of it, on a thread of its own: it can be large. */
        READ,
        /** Compares, and looks at the format. */
        JUDGE,
        /** Takes the disks out of an OVA, and makes qcow2 of what hypervisors do not start from. */
        UNPACK
    }

    private final Tx tx;
    private final ImageStore images;
    private final ImageParts parts;
    private final Contents contents;
    private final Works works;
    private final Works converters;
    private final Unpacking unpacking;
    /** What reading came to, until the step that waits for it takes it; lost with the process, and read again then. */
    private final Map<String, Sha256> digests = new ConcurrentHashMap<>();
    /** The same of unpacking. */
    private final Map<String, Unpacking.Unpacked> unpacked = new ConcurrentHashMap<>();

    /**
     * The check.
     *
     * @param works reads contents
     * @param converters unpacks and converts them: slow, and few at once
     */
    public ImageCheck(
            Tx tx,
            ImageStore images,
            ImageParts parts,
            Contents contents,
            Works works,
            Works converters,
            Unpacking unpacking) {
        this.tx = tx;
        this.images = images;
        this.parts = parts;
        this.contents = contents;
        this.works = works;
        this.converters = converters;
        this.unpacking = unpacking;
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

    private Image image(Run run) {
        ImageId id = new ImageId(run.subject().id());
        return tx.read(() -> images.find(id)).orElseThrow(() -> ImageStore.absent(Ref.of(id)));
    }

    @Override
    public StepOutcome run(Run run, String step) {
        Image image = image(run);
        return switch (Step.valueOf(step)) {
            case READ -> read(run, image);
            case JUDGE -> judge(run, image);
            case UNPACK -> run.get(PACKED).isPresent() ? unpack(run, image) : StepOutcome.done();
        };
    }

    private StepOutcome read(Run run, Image image) {
        String key = run.id().value();
        works.start(key, report -> digests.put(key, digest(image, report)));
        WorkState state = works.work(key).orElseThrow();
        if (!state.ended()) {
            return StepOutcome.again(Duration.ofMillis(500), Math.max(0, state.percent()));
        }
        works.forget(key);
        Sha256 digest = digests.remove(key);
        if (digest == null) {
            // the thread or the disk failed, not the image: it is read again
            return StepOutcome.again(
                    Duration.ofSeconds(2),
                    "The content could not be read: "
                            + state.failure().map(Throwable::toString).orElse("the reading was lost"));
        }
        run.put(SHA256, digest.hex());
        return StepOutcome.done();
    }

    private Sha256 digest(Image image, IntConsumer report) throws IOException, InterruptedException {
        long total = Math.max(1, image.uploadOffset());
        return Digests.of(
                contents, Item.uploaded(image.id()), read -> report.accept((int) Math.min(100, read * 100 / total)));
    }

    private StepOutcome judge(Run run, Image image) {
        Sha256 sha256 = new Sha256(run.get(SHA256).orElseThrow());
        if (image.wanted().isPresent() && !image.wanted().get().equals(sha256)) {
            return bad(
                    run,
                    "The content has the checksum " + sha256 + ", and should have "
                            + image.wanted().get()
                            + ". It was damaged on its way, or that is another file's: delete the image and make it again.");
        }
        try {
            long size = contents.size(Item.uploaded(image.id()));
            if (Unpacking.isPacked(head(image))) {
                run.put(PACKED, "yes");
                return StepOutcome.done();
            }
            DiskFormat format = DiskFormat.of(size, offset -> contents.open(Item.uploaded(image.id()), offset));
            if (format.format() == ImageContent.Format.VMDK) {
                run.put(PACKED, "yes");
                return StepOutcome.done();
            }
            unpacking.requireFits(format.virtualBytes());
            Images.Format is = Images.Format.valueOf(format.format().name());
            return StepOutcome.done(change -> {
                images.found(image.id(), is, sha256, format.virtualBytes());
                parts.disks(image.id(), List.of(format.virtualBytes()));
                parts.keep(new Kept(image.id(), 0, is, Item.uploaded(image.id()), sha256, size, true));
            });
        } catch (ProblemException e) {
            return bad(run, e.getMessage());
        } catch (IOException e) {
            return StepOutcome.again(Duration.ofSeconds(2), "The content could not be read: " + e);
        }
    }

    private StepOutcome unpack(Run run, Image image) {
        String key = run.id().value();
        converters.start(key, report -> unpacked.put(key, unpacking.unpack(image.id(), report)));
        WorkState state = converters.work(key).orElseThrow();
        if (!state.ended()) {
            return StepOutcome.again(Duration.ofMillis(500), Math.max(0, state.percent()));
        }
        converters.forget(key);
        Unpacking.Unpacked made = unpacked.remove(key);
        if (made == null) {
            Exception failure = state.failure().orElse(null);
            if (failure instanceof ProblemException wrong) {
                return bad(run, String.valueOf(wrong.getMessage()));
            }
            if (failure instanceof RuntimeException && !(failure instanceof UncheckedIOException)) {
                // the same bytes would break it again
                return bad(run, "It cannot be unpacked: " + failure);
            }
            return StepOutcome.again(
                    Duration.ofSeconds(2),
                    "The content could not be unpacked: "
                            + state.failure().map(Throwable::toString).orElse("the unpacking was lost"));
        }
        return StepOutcome.done(change -> {
            parts.disks(image.id(), made.virtualBytes());
            made.disks().forEach(parts::keep);
            made.shape().ifPresent(shape -> parts.shape(image.id(), Intake.shape(shape)));
            Kept boot = made.disks().get(0);
            images.found(
                    image.id(),
                    boot.format(),
                    boot.sha256(),
                    made.virtualBytes().get(0));
            tx.afterCommit(() -> unpacking.tidy(image.id()));
        });
    }

    private byte[] head(Image image) throws IOException {
        try (InputStream content = contents.open(Item.uploaded(image.id()), 0)) {
            return content.readNBytes(DiskFormat.HEAD);
        }
    }

    /** It fails, and the image says why. */
    static StepOutcome bad(Run run, String why) {
        run.put(WHY, why);
        return StepOutcome.fail(why);
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case JUDGE -> StepOutcome.done();
            case UNPACK -> {
                converters.forget(run.id().value());
                unpacked.remove(run.id().value());
                yield StepOutcome.done();
            }
            case READ -> {
                works.forget(run.id().value());
                try {
                    contents.deleteAll(new ImageId(run.subject().id()));
                    yield StepOutcome.done();
                } catch (IOException e) {
                    yield StepOutcome.again(Duration.ofSeconds(2), "The content could not be removed: " + e);
                }
            }
        };
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        ImageId id = new ImageId(run.subject().id());
        if (end == Ending.SUCCEEDED) {
            Image image = images.moveTo(id, ImageState.READY, Optional.empty());
            change.event(
                    "image.ready",
                    image.subject(),
                    Map.of(
                            "name",
                            image.name().value(),
                            "sha256",
                            image.sha256().orElseThrow().hex()));
        } else {
            String why = run.get(WHY).orElse("It did not come to an end; operation " + run.id() + " says why.");
            Image image = images.moveTo(id, ImageState.FAILED, Optional.of(why));
            change.event(
                    "image.failed", image.subject(), Map.of("name", image.name().value(), "reason", why));
        }
    }
}
