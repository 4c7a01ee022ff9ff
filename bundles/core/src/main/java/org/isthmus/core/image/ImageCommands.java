// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.ChangeImage;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.ImageShape;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.image.Images.Upload;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Handling;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.image.Destinations.Destination;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.outward.Reach;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what is wished of images. */
public final class ImageCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ImageCommands.class);

    private final Tx tx;
    private final Ids ids;
    private final ImageStore images;
    private final ImageParts parts;
    private final LocationStore locations;
    private final Destinations destinations;
    private final Contents contents;
    private final Things things;
    private final OperationBook operations;
    private final CoreImages views;
    private final Function<ImageId, Optional<String>> needed;
    private final Capture capture;
    private final Reach reach;
    private final Seal seal;

    /** Makes images of servers. */
    public interface Capture {
        /** What is planned; the image is written by {@code insert}, MAKING, inside the transaction. */
        Plan<ImageView> plan(OrganizationView organization, OfServer source, Image image, Making making);

        /** The server that the wish names. */
        List<Resource> touches(OrganizationView organization, OfServer source);
    }

    /** Writes the image that is being made. */
    @FunctionalInterface
    public interface Making {
        ImageView made(Change change);
    }

    /**
     * Commands.
     *
     * @param needed which servers are being made of an image just now, in words; inside a transaction
     * @param reach from where images may be fetched
     */
    public ImageCommands(
            Tx tx,
            Ids ids,
            ImageStore images,
            ImageParts parts,
            LocationStore locations,
            Destinations destinations,
            Contents contents,
            OperationBook operations,
            CoreImages views,
            Function<ImageId, Optional<String>> needed,
            Capture capture,
            Reach reach,
            Seal seal) {
        this.tx = tx;
        this.ids = ids;
        this.images = images;
        this.parts = parts;
        this.locations = locations;
        this.destinations = destinations;
        this.contents = contents;
        this.things = new Things(tx);
        this.operations = operations;
        this.views = views;
        this.needed = needed;
        this.capture = capture;
        this.reach = reach;
        this.seal = seal;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(CreateImage.class, this::create, this::touched),
                new Handling<>(
                        ChangeImage.class,
                        this::change,
                        (organization, wish, department) -> things.named(organization, wish.about(), wish.tags())),
                new Handling<>(
                        DeleteImage.class,
                        this::delete,
                        (organization, wish, department) -> things.named(organization, wish.about(), Optional.empty())),
                new Handling<>(
                        TransferImage.class,
                        this::transfer,
                        (organization, wish, department) -> things.named(organization, wish.about(), Optional.empty())),
                new Handling<>(
                        ExportImage.class,
                        this::export,
                        (organization, wish, department) -> things.named(organization, wish.about(), Optional.empty())),
                new Handling<>(
                        FinishUpload.class,
                        this::finish,
                        (organization, wish, department) ->
                                things.named(organization, wish.about(), Optional.empty())));
    }

    private List<Resource> touched(OrganizationView organization, CreateImage wish, Optional<DepartmentId> department) {
        List<Resource> all = new ArrayList<>();
        all.add(Things.made(Things.Kind.IMAGE, Ref.of(wish.name()), wish.tags(), department));
        if (wish.source() instanceof OfServer server) {
            all.addAll(capture.touches(organization, server));
        }
        return all;
    }

    private Plan<ImageView> create(Caller caller, OrganizationView organization, CreateImage wish) {
        if (tx.read(() -> images.find(organization.id(), Ref.of(wish.name()))).isPresent()) {
            throw ImageStore.taken(wish.name());
        }
        Image image = new Image(
                ids.image(),
                organization.id(),
                Optional.empty(),
                wish.name(),
                wish.os(),
                wish.source() instanceof Upload ? ImageState.UPLOADING : ImageState.MAKING,
                Optional.empty(),
                Optional.empty(),
                wish.sha256(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Instant.EPOCH,
                "",
                0);
        if (wish.source() instanceof OfServer server) {
            return capture.plan(organization, server, image, change -> insert(image, wish, change));
        }
        if (wish.source() instanceof OfUrl address) {
            return fetch(image, wish, address.url());
        }
        return Plan.of(image.subject(), change -> insert(image, wish, change));
    }

    private Plan<ImageView> fetch(Image image, CreateImage wish, Secret url) {
        try {
            reach.checked(url.reveal());
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("/source/url", e.getMessage());
        }
        return Plan.of(image.subject(), change -> {
            ImageView made = insert(image, wish, change);
            operations.begin(change, ImageFetch.TYPE, image.subject(), ImageFetch.memo(seal, image.id(), url));
            return made;
        });
    }

    private ImageView insert(Image image, CreateImage wish, Change change) {
        Image made = images.insert(image.by(change), wish.tags());
        wish.firmware()
                .ifPresent(firmware -> parts.shape(
                        made.id(), new ImageShape(Optional.empty(), Optional.empty(), firmware, List.of())));
        change.event("image.created", made.subject(), Map.of("name", made.name().value()));
        return views.view(made);
    }

    private Plan<ImageView> change(Caller caller, OrganizationView organization, ChangeImage wish) {
        Image image = tx.read(() -> images.must(organization.id(), wish.image()));
        if (image.version() != wish.version()) {
            throw Problem.STALE.because("The image has version %d by now; read it again.", image.version());
        }
        return Plan.of(image.subject(), change -> {
            Image changed = images.change(
                    image, wish.name().orElse(image.name()), wish.os().or(image::os), wish.tags());
            change.event(
                    "image.changed",
                    image.subject(),
                    Map.of("name", changed.name().value()));
            return views.view(changed);
        });
    }

    private Plan<ImageView> delete(Caller caller, OrganizationView organization, DeleteImage wish) {
        Image image = tx.read(() -> {
            Image found = images.must(organization.id(), wish.image());
            requireUnneeded(found);
            return found;
        });
        return Plan.<ImageView>of(image.subject(), change -> delete(organization, image, change))
                .destroying();
    }

    private ImageView delete(OrganizationView organization, Image image, Change change) {
        // who wants something of it waits for us, or we for them, and see what they want of it
        images.lock(image.id());
        Image now = images.must(organization.id(), Ref.of(image.id()));
        requireUnneeded(now);
        boolean copied = parts.copies(now.id()).stream().anyMatch(copy -> !copy.adopted());
        if (copied) {
            Image deleting = images.moveTo(now.id(), ImageState.DELETING, Optional.empty());
            operations.begin(change, ImageDeletion.TYPE, now.subject(), Map.of());
            return views.view(deleting);
        }
        ImageView last = views.view(now);
        images.delete(now.id());
        parts.deleteAll(now.id());
        change.event("image.deleted", now.subject(), Map.of("name", now.name().value()));
        tx.afterCommit(() -> remove(now.id()));
        return last;
    }

    private void requireUnneeded(Image image) {
        if (image.state() == ImageState.CHECKING
                || image.state() == ImageState.MAKING
                || image.state() == ImageState.DELETING) {
            throw ImageProblem.NOT_READY.because(
                    "An operation is at work on image %s, which is %s; wait for it to end, or cancel it.",
                    image.name(), image.state());
        }
        boolean moving = images.fetchedBy(image.id()).isPresent()
                || parts.copies(image.id()).stream().anyMatch(copy -> copy.state() == CopyState.COPYING);
        if (moving) {
            throw Problem.IN_USE.because(
                    "Image %s is being transferred; wait for the operation to end, or cancel it.", image.name());
        }
        needed.apply(image.id()).ifPresent(who -> {
            throw Problem.IN_USE.because("Image %s is just being used to make %s; wait.", image.name(), who);
        });
    }

    /** After the commit; what a crash leaves behind is found by {@link CoreImages#tidy}. */
    public void remove(ImageId id) {
        try {
            contents.deleteAll(id);
        } catch (IOException e) {
            LOG.warn("The content of the deleted image {} is removed later: {}", id, e.toString());
        }
    }

    private Plan<ImageView> transfer(Caller caller, OrganizationView organization, TransferImage wish) {
        record Where(Image image, Destination to) {}
        Where where = tx.read(() -> {
            Image image = views.ready(organization.id(), wish.image());
            return new Where(image, destinations.of(locations.must(wish.location()), image.id()));
        });
        ImageId id = where.image().id();
        return Plan.<ImageView>of(where.image().subject(), change -> {
                    hold(id, wish.image());
                    destinations.begin(id, where.to());
                    operations.begin(
                            change,
                            ImageTransfer.TYPE,
                            where.image().subject(),
                            where.to().memo());
                    return views.view(images.must(organization.id(), Ref.of(id)));
                })
                .violating(Policies.locations(organization, List.of(where.to().location())));
    }

    private void hold(ImageId id, Ref named) {
        if (!images.hold(id)) {
            throw ImageProblem.NOT_READY.because("The image %s is not ready any more.", named);
        }
    }

    private Plan<ImageView> export(Caller caller, OrganizationView organization, ExportImage wish) {
        Image image = tx.read(() -> views.ready(organization.id(), wish.image()));
        return Plan.of(image.subject(), change -> {
            hold(image.id(), wish.image());
            operations.begin(change, ImageExporting.TYPE, image.subject(), Map.of());
            return views.view(images.must(organization.id(), Ref.of(image.id())));
        });
    }

    private Plan<ImageView> finish(Caller caller, OrganizationView organization, FinishUpload wish) {
        Image image = tx.read(() -> images.must(organization.id(), wish.image()));
        if (image.state() != ImageState.UPLOADING || !image.complete()) {
            throw ImageProblem.NOT_READY.because(
                    "The image %s is %s, and %d bytes of it are here.",
                    image.name(), image.state(), image.uploadOffset());
        }
        return Plan.of(image.subject(), change -> {
            Image checking = images.moveTo(image.id(), ImageState.CHECKING, Optional.empty());
            operations.begin(change, ImageCheck.TYPE, image.subject(), Map.of());
            change.event(
                    "image.uploaded",
                    image.subject(),
                    Map.of("name", image.name().value()));
            return views.view(checking);
        });
    }
}
