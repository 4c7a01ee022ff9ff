// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images;
import org.isthmus.api.image.Images.AdoptImage;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageDisk;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.image.Images.Upload;
import org.isthmus.api.location.Locations.TemplateView;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Images on their way: out of servers, to endpoints that keep them, and into other formats. */
final class ImageMobilityTest extends MobilityCase {
    @Test
    void aTransferGivesAnEndpointThatKeepsImagesACopyAndServersAreMadeOfThat() throws IOException {
        cloud.furnished();

        transfer(Cloud.IMAGE);

        ImageView image = image(Cloud.IMAGE);
        assertEquals(1, image.copies().size());
        assertEquals(CopyState.READY, image.copies().get(0).state());
        assertEquals(Set.of(image.id().value()), cloud.ledger().living(Thing.IMAGE));
        // without its content: nothing but the copy is left to make it of
        Files.delete(files(image).get(0));
        assertEquals(ServerState.RUNNING, cloud.deploy("web").state());
        assertEquals(
                ImageProblem.COPY_EXISTS,
                refused(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE)).type());
    }

    @Test
    void nothingIsBroughtToAnEndpointThatIsDown() {
        cloud.furnished();
        cloud.script().away();
        cloud.domain.upkeep().runOnce();

        assertEquals(
                Problem.UNAVAILABLE,
                refused(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE)).type());
        assertEquals(List.of(), image(Cloud.IMAGE).copies());

        cloud.script().back();
        cloud.domain.upkeep().runOnce();
        transfer(Cloud.IMAGE);
        assertEquals(1, image(Cloud.IMAGE).copies().size());
    }

    @Test
    void contentIsConvertedOnceForAllWhoNeedItAndKeptWithItsChecksum() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));

        cloud.deploy("web");
        cloud.deploy("other");

        assertEquals(1, cloud.conversions.conversions());
        ImageView image = image(Cloud.IMAGE);
        assertEquals(2, files(image).size());
        assertEquals(Optional.of(Format.RAW), image.disks().get(0).format());
    }

    @Test
    void aTransferToEndpointsThatKeepNoImagesOnlyMakesWhatTheyTake() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));

        transfer(Cloud.IMAGE);

        assertEquals(1, cloud.conversions.conversions());
        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
    }

    @Test
    void whoConvertsKeepsTheLeaseThoughNobodyAsks() {
        cloud.furnished();
        cloud.converting.hold();
        begun(new ExportImage(Cloud.ACME, Cloud.IMAGE, ExportFormat.OVA));
        cloud.house.clock.advance(Duration.ofSeconds(59));

        cloud.converting.letGo();

        cloud.house.clock.advance(Duration.ofSeconds(30));
        assertEquals(
                Optional.empty(),
                cloud.house
                        .database
                        .leases()
                        .hold("cnv." + image(Cloud.IMAGE).id() + ".0.VMDK", "other", Duration.ofMinutes(1)));
    }

    @Test
    void whereServersAreMadeOfTemplatesOnlyTheReasonIsSaid() {
        cloud.furnished(Map.of("formats", "none", "facets", "none"));

        OperationView failed = cloud.run(cloud.user, Cloud.wish("web"));

        assertEquals(OperationState.FAILED, failed.state());
        assertTrue(
                failed.reason().orElseThrow().contains("transfer the image to this location first"), failed::toString);
        assertEquals(0, cloud.count("select count(*) from net_port"));
    }

    @Test
    void whatCannotBeConvertedFailsTheDeploymentWithTheReason() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));
        cloud.conversions.refuse();

        OperationView failed = cloud.run(cloud.user, Cloud.wish("web"));

        assertEquals(OperationState.FAILED, failed.state());
        assertTrue(failed.reason().orElseThrow().contains("It is refused"), failed::toString);
    }

    @Test
    void damagedContentGoesNowhere() throws IOException {
        cloud.furnished();
        Path content = files(image(Cloud.IMAGE)).get(0);
        byte[] bytes = Files.readAllBytes(content);
        bytes[100] ^= 1;
        Files.write(content, bytes);

        OperationView failed = cloud.run(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));

        assertEquals(OperationState.FAILED, failed.state());
        assertTrue(failed.reason().orElseThrow().contains("damaged"), failed::toString);
        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
    }

    @Test
    void aCancelledTransferLeavesNothing() {
        cloud.furnished(SLOW_COPIES);
        OperationView begun = cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE))
                .operation()
                .orElseThrow();
        cloud.house.work();
        assertEquals(Optional.of("COPY"), cloud.operation(begun.id()).step());
        assertEquals(CopyState.COPYING, image(Cloud.IMAGE).copies().get(0).state());

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
        assertEquals(ImageState.READY, image(Cloud.IMAGE).state());
    }

    @Test
    void aTransferThatFailsTakesItsCopyBack() {
        cloud.furnished();
        cloud.script().loseNextAnswer(Verb.IMPORT_IMAGE);
        cloud.script().failNext(Verb.IMPORT_IMAGE, DriverException.Kind.BROKEN);

        OperationView failed = cloud.run(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals(List.of(), image(Cloud.IMAGE).copies());
        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
    }

    @Test
    void anImageIsMadeOfAStoppedServerWithAllItsDisksAndItsHardware() throws IOException {
        cloud.furnished();
        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, 1L, 2L));
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));

        cloud.done(cloud.user, of("web", Running.REFUSE));

        ImageView image = image(GOLD);
        ServerView server = cloud.server("web");
        assertEquals(ImageState.READY, image.state());
        assertEquals(ServerState.STOPPED, server.state());
        assertEquals(
                List.of(1L << 30, 2L << 30),
                image.disks().stream().map(ImageDisk::virtualSizeBytes).toList());
        assertEquals(Optional.of(2), image.shape().orElseThrow().cpus());
        assertEquals(Optional.of(2048L), image.shape().orElseThrow().memoryMiB());
        assertEquals(
                Optional.of(server.nics().get(0).mac()),
                image.shape().orElseThrow().nics().get(0).mac().map(MacAddress::value));
        List<Path> files = files(image);
        assertEquals(2, files.size());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    Optional.of(Sha256.of(Files.readAllBytes(files.get(i)))),
                    image.disks().get(i).sha256());
        }
        for (int i = 0; i < 2; i++) {
            Images.Content told = cloud.domain.images().content(cloud.user, Cloud.ACME, GOLD, i);
            try (InputStream content = told.open(0)) {
                byte[] bytes = content.readAllBytes();
                assertEquals(told.sizeBytes(), bytes.length);
                assertEquals(told.mark(), Sha256.of(bytes));
                assertEquals(image.disks().get(i).sha256(), Optional.of(told.mark()));
            }
        }
        assertEquals(
                Problem.MALFORMED,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.images().content(cloud.user, Cloud.ACME, GOLD, 2))
                        .type());
    }

    @Test
    void theDisksOfAMachineAreReadByThoseOnlyWhoMayReadMachines() {
        cloud.furnished();
        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, 1L));
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
        cloud.done(cloud.user, of("web", Running.REFUSE));

        cloud.done(cloud.user, new ExportImage(Cloud.ACME, GOLD, ExportFormat.OVA));

        cloud.house.access.take(cloud.user, Action.IMAGE_CAPTURE);
        Images images = cloud.domain.images();
        for (Executable reading : List.<Executable>of(
                () -> images.content(cloud.user, Cloud.ACME, GOLD, 0),
                () -> images.export(cloud.user, Cloud.ACME, GOLD, ExportFormat.OVA))) {
            assertEquals(
                    Problem.FORBIDDEN,
                    assertThrows(ProblemException.class, reading).type());
        }
    }

    @Test
    void aServerOfAnImageOfSeveralDisksHasThemAll() {
        cloud.furnished();
        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, 1L, 2L));
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
        cloud.done(cloud.user, of("web", Running.REFUSE));

        cloud.done(cloud.user, deploy("again", GOLD, 1L));
        cloud.done(cloud.user, deploy("more", GOLD, 3L, 4L, 5L));
        ProblemException small = refused(deploy("less", GOLD, 1L, 1L));

        assertEquals(
                List.of(1L, 2L),
                cloud.server("again").disks().stream()
                        .map(ServerView.DiskView::sizeGiB)
                        .toList());
        assertEquals(3, cloud.server("more").disks().size());
        assertEquals(ServerProblem.DISK_TOO_SMALL, small.type());
    }

    @Test
    void aRunningServerIsRefusedUnlessItsDisksAtOneMomentWillDo() {
        cloud.furnished();
        cloud.deploy("web");
        ProblemException refused = refused(of("web", Running.REFUSE));
        assertEquals(ServerProblem.WRONG_STATE, refused.type());
        assertTrue(refused.getMessage().contains("SNAPSHOT"), refused::getMessage);

        cloud.done(cloud.user, of("web", Running.SNAPSHOT));

        assertEquals(ImageState.READY, image(GOLD).state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
    }

    @Test
    void anImageThatCouldNotBeMadeHoldsNothingAndTheServerIsAsItWas() {
        cloud.furnished();
        cloud.deploy("web");
        cloud.script().failNext(Verb.EXPORT_IMAGE, DriverException.Kind.BROKEN);

        OperationView failed = cloud.run(cloud.user, of("web", Running.SNAPSHOT));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals(ImageState.FAILED, image(GOLD).state());
        assertEquals(List.of(), files(image(GOLD)));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, GOLD));
    }

    @Test
    void aDeletedImageTakesItsCopiesAlong() {
        cloud.furnished();
        ImageView image = image(Cloud.IMAGE);
        transfer(Cloud.IMAGE);

        cloud.done(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE));

        assertEquals(Set.of(), cloud.ledger().living(Thing.IMAGE));
        assertEquals(List.of(), files(image));
        assertThrows(ProblemException.class, () -> image(Cloud.IMAGE));
        for (String table : List.of("img_disk", "img_content", "img_copy", "img_shape")) {
            assertEquals(0, cloud.count("select count(*) from " + table), table);
        }
    }

    @Test
    void aTemplateOfAnEndpointBecomesAnImageAndStaysWhenThatIsDeleted() {
        cloud.furnished();
        elsewhere(Map.of());
        String ref = template();
        assertEquals(
                List.of(ref),
                cloud.domain.locations().templates(cloud.operator, Cloud.HERE, new Ref("fake")).stream()
                        .map(TemplateView::ref)
                        .toList());

        cloud.submit(cloud.operator, adopt(ref));
        cloud.done(cloud.user, deploy("web", GOLD, 1L));

        ImageView image = image(GOLD);
        assertTrue(image.copies().get(0).adopted());
        assertEquals(Optional.empty(), image.disks().get(0).format());
        assertEquals(Firmware.EFI, image.shape().orElseThrow().firmware());
        cloud.done(cloud.user, new TransferImage(Cloud.ACME, GOLD, THERE));
        assertEquals(Optional.of(Format.QCOW2), image(GOLD).disks().get(0).format());
        assertEquals(2, image(GOLD).copies().size());
        cloud.done(cloud.user, new DeleteImage(Cloud.ACME, GOLD));
        assertEquals(
                1,
                cloud.domain
                        .locations()
                        .templates(cloud.operator, Cloud.HERE, new Ref("fake"))
                        .size());
    }

    @Test
    void aCopyOfAnotherImageIsNoTemplate() {
        cloud.furnished();
        transfer(Cloud.IMAGE);

        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> cloud.submit(
                        cloud.operator, adopt("copy-" + image(Cloud.IMAGE).id())));

        assertEquals(ImageProblem.NO_TEMPLATE, refused.type());
        assertEquals(List.of(), cloud.domain.locations().templates(cloud.operator, Cloud.HERE, new Ref("fake")));
    }

    @Test
    void anImageOfAnOlderReleaseHasTheDiskThatItsRowDescribes() {
        cloud.furnished();
        ImageView before = image(Cloud.IMAGE);
        cloud.house.database.tx().execute(() -> cloud.rows().change("delete from img_disk"));
        cloud.house.database.tx().execute(() -> cloud.rows().change("delete from img_content"));

        cloud.house.database.tx().execute(() -> new ImageParts(cloud.rows()).complete());
        cloud.house.database.tx().execute(() -> new ImageParts(cloud.rows()).complete());

        assertEquals(before, image(Cloud.IMAGE));
        assertEquals(ServerState.RUNNING, cloud.deploy("web").state());
    }

    @Test
    void anImageWithoutContentIsNotDeployedWhereNoCopyIs() throws IOException {
        cloud.furnished(Map.of());
        elsewhere(Map.of());
        onlyItsCopyIsLeft(image(Cloud.IMAGE));

        assertEquals(ImageProblem.NOT_THERE, refused(Cloud.wish("web")).type());
    }

    @Test
    void anImageIsNotDeletedWhileItIsTransferred() {
        cloud.furnished(SLOW_COPIES);
        cloud.submit(cloud.user, new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));
        cloud.house.work();

        assertEquals(
                Problem.IN_USE,
                refused(new DeleteImage(Cloud.ACME, Cloud.IMAGE)).type());
    }

    @Test
    void theFirmwareOfAnImageStartsItsServers() {
        cloud.furnished();
        cloud.submit(
                cloud.user,
                new CreateImage(
                        Cloud.ACME,
                        new Name("modern"),
                        Optional.empty(),
                        new Upload(),
                        Optional.empty(),
                        Optional.of(Firmware.EFI),
                        Map.of(),
                        Optional.empty()));
        cloud.upload("modern");
        cloud.house.work();
        cloud.done(cloud.user, deploy("web", new Ref("modern"), 1L));
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));

        cloud.done(cloud.user, of("web", Running.REFUSE));

        assertEquals(Firmware.EFI, image(GOLD).shape().orElseThrow().firmware());
    }

    @Test
    void aServerKeepsTheAddressesItIsGiven() {
        cloud.furnished();
        MacAddress mac = new MacAddress("02:00:0a:01:00:07");
        WishedNic nic = new WishedNic(Cloud.NET, Optional.of(Cidr.address("10.1.0.77")), Optional.of(mac));

        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, List.of(1L), nic));
        ProblemException taken = refused(deploy(
                "other", Cloud.IMAGE, List.of(1L), new WishedNic(Cloud.NET, Optional.empty(), Optional.of(mac))));

        assertEquals(mac.value(), cloud.server("web").nics().get(0).mac());
        assertEquals(NetworkProblem.MAC_TAKEN, taken.type());
        assertFalse(cloud.server("web").addresses().isEmpty());
    }

    @Test
    void whatWaitsForAConversionHoldsUpNothingElse() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));
        cloud.converting.hold();
        OperationView begun = begun(new TransferImage(Cloud.ACME, Cloud.IMAGE, Cloud.HERE));
        assertEquals(Optional.of("CONVERT"), cloud.operation(begun.id()).step());

        assertEquals(ImageState.READY, cloud.image("other").state());

        cloud.converting.letGo();
        cloud.house.clock.advance(Duration.ofSeconds(10));
        cloud.house.work();
        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aServerHasAllOfItsTimeWhenItsImageIsThere() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));
        cloud.converting.hold();
        OperationView begun = begun(Cloud.wish("web"));
        for (int minutes = 0; minutes < 23 * 60; minutes += 20) {
            cloud.house.clock.advance(Duration.ofMinutes(20));
            cloud.house.work();
        }
        assertEquals(Optional.of("IMAGE"), cloud.operation(begun.id()).step());
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());

        cloud.script().away();
        cloud.converting.letGo();
        cloud.house.clock.advance(Duration.ofMinutes(10));
        cloud.house.work();
        cloud.house.clock.advance(Duration.ofMinutes(10));
        cloud.house.work();
        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aServerWhoseImageIsNeverThereIsGivenUpAfterADay() {
        cloud.furnished(Map.of("formats", "VMDK", "facets", "none"));
        cloud.converting.hold();
        OperationView begun = begun(Cloud.wish("web"));
        for (int minutes = 0; minutes < 25 * 60; minutes += 20) {
            cloud.house.clock.advance(Duration.ofMinutes(20));
            cloud.house.work();
        }

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
    }

    @Test
    void whoseImageATemplateBecomesHearsOfIt() {
        cloud.furnished();

        cloud.submit(cloud.operator, adopt(template()));

        cloud.house.stream.runOnce();
        assertEquals(
                1,
                cloud.house.stream.after(cloud.user, 0, 1000, Duration.ZERO).stream()
                        .filter(event -> event.type().equals("image.adopted"))
                        .count());
    }

    @Test
    void aTemplateIsOfNoUseWhereItsOwnerMayMakeNothing() {
        cloud.furnished();
        cloud.policy(policy -> new Policy(0, Duration.ofHours(1), Optional.of(List.of("elsewhere")), List.of()));
        AdoptImage adopt = adopt(template());

        ProblemException refused = assertThrows(ProblemException.class, () -> cloud.submit(cloud.operator, adopt));

        assertEquals(Problem.AGAINST_POLICY, refused.type());
        assertTrue(refused.getMessage().contains("elsewhere"), refused::getMessage);
    }

    @Test
    void whatAnOlderControllerMakesReadyMeanwhileHasItsDiskSoonAfter() {
        cloud.furnished();
        ImageView before = image(Cloud.IMAGE);
        cloud.house.database.tx().execute(() -> cloud.rows().change("delete from img_disk"));
        cloud.house.database.tx().execute(() -> cloud.rows().change("delete from img_content"));

        cloud.domain.upkeep().runOnce();

        assertEquals(before, image(Cloud.IMAGE));
    }
}
