// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.core.Cloud;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.driver.fake.Script;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.Test;

/** Content that is only where copies are: fetched from one, and from another when that gives nothing. */
final class CopyFetchTest extends MobilityCase {
    @Test
    void contentThatIsOnlyWhereACopyIsIsFetchedForAnotherLocation() throws IOException {
        cloud.furnished();
        elsewhere(Map.of());
        transfer(Cloud.IMAGE);
        ImageView before = image(Cloud.IMAGE);
        onlyItsCopyIsLeft(before);
        assertEquals(Optional.empty(), image(Cloud.IMAGE).disks().get(0).sha256());

        cloud.done(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE));

        ImageView after = image(Cloud.IMAGE);
        assertEquals(before.disks().get(0).sha256(), after.disks().get(0).sha256());
        assertEquals(2, after.copies().size());
    }

    /** Whose content is only where its two copies are, the first of them at an endpoint that reads out nothing. */
    private ImageView twoCopies() throws IOException {
        return twoCopies("[{\"on\":\"exportImage\",\"kind\":\"UNAVAILABLE\"}]");
    }

    private ImageView twoCopies(String faultsOfTheFirst) throws IOException {
        cloud.furnished(Map.of("faults", faultsOfTheFirst));
        elsewhere(Map.of());
        cloud.submit(cloud.operator, new CreateLocation(new Name("yonder"), Kind.CLOUD));
        Map<String, String> ledger =
                Map.of("ledger", cloud.directory.resolve("yonder.jsonl").toString());
        cloud.submit(cloud.operator, new CreateEndpoint(new Ref("yonder"), new Name("fake"), "fake", ledger, Map.of()));
        transfer(Cloud.IMAGE);
        cloud.done(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE));
        ImageView image = image(Cloud.IMAGE);
        onlyItsCopyIsLeft(image);
        return image;
    }

    private static TransferImage yonder() {
        return new TransferImage(Cloud.ACME, Cloud.IMAGE, new Ref("yonder"));
    }

    private void firstIsDown() {
        cloud.house.tx.execute(() -> cloud.rows()
                .change(
                        "update loc_health set state = 'DOWN' where endpoint_id = ?",
                        cloud.endpoint().value()));
    }

    @Test
    void contentIsFetchedFromACopyWhoseEndpointIsUp() throws IOException {
        ImageView before = twoCopies();
        firstIsDown();

        cloud.done(cloud.user, yonder());

        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
        assertEquals(3, image(Cloud.IMAGE).copies().size());
    }

    @Test
    void whereTheEndpointOfACopyGoesDownContentIsFetchedFromAnother() throws IOException {
        ImageView before = twoCopies();
        OperationView begun = begun(yonder());
        assertEquals(Optional.of("FETCH"), cloud.operation(begun.id()).step());

        firstIsDown();
        cloud.house.clock.advance(Duration.ofSeconds(10));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void whereACopyCannotBeReadForLongContentIsFetchedFromAnother() throws IOException {
        ImageView before = twoCopies();
        OperationView begun = begun(yonder());
        awayForLong();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    /** What becomes of each reading of the copy that is read first. */
    private void firstReading(Runnable trouble) {
        cloud.script().watch((stage, verb, token, object) -> {
            if (stage == Script.Stage.CALLED && verb == Verb.EXPORT_IMAGE && token.endsWith("fetch")) {
                trouble.run();
            }
        });
    }

    @Test
    void whereACopysEndpointAnswersAndSendsNothingContentIsFetchedFromAnother() throws IOException {
        ImageView before = twoCopies("[{\"on\":\"exportImage\",\"pending\":1000}]");
        AtomicInteger asked = new AtomicInteger();
        firstReading(() -> {
            if (asked.getAndIncrement() % 2 == 0) {
                throw new DriverException(DriverException.Kind.UNAVAILABLE, "No bytes come of it.");
            }
        });
        OperationView begun = begun(yonder());
        awayForLong();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void aCopyThatGivesBytesInBetweenIsNotLeft() throws IOException {
        twoCopies("[{\"on\":\"exportImage\",\"pending\":30}]");
        AtomicInteger asked = new AtomicInteger();
        firstReading(() -> {
            if (asked.getAndIncrement() % 2 == 0) {
                throw new DriverException(DriverException.Kind.UNAVAILABLE, "No bytes come of it.");
            }
        });
        OperationView begun = begun(yonder());
        awayForLong();
        awayForLong();

        assertEquals(Optional.of("FETCH"), cloud.operation(begun.id()).step());
        assertTrue(asked.get() > 20, asked::toString);
    }

    @Test
    void aCopyThatIsLeftIsNotReadAgainWhileItsReadingIsAbandoned() throws IOException {
        ImageView before = twoCopies(
                "[{\"on\":\"exportImage\",\"kind\":\"UNAVAILABLE\"}," + "{\"on\":\"abandonExport\",\"pending\":2}]");
        AtomicInteger asked = new AtomicInteger();
        firstReading(asked::incrementAndGet);
        OperationView begun = begun(yonder());
        awayForLong();
        int left = asked.get();
        for (int i = 0; i < 3; i++) {
            cloud.house.clock.advance(Duration.ofSeconds(10));
            cloud.house.work();
        }

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(left, asked.get());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void whereTheReadingThatIsLeftCannotBeAbandonedItIsLeftForLater() throws IOException {
        ImageView before = twoCopies("[{\"on\":\"exportImage\",\"kind\":\"UNAVAILABLE\"},"
                + "{\"on\":\"abandonExport\",\"kind\":\"DENIED\"}]");
        OperationView begun = begun(yonder());
        awayForLong();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
        assertEquals(1, cloud.count("select count(*) from img_leftover"));
    }

    @Test
    void whereTheDriverOfACopyIsAwayForLongContentIsFetchedFromAnother() throws IOException {
        ImageView before = twoCopies("[]");
        firstReading(() -> {
            throw new DriverAway("It was uninstalled.");
        });
        OperationView begun = begun(yonder());
        assertEquals(
                Optional.of("It was uninstalled."), cloud.operation(begun.id()).reason());
        awayForLong();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void whereTheEndpointOfACopyIsUnlinkedContentIsFetchedFromAnother() throws IOException {
        ImageView before = twoCopies();
        OperationView begun = begun(yonder());

        cloud.house.tx.execute(() -> cloud.rows()
                .change(
                        "delete from img_copy where endpoint_id = ?",
                        cloud.endpoint().value()));
        cloud.house.clock.advance(Duration.ofSeconds(10));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void aFetchThatBreaksOffGoesOnWithTheSameChecksumAfterARestart() throws IOException {
        cloud.furnished(Map.of("faults", "[{\"on\":\"exportImage\",\"pending\":3}]"));
        elsewhere(Map.of());
        transfer(Cloud.IMAGE);
        ImageView before = image(Cloud.IMAGE);
        onlyItsCopyIsLeft(before);

        OperationView begun = cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE))
                .operation()
                .orElseThrow();
        for (int i = 0; i < 10; i++) {
            cloud.house.work();
            cloud.house.clock.advance(Duration.ofSeconds(10));
        }

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(before.disks(), image(Cloud.IMAGE).disks());
    }

    @Test
    void aFetchThatIsCancelledLeavesNoPart() throws IOException {
        cloud.furnished(Map.of("faults", "[{\"on\":\"exportImage\",\"pending\":3}]"));
        elsewhere(Map.of());
        transfer(Cloud.IMAGE);
        ImageView image = image(Cloud.IMAGE);
        onlyItsCopyIsLeft(image);
        OperationView begun = cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE))
                .operation()
                .orElseThrow();
        for (int i = 0; i < 2; i++) {
            cloud.house.work();
            cloud.house.clock.advance(Duration.ofSeconds(1));
        }
        assertEquals(Optional.of("FETCH"), cloud.operation(begun.id()).step());
        assertEquals(1, files(image).size());

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(List.of(), files(image));
        assertEquals(1, image(Cloud.IMAGE).copies().size());
    }

    @Test
    @SuppressWarnings("unchecked")
    void anImageWhoseContentHasJustBegunToBeFetchedIsNotDeleted() {
        cloud.furnished();
        cloud.submit(cloud.operator, adopt(template()));
        ImageView image = image(GOLD);
        OperationId fetching = cloud.house.ids.operation();
        Plan<?> plan = cloud.domain.handlers().stream()
                .filter(handler -> handler.handles().equals(DeleteImage.class))
                .map(handler -> (CommandHandler<DeleteImage, ImageView>) handler)
                .findFirst()
                .orElseThrow()
                .plan(cloud.user, cloud.acme, new DeleteImage(Cloud.ACME, GOLD));
        cloud.house.database.tx().execute(() -> cloud.rows()
                .change(
                        "update img_image set fetched_by = ? where id = ?",
                        fetching.value(),
                        image.id().value()));

        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> cloud.house.database.tx().execute(() -> plan.effect().apply(null)));

        assertEquals(Problem.IN_USE, refused.type());
    }
}
