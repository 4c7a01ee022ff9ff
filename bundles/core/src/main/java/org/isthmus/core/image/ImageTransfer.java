// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Steps;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Outage;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.Imported;
import org.isthmus.store.Tx;

/**
 * Brings an image to the endpoints of a location: its content is fetched from a copy where it is not here (from another
 * copy when that one's endpoint goes away, or gives nothing), converted to a format that they take, checked, and given to
 * those that keep images of their own. Undone, it leaves none of the copies that it was to make; content that came whole
 * stays, it is the image's own.
 */
public final class ImageTransfer implements Process {
    public static final String TYPE = "image.transfer";
    /** A large disk over a thin line, or a slow conversion. */
    public static final Duration LONGEST = Duration.ofHours(24);

    /** In its memory: the endpoints that will have a copy, with blanks between them. */
    static final String COPIES = "copies";
    /** The endpoints that only need its content here. */
    static final String OTHERS = "others";

    static final String LOCATION = "location";

    /** The endpoint whose copy is read. */
    private static final String FROM = "from";
    /** Endpoints that went away while their copies were read, and how many. */
    private static final String LEFT = "left.";

    private static final String GIVEN_UP = "givenUp";
    /** The endpoint whose copy is read instead, as soon as the reading of the other one is abandoned. */
    private static final String LEAVING = "leaving";
    /** Since when the copy that is read cannot be, on and off, and how many bytes were here then. */
    private static final String STUCK_SINCE = "stuckSince";

    private static final String STUCK_AT = "stuckAt";

    private static final String REF = "ref.";
    private static final String COPYING = "copy-";
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofSeconds(2);

    /** What is done, in order. */
    public enum Step {
        /** Its content is read out of a copy, where it is not here. */
        FETCH,
        /** It is converted to what the endpoints take. */
        CONVERT,
        /** What will be sent is read again, and has the checksum it should have. */
        CHECK,
        /** The endpoints that keep images get it. */
        COPY
    }

    private final Tx tx;
    private final ImageStore images;
    private final ImageParts parts;
    private final Intake intake;
    private final Stock stock;
    private final EndpointStore endpoints;
    private final Drivers drivers;
    private final Leftovers leftovers;

    public ImageTransfer(
            Tx tx,
            ImageStore images,
            ImageParts parts,
            Intake intake,
            Stock stock,
            EndpointStore endpoints,
            Drivers drivers,
            Leftovers leftovers) {
        this.tx = tx;
        this.endpoints = endpoints;
        this.images = images;
        this.parts = parts;
        this.intake = intake;
        this.stock = stock;
        this.drivers = drivers;
        this.leftovers = leftovers;
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
        return LONGEST;
    }

    private static ImageId id(Run run) {
        return new ImageId(run.subject().id());
    }

    private Image image(Run run) {
        return tx.read(() -> images.find(id(run))).orElseThrow(() -> ImageStore.absent(Ref.of(id(run))));
    }

    private static List<EndpointId> endpoints(Run run, String key) {
        return run.get(key).filter(text -> !text.isEmpty()).stream()
                .flatMap(text -> Arrays.stream(text.split(" ")))
                .map(EndpointId::new)
                .toList();
    }

    @Override
    public StepOutcome run(Run run, String step) {
        return Outage.bounded(run, () -> switch (Step.valueOf(step)) {
            case FETCH -> fetch(run);
            case CONVERT -> convert(run);
            case CHECK -> check(run);
            case COPY -> copy(run);
        });
    }

