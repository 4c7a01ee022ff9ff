// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.core.Steps;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.spi.compute.ImageContent.Format;

/**
 * Makes an image ready to be taken away in one file: its content is fetched from a copy where it is not here, and made VMDK.
 * The file itself is put together while somebody reads it. Undone, what was half made is gone; content that came whole stays.
 */
public final class ImageExporting implements Process {
    public static final String TYPE = "image.export";

    private static final Duration SOON = Duration.ofMillis(500);

    /** What is done, in order; as in {@code image.transfer}. */
    public enum Step {
        FETCH,
        CONVERT
    }

    private final ImageStore images;
    private final Stock stock;
    private final ImageTransfer transfer;

    public ImageExporting(ImageStore images, Stock stock, ImageTransfer transfer) {
        this.images = images;
        this.stock = stock;
        this.transfer = transfer;
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
        return ImageTransfer.LONGEST;
    }

    private static ImageId id(Run run) {
        return new ImageId(run.subject().id());
    }

    @Override
    public StepOutcome run(Run run, String step) {
        return switch (Step.valueOf(step)) {
            case FETCH -> transfer.run(run, step);
            case CONVERT -> ImageTransfer.waiting(stock.contents(id(run), List.of(Format.VMDK), run.id()), SOON);
        };
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        // neither has anything of its own to be undone
        return transfer.undo(run, step);
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        ImageId image = id(run);
        images.fetchesNoMore(image, run.id());
        change.event(
                end == Ending.SUCCEEDED ? "image.exported" : "image.export-failed",
                Subject.of("image", image),
                Map.of(
                        "name",
                        images.find(image).map(found -> found.name().value()).orElse("")));
    }
}
