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
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.FakeDriver;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Name;
import org.junit.jupiter.api.Test;

/** Endpoints that die, go and are unlinked while they have to do with images, and what is left there. */
final class EndpointAwayTest extends MobilityCase {
    @Test
    void aTransferToAnEndpointThatDiesEndsAndWhatItLeftGoesWhenTheEndpointIsBack() {
        cloud.furnished();
        // it is made there, and nobody hears of it any more
        cloud.script().loseNextAnswer(Verb.IMPORT_IMAGE);
        OperationView begun = begun(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));
        cloud.script().away();
        awayForLong();

        OperationView failed = cloud.operation(begun.id());
        assertEquals(OperationState.FAILED, failed.state());
        assertTrue(failed.reason().orElseThrow().contains("PT10M"), failed::toString);
        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());

        // what is left is not taken for the new copy
        cloud.script().back();
        assertEquals(
                Problem.UNAVAILABLE,
                refused(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE)).type());
        backAgain();
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
        transfer(Cloud.IMAGE);
        backAgain();
        assertEquals(1, image(Cloud.IMAGE).copies().size());
        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());
    }

    /** A second place, linked to the far end of the first one. */
    private void linkedTwice() {
        cloud.submit(cloud.operator, new CreateLocation(new Name("there"), Kind.CLOUD));
        Map<String, String> same = Map.of("ledger", cloud.ledgerFile().toString());
        cloud.submit(cloud.operator, new CreateEndpoint(THERE, new Name("fake"), "fake", same, Map.of()));
    }

    @Test
    void aTransferThatFailsLeavesTheCopyThatCameToTheSameFarEndThroughAnotherLink() {
        cloud.furnished();
        linkedTwice();
        transfer(Cloud.IMAGE);

        OperationView failed = cloud.run(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());
        assertEquals(1, image(Cloud.IMAGE).copies().size());
    }

    @Test
    void whatIsLeftOfATransferIsNotTheCopyThatCameToTheSameFarEndThroughAnotherLink() {
        cloud.furnished();
        linkedTwice();
        OperationView begun = cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE))
                .operation()
                .orElseThrow();
        cloud.script().away();
        awayForLong();
        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        cloud.script().back();
        cloud.done(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE));

        backAgain();

        assertEquals(0, cloud.count("select count(*) from img_leftover"));
        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());
    }

    @Test
    void whatIsLeftOfATransferIsNotRemovedWhileACopyComesThroughAnotherLink() {
        cloud.furnished();
        linkedTwice();
        cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));
        cloud.script().away();
        awayForLong();
        cloud.script().back();
        OperationView coming = cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, THERE))
                .operation()
                .orElseThrow();

        backAgain();
        assertEquals(1, cloud.count("select count(*) from img_leftover"));
        cloud.house.work();
        assertEquals(OperationState.SUCCEEDED, cloud.operation(coming.id()).state());
        backAgain();

        assertEquals(0, cloud.count("select count(*) from img_leftover"));
        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());
    }

    @Test
    void anEndpointThatIsAwayForAMomentIsWaitedFor() {
        cloud.furnished(Map.of("faults", "[{\"on\":\"importImage\",\"pending\":6}]"));
        OperationView begun = begun(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));
        for (int outage = 0; outage < 3; outage++) {
            cloud.script().away();
            for (int minute = 0; minute < 8; minute++) {
                cloud.house.clock.advance(Duration.ofMinutes(1));
                cloud.house.work();
            }
            cloud.script().back();
            cloud.house.clock.advance(Duration.ofMinutes(1));
            cloud.house.work();
        }
        for (int i = 0; i < 10; i++) {
            cloud.house.clock.advance(Duration.ofMinutes(1));
            cloud.house.work();
        }

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state(), () -> cloud.operation(begun.id())
                .toString());
    }

    @Test
    void anImageOfAServerWhoseEndpointDiesEndsAndItsSnapshotGoesWhenTheEndpointIsBack() {
        cloud.furnished(Map.of("faults", "[{\"on\":\"exportImage\",\"pending\":3}]"));
        cloud.deploy("web");
        OperationView begun = begun(of("web", Running.SNAPSHOT));
        assertEquals(Optional.of("EXPORT"), cloud.operation(begun.id()).step());
        cloud.script().away();
        awayForLong();

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        assertEquals(ImageState.FAILED, image(GOLD).state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(1, cloud.ledger().living(Thing.SNAPSHOT).size());
        backAgain();
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
    }

    @Test
    void whatIsLeftOfAServersReadingIsNotRemovedWhileTheServerIsReadAnew() {
        cloud.furnished(Map.of("faults", "[{\"on\":\"exportImage\",\"pending\":3}]"));
        cloud.deploy("web");
        begun(of("web", Running.SNAPSHOT));
        cloud.script().away();
        awayForLong();
        long left = cloud.count("select count(*) from img_leftover");
        assertTrue(left > 0);
        cloud.script().back();
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, GOLD));
        OperationView anew = begun(of("web", Running.SNAPSHOT));
        assertEquals(Optional.of("EXPORT"), cloud.operation(anew.id()).step());

        cloud.domain.upkeep().runOnce();
        assertEquals(left, cloud.count("select count(*) from img_leftover"));

        for (int minute = 0; minute < 5; minute++) {
            cloud.house.clock.advance(Duration.ofMinutes(1));
            cloud.house.work();
        }
        assertEquals(OperationState.SUCCEEDED, cloud.operation(anew.id()).state());
        cloud.domain.upkeep().runOnce();
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
    }

    @Test
    void anImageThatIsWholeIsReadyThoughItsSnapshotCannotBeRemovedYet() {
        cloud.furnished();
        cloud.deploy("web");
        cloud.script().onNextCall(Verb.DELETE_SNAPSHOT, cloud.script()::away);
        OperationView begun = begun(of("web", Running.SNAPSHOT));
        assertEquals(Optional.of("RELEASE"), cloud.operation(begun.id()).step());
        awayForLong();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(ImageState.READY, image(GOLD).state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(1, cloud.ledger().living(Thing.SNAPSHOT).size());
        backAgain();
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
    }

    @Test
    void anImageIsDeletedWhoseCopyIsWhereNobodyAnswers() {
        cloud.furnished();
        transfer(Cloud.IMAGE);
        cloud.script().away();
        cloud.domain.upkeep().runOnce();

        cloud.done(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE));

        assertEquals(1, cloud.ledger().living(Thing.IMAGE).size());
        backAgain();
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
    }

    private void unlink() {
        cloud.submit(cloud.operator, new DeleteEndpoint(Cloud.HERE, new Ref("fake")));
    }

    @Test
    void anEndpointIsUnlinkedWithTheCopiesOfImagesWhoseContentIsElsewhere() {
        cloud.location();
        cloud.endpoint("fake", Map.of());
        cloud.image("tiny");
        cloud.image("other");
        transfer(Cloud.IMAGE);
        transfer(new Ref("other"));
        cloud.script().away();
        cloud.domain.upkeep().runOnce();
        cloud.done(cloud.user, new DeleteImage(Cloud.ACME, new Ref("other")));

        unlink();

        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
        cloud.script().back();
        cloud.endpoint("fake", Map.of());
        cloud.domain.upkeep().runOnce();
        transfer(Cloud.IMAGE);
    }

    @Test
    void anEndpointThatHasTheOnlyContentOfImagesIsNotUnlinkedAndTheyAreNamed() throws IOException {
        cloud.location();
        cloud.endpoint("fake", Map.of());
        String ref = cloud.domain.drivers().driver(cloud.endpoint(), driver -> ((FakeDriver) driver)
                .addTemplate("debian", SHAPE));
        cloud.submit(cloud.operator, adopt(ref));
        cloud.image("tiny");
        cloud.image("whole");
        transfer(Cloud.IMAGE);
        transfer(new Ref("whole"));
        onlyItsCopyIsLeft(image(Cloud.IMAGE));

        ProblemException refused = assertThrows(ProblemException.class, this::unlink);

        assertEquals(Problem.IN_USE, refused.type());
        assertTrue(refused.getMessage().contains("gold, tiny"), refused::getMessage);
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, GOLD));
        cloud.done(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE));
        unlink();
        assertEquals(0, cloud.count("select count(*) from img_copy"));
    }

    @Test
    void anEndpointIsNotUnlinkedWhileItGetsACopy() {
        cloud.location();
        cloud.endpoint("fake", SLOW_COPIES);
        cloud.image("tiny");
        begun(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));

        ProblemException refused = assertThrows(ProblemException.class, this::unlink);

        assertEquals(Problem.IN_USE, refused.type());
    }
}