    private StepOutcome fetch(Run run) {
        ImageId image = id(run);
        if (tx.read(() -> parts.here(image))) {
            return StepOutcome.done(change -> images.fetchesNoMore(image, run.id()));
        }
        if (run.get(LEAVING).isPresent()) {
            return instead(run, image);
        }
        Optional<String> fetching = tx.read(() -> images.fetchedBy(image)).map(Object::toString);
        if (fetching.isEmpty()
                && tx.read(() -> images.find(image))
                        .filter(found -> found.state() == ImageState.READY)
                        .isEmpty()) {
            return StepOutcome.fail("Its image " + image + " was deleted meanwhile.");
        }
        List<ImageParts.Copy> ready = tx.read(() -> parts.copies(image)).stream()
                .filter(copy -> copy.state() == CopyState.READY)
                .toList();
        if (ready.isEmpty()) {
            return StepOutcome.fail("Its content is neither here nor at any endpoint.");
        }
        Optional<ImageParts.Copy> from = run.get(FROM).flatMap(endpoint -> ready.stream()
                .filter(copy -> copy.endpoint().value().equals(endpoint))
                .findFirst());
        if (fetching.isEmpty()) {
            run.put(FROM, from.orElseGet(() -> best(ready)).endpoint().value());
            return new StepOutcome.Again(Duration.ZERO, 0, "", change -> images.fetches(image, run.id()));
        }
        if (!fetching.get().equals(run.id().value())) {
            return StepOutcome.again(LATER, "Operation " + fetching.get() + " brings its content here.");
        }
        if (from.isEmpty()) {
            // its endpoint was unlinked
            run.put(
                    LEAVING,
                    another(run, ready).orElseGet(() -> best(ready)).endpoint().value());
            return instead(run, image);
        }
        try {
            return read(run, image, from.get());
        } catch (DriverAway | DriverException e) {
            if (e instanceof DriverException said && said.kind() != DriverException.Kind.UNAVAILABLE) {
                throw e;
            }
            return unread(run, image, from.get().endpoint(), another(run, ready), e);
        }
    }

    private StepOutcome unread(
            Run run, ImageId image, EndpointId from, Optional<ImageParts.Copy> next, RuntimeException why) {
        boolean given;
        try {
            given = isStuck(run, image) || drivers.isDown(from);
        } catch (IOException e) {
            return StepOutcome.again(LATER, "How much came of its content cannot be seen: " + e);
        }
        if (given && next.isPresent()) {
            run.put(LEAVING, next.get().endpoint().value());
            return instead(run, image);
        }
        if (next.isPresent() && why instanceof DriverAway) {
            // as one that is thrown, but since when it is away is kept
            return new StepOutcome.Again(LATER, -1, String.valueOf(why.getMessage()), change -> {}, true);
        }
        throw why;
    }

    /**
     * True when nothing has come of the copy for {@link Outage#LONGEST} since it could not be read. Answers in between do not
     * count, only bytes do: where the data's way is broken, an endpoint may go on to answer that it is about to send them.
     */
    private boolean isStuck(Run run, ImageId image) throws IOException {
        long here = intake.bytes(image);
        boolean came = run.get(STUCK_AT)
                .map(Long::parseLong)
                .filter(then -> here <= then)
                .isEmpty();
        if (came) {
            run.put(STUCK_AT, String.valueOf(here));
            run.put(STUCK_SINCE, run.now().toString());
        }
        Instant since = run.get(STUCK_SINCE).map(Instant::parse).orElseThrow();
        return !run.now().isBefore(since.plus(Outage.LONGEST));
    }

    private ImageParts.Copy best(List<ImageParts.Copy> ready) {
        return up(ready).findFirst().orElse(ready.get(0));
    }

    /** One to read instead of the one that is read, which was not left before. */
    private Optional<ImageParts.Copy> another(Run run, List<ImageParts.Copy> ready) {
        String from = run.get(FROM).orElse("");
        return up(ready)
                .filter(copy -> run.get(LEFT + copy.endpoint()).isEmpty()
                        && !copy.endpoint().value().equals(from))
                .findFirst();
    }

    /** Those whose endpoint is not known to be away. */
    private Stream<ImageParts.Copy> up(List<ImageParts.Copy> copies) {
        Set<EndpointId> down = tx.read(() ->
                endpoints.down(copies.stream().map(ImageParts.Copy::endpoint).toList()));
        return copies.stream()
                .filter(copy -> !down.contains(copy.endpoint()))
                .filter(copy -> drivers.away(copy.endpoint()).isEmpty());
    }

