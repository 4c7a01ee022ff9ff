// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.ChangeImage;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Handling;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what is wished of images. */
public final class ImageCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ImageCommands.class);

    private final Tx tx;
    private final Ids ids;
    private final ImageStore images;
    private final Contents contents;
    private final Things things;
    private final OperationBook operations;
    private final CoreImages views;
    private final Function<ImageId, Optional<String>> needed;

    /**
     * Commands.
     *
     * @param needed which servers are being made of an image just now, in words; inside a transaction
     */
    public ImageCommands(
            Tx tx,
            Ids ids,
            ImageStore images,
            Contents contents,
            OperationBook operations,
            CoreImages views,
            Function<ImageId, Optional<String>> needed) {
        this.tx = tx;
        this.ids = ids;
        this.images = images;
        this.contents = contents;
        this.things = new Things(tx);
        this.operations = operations;
        this.views = views;
        this.needed = needed;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(
                        CreateImage.class,
                        this::create,
                        (organization, wish, department) ->
                                List.of(Things.made(Things.Kind.IMAGE, Ref.of(wish.name()), wish.tags(), department))),
                new Handling<>(
                        ChangeImage.class,
                        this::change,
                        (organization, wish, department) -> things.named(organization, wish.about(), wish.tags())),
                new Handling<>(
                        DeleteImage.class,
                        this::delete,
                        (organization, wish, department) -> things.named(organization, wish.about(), Optional.empty())),
                new Handling<>(
                        FinishUpload.class,
                        this::finish,
                        (organization, wish, department) ->
                                things.named(organization, wish.about(), Optional.empty())));
    }

    private Plan<ImageView> create(Caller caller, OrganizationView organization, CreateImage wish) {
        if (tx.read(() -> images.find(organization.id(), Ref.of(wish.name()))).isPresent()) {
            throw ImageStore.taken(wish.name());
        }
        ImageId id = ids.image();
        return Plan.of(Subject.of("image", id), change -> {
            Image made = images.insert(
                    new Image(
                            id,
                            organization.id(),
                            change.department(),
                            wish.name(),
                            wish.os(),
                            ImageState.UPLOADING,
                            Optional.empty(),
                            Optional.empty(),
                            wish.sha256(),
                            Optional.empty(),
                            0,
                            Optional.empty(),
                            Optional.empty(),
                            Times.kept(change.now()),
                            change.caller().username(),
                            0),
                    wish.tags());
            change.event(
                    "image.created", made.subject(), Map.of("name", made.name().value()));
            return views.view(made);
        });
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
        return Plan.<ImageView>of(image.subject(), change -> {
                    Image now = images.must(organization.id(), Ref.of(image.id()));
                    ImageView last = views.view(now);
                    images.delete(now.id());
                    requireUnneeded(now);
                    change.event(
                            "image.deleted",
                            now.subject(),
                            Map.of("name", now.name().value()));
                    tx.afterCommit(() -> remove(now.id()));
                    return last;
                })
                .destroying();
    }

    private void requireUnneeded(Image image) {
        if (image.state() == ImageState.CHECKING) {
            throw ImageProblem.NOT_READY.because(
                    "Image %s is being checked; wait for the operation to end, or cancel it.", image.name());
        }
        needed.apply(image.id()).ifPresent(who -> {
            throw Problem.IN_USE.because("Image %s is just being used to make %s; wait.", image.name(), who);
        });
    }

    /** After the commit; what a crash leaves behind is found by {@link CoreImages#tidy}. */
    private void remove(ImageId id) {
        try {
            contents.delete(id);
        } catch (IOException e) {
            LOG.warn("The content of the deleted image {} is removed later: {}", id, e.toString());
        }
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
