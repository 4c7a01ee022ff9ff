// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.isthmus.api.Subject;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.core.Steps;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.store.Tx;

/**
 * Removes the copies that were made of an image, wherever they are, and then the image. A copy at an endpoint that is away is
 * left there until that is back.
 */
public final class ImageDeletion implements Process {
    public static final String TYPE = "image.delete";

    /** What is done. */
    public enum Step {
        /** The endpoints remove their copies. */
        COPIES
    }

    private final Tx tx;
    private final ImageStore images;
    private final ImageParts parts;
    private final Leftovers leftovers;
    private final Consumer<ImageId> afterwards;

    /**
     * The deletion.
     *
     * @param afterwards removes its contents, after the commit
     */
    public ImageDeletion(
            Tx tx, ImageStore images, ImageParts parts, Leftovers leftovers, Consumer<ImageId> afterwards) {
        this.tx = tx;
        this.images = images;
        this.parts = parts;
        this.leftovers = leftovers;
        this.afterwards = afterwards;
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
    public boolean cancellable(String step) {
        return false;
    }

    @Override
    public Duration longest() {
        return Duration.ofHours(6);
    }

    private static ImageId id(Run run) {
        return new ImageId(run.subject().id());
    }

    @Override
    public StepOutcome run(Run run, String step) {
        ImageId image = id(run);
        for (ImageParts.Copy copy : tx.read(() -> parts.copies(image))) {
            if (copy.adopted()) {
                continue;
            }
            EndpointId endpoint = copy.endpoint();
            String wish = "copy-" + endpoint.value().substring(endpoint.value().length() - 12);
            StepOutcome outcome =
                    leftovers.removed(run, wish, Leftovers.copy(endpoint, run.call(wish), image, copy.ref()));
            return outcome instanceof StepOutcome.Done done
                    ? new StepOutcome.Again(Duration.ZERO, -1, "", change -> {
                        done.effect().accept(change);
                        parts.forget(image, endpoint);
                    })
                    : outcome;
        }
        return StepOutcome.done();
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        // what was removed stays removed: the image is there again, and says which copies it has
        return StepOutcome.done();
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        ImageId image = id(run);
        String name = images.find(image).map(found -> found.name().value()).orElse("");
        Subject subject = Subject.of("image", image);
        if (end == Ending.SUCCEEDED) {
            parts.deleteAll(image);
            images.delete(image);
            change.event("image.deleted", subject, Map.of("name", name));
            tx.afterCommit(() -> afterwards.accept(image));
        } else {
            images.moveTo(
                    image,
                    ImageState.READY,
                    Optional.of("It could not be deleted; operation " + run.id() + " says why."));
            change.event("image.delete-failed", subject, Map.of("name", name));
        }
    }
}