    /** What came of one copy is no beginning of what comes of another, which may be in another format. */
    private StepOutcome instead(Run run, ImageId image) {
        int givenUp = givenUp(run) + 1;
        EndpointId from = new EndpointId(run.get(FROM).orElseThrow());
        String next = run.get(LEAVING).orElseThrow();
        StepOutcome left = reading(run, image, from)
                .map(reading -> leftovers.removedOrLeft(run, "leave-" + givenUp, reading))
                .orElseGet(StepOutcome::done);
        if (!(left instanceof StepOutcome.Done done)) {
            return left;
        }
        try {
            intake.discard(image);
        } catch (IOException e) {
            return StepOutcome.again(LATER, "What came of its content could not be removed: " + e);
        }
        run.put(LEFT + from, "yes");
        run.put(FROM, next);
        run.put(GIVEN_UP, String.valueOf(givenUp));
        List.of(LEAVING, STUCK_SINCE, STUCK_AT).forEach(run::remove);
        return new StepOutcome.Again(
                Duration.ZERO, 0, "Its copy at endpoint " + next + " is read instead.", done.effect());
    }

    /** The reading of a copy; empty when that is gone, and its endpoint was unlinked. */
    private Optional<Leftovers.Leftover> reading(Run run, ImageId image, EndpointId from) {
        return tx.read(() -> parts.copy(image, from))
                .flatMap(ImageParts.Copy::ref)
                .map(ref -> Leftovers.reading(from, run.call(fetching(run)), ref));
    }

    private static int givenUp(Run run) {
        return run.get(GIVEN_UP).map(Integer::parseInt).orElse(0);
    }

    /** Each copy is read by a wish of its own. */
    private static String fetching(Run run) {
        int givenUp = givenUp(run);
        return givenUp == 0 ? "fetch" : "fetch-" + givenUp;
    }

    private StepOutcome read(Run run, ImageId image, ImageParts.Copy from) {
        String ref = from.ref().orElseThrow();
        String wish = fetching(run);
        Progress<Void> answer = drivers.facet(
                from.endpoint(),
                ImageExport.class,
                all -> all.exportImage(run.call(wish), ref, Optional.empty(), intake.sink(image)));
        return run.outcome(wish, answer, none -> {
            Optional<String> wrong = intake.wrong(image);
            return wrong.isPresent()
                    ? StepOutcome.fail(wrong.get())
                    : StepOutcome.done(change -> {
                        intake.settle(image);
                        images.fetchesNoMore(image, run.id());
                    });
        });
    }

    private List<ImageContent.Format> takes(EndpointId endpoint) {
        List<ImageContent.Format> formats = drivers.compute(endpoint, ComputeDriver::formats);
        // one that makes no servers of content may still make images of it
        return formats.isEmpty()
                ? List.of(ImageContent.Format.VMDK, ImageContent.Format.QCOW2, ImageContent.Format.RAW)
                : formats;
    }

    private StepOutcome convert(Run run) {
        for (String key : List.of(COPIES, OTHERS)) {
            for (EndpointId endpoint : endpoints(run, key)) {
                StepOutcome outcome = waiting(stock.contents(id(run), takes(endpoint), run.id()), SOON);
                if (!(outcome instanceof StepOutcome.Done)) {
                    return outcome;
                }
            }
        }
        return StepOutcome.done();
    }

    static StepOutcome waiting(Stock.Answer answer, Duration after) {
        if (answer instanceof Stock.Working working) {
            return working.percent() < 0
                    ? StepOutcome.again(LATER, working.why())
                    : StepOutcome.again(after, working.percent());
        }
        return answer instanceof Stock.Nothing nothing ? StepOutcome.fail(nothing.why()) : StepOutcome.done();
    }

    /** What goes to each endpoint; of those that take the same it is the same. */
    private Map<EndpointId, Stock.Answer> contents(Run run) {
        Map<EndpointId, Stock.Answer> contents = new LinkedHashMap<>();
        for (EndpointId endpoint : endpoints(run, COPIES)) {
            contents.put(endpoint, stock.contents(id(run), takes(endpoint), run.id()));
        }
        return contents;
    }

    private StepOutcome check(Run run) {
        Map<String, ImageContent> once = new LinkedHashMap<>();
        for (Stock.Answer answer : contents(run).values()) {
            if (!(answer instanceof Stock.Ready ready)) {
                return StepOutcome.back(Step.CONVERT.name(), "Its content was removed again.", change -> {});
            }
            ready.disks().forEach(disk -> once.put(disk.sha256().hex(), disk));
        }
        return once.isEmpty() ? StepOutcome.done() : waiting(stock.checked(List.copyOf(once.values()), run.id()), SOON);
    }

