// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.core.Cloud;
import org.junit.jupiter.api.Test;

/** Images that are made ready to be taken away as one file. */
final class ImageExportTest extends MobilityCase {
    @Test
    void anImageIsMadeReadyToBeTakenAwayOnceAndIsReadWithThatRight() {
        cloud.furnished();
        ExportImage wish = new ExportImage(Cloud.ACME, Cloud.IMAGE, ExportFormat.OVA);

        cloud.done(cloud.user, wish);
        cloud.done(cloud.user, wish);

        assertEquals(1, cloud.conversions.conversions());
        Images.Content ova = cloud.domain.images().export(cloud.user, Cloud.ACME, Cloud.IMAGE, ExportFormat.OVA);
        assertEquals("tiny", ova.image().name().value());
        assertEquals(0, ova.sizeBytes() % 512);
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE));
        assertEquals(0, cloud.contents());
    }

    @Test
    void whatOnlyAnEndpointHasIsFetchedToBeTakenAway() throws IOException {
        cloud.furnished();
        cloud.submit(cloud.operator, adopt(template()));
        assertEquals(List.of(), files(image(GOLD)));

        cloud.done(cloud.user, new ExportImage(Cloud.ACME, GOLD, ExportFormat.OVA));

        Images.Content ova = cloud.domain.images().export(cloud.user, Cloud.ACME, GOLD, ExportFormat.OVA);
        assertEquals(ova.sizeBytes(), ova.open(0).readAllBytes().length);
    }

    @Test
    void anExportOfAnImageThatIsDeletedMeanwhileFailsAndFetchesNothing() throws IOException {
        cloud.furnished();
        transfer(Cloud.IMAGE);
        ImageView image = image(Cloud.IMAGE);
        onlyItsCopyIsLeft(image);
        OperationView export = cloud.submit(cloud.user, new ExportImage(Cloud.ACME, Cloud.IMAGE, ExportFormat.OVA))
                .operation()
                .orElseThrow();
        OperationView deletion = cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE))
                .operation()
                .orElseThrow();
        // as for one who saw it READY a moment before
        assertFalse(cloud.house.database.tx().retrying(() -> new ImageStore(cloud.rows())
                .fetches(image.id(), export.id())));

        cloud.house.work();

        assertEquals(OperationState.FAILED, cloud.operation(export.id()).state());
        assertEquals(
                Optional.of("Its image " + image.id() + " was deleted meanwhile."),
                cloud.operation(export.id()).reason());
        assertEquals(OperationState.SUCCEEDED, cloud.operation(deletion.id()).state());
        assertEquals(List.of(), files(image));
    }

    @Test
    void aCancelledExportLeavesTheImageAsItWas() {
        cloud.furnished();
        cloud.converting.hold();
        OperationView begun = begun(new ExportImage(Cloud.ACME, Cloud.IMAGE, ExportFormat.OVA));
        assertEquals(Optional.of("CONVERT"), cloud.operation(begun.id()).step());

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(ImageState.READY, image(Cloud.IMAGE).state());
        assertEquals(1, files(image(Cloud.IMAGE)).size());
    }
}