    private StepOutcome copy(Run run) {
        Image image = image(run);
        List<EndpointId> all = endpoints(run, COPIES);
        for (int i = 0; i < all.size(); i++) {
            EndpointId endpoint = all.get(i);
            if (run.get(REF + i).isPresent()) {
                continue;
            }
            Stock.Answer answer = stock.contents(image.id(), takes(endpoint), run.id());
            if (!(answer instanceof Stock.Ready ready)) {
                return StepOutcome.back(Step.CONVERT.name(), "Its content was removed again.", change -> {});
            }
            ImageSpec spec =
                    new ImageSpec(image.id(), image.name(), tx.read(() -> parts.machine(image)), ready.disks());
            String wish = COPYING + i;
            String ref = REF + i;
            Progress<Imported> progress =
                    drivers.facet(endpoint, ImageImport.class, images -> images.importImage(run.call(wish), spec));
            StepOutcome outcome = run.outcome(wish, progress, made -> {
                run.put(ref, made.ref());
                return StepOutcome.done();
            });
            if (!(outcome instanceof StepOutcome.Done)) {
                return share(outcome, i, all.size());
            }
        }
        return StepOutcome.done(change -> {
            for (int i = 0; i < all.size(); i++) {
                parts.made(image.id(), all.get(i), run.get(REF + i).orElseThrow(), size(image.id()));
            }
        });
    }

    /** Of several endpoints each is its share of the whole. */
    private static StepOutcome share(StepOutcome outcome, int done, int of) {
        return outcome instanceof StepOutcome.Again again && again.percent() >= 0
                ? StepOutcome.again(again.after(), (done * 100 + again.percent()) / of)
                : outcome;
    }

    private Optional<Long> size(ImageId image) {
        return Optional.of(
                parts.disks(image).stream().mapToLong(Long::longValue).sum());
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case CONVERT, CHECK -> {
                stock.leave(run.id());
                yield StepOutcome.done();
            }
            case FETCH -> undoFetch(run);
            case COPY -> undoCopy(run);
        };
    }

    private StepOutcome undoFetch(Run run) {
        ImageId image = id(run);
        boolean mine =
                tx.read(() -> images.fetchedBy(image)).filter(run.id()::equals).isPresent();
        if (!mine) {
            return StepOutcome.done();
        }
        EndpointId from = new EndpointId(run.get(FROM).orElseThrow());
        StepOutcome abandoned = reading(run, image, from)
                .map(reading -> leftovers.removed(run, "undo-fetch", reading))
                .orElseGet(StepOutcome::done);
        if (!(abandoned instanceof StepOutcome.Done)) {
            return abandoned;
        }
        try {
            if (!tx.read(() -> parts.here(image))) {
                intake.discard(image);
            }
        } catch (IOException e) {
            return StepOutcome.again(LATER, "What came of its content could not be removed: " + e);
        }
        return abandoned;
    }

    private StepOutcome undoCopy(Run run) {
        ImageId image = id(run);
        List<EndpointId> all = endpoints(run, COPIES);
        for (int i = 0; i < all.size(); i++) {
            EndpointId endpoint = all.get(i);
            String wish = "undo-copy-" + i;
            if (run.get(wish).isPresent()) {
                continue;
            }
            Optional<String> ref = run.get(REF + i);
            StepOutcome outcome =
                    leftovers.removed(run, wish, Leftovers.imported(endpoint, run.call(COPYING + i), image, ref));
            if (!(outcome instanceof StepOutcome.Done done)) {
                return outcome;
            }
            // another endpoint's turn: this one is not asked again
            run.put(wish, "done");
            return new StepOutcome.Again(Duration.ZERO, -1, "", done.effect());
        }
        return StepOutcome.done();
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        ImageId image = id(run);
        Subject subject = Subject.of("image", image);
        images.fetchesNoMore(image, run.id());
        Map<String, String> data = Map.of(
                "name",
                images.find(image).map(found -> found.name().value()).orElse(""),
                "location",
                run.get(LOCATION).orElse(""));
        if (end == Ending.SUCCEEDED) {
            change.event("image.transferred", subject, data);
        } else {
            endpoints(run, COPIES).forEach(endpoint -> parts.forget(image, endpoint));
            change.event("image.transfer-failed", subject, data);
        }
    }
}
