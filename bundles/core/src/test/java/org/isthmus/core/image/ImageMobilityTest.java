// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
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
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.image.Images.Upload;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.location.Locations.TemplateView;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.core.Handling;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.driver.fake.FakeDriver;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Script;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Images on their way: out of servers, to endpoints that keep them, and into other formats. */
final class ImageMobilityTest {
    private static final Ref GOLD = new Ref("gold");

    private static final Shape SHAPE = new Shape(
            1,
            512,
            Shape.Firmware.EFI,
            Optional.of("Debian"),
            List.of(new Shape.ShapeDisk("disk", 1 << 20)),
            List.of());
    private static final Ref THERE = new Ref("there");
    private static final Map<String, String> SLOW_COPIES = Map.of("faults", "[{\"on\":\"importImage\",\"pending\":3}]");

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("mobility");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private ImageView image(Ref ref) {
        return cloud.domain.images().get(cloud.user, Cloud.ACME, ref);
    }

    private OperationView transfer(Ref image) {
        return cloud.done(cloud.user, new TransferImage(Cloud.ACME, image, Cloud.HERE));
    }

    private static CreateImage of(String server, Running running) {
        return new CreateImage(
                Cloud.ACME,
                new Name("gold"),
                Optional.empty(),
                new OfServer(new Ref(server), running),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty());
    }

    private static DeployServer deploy(String name, Ref image, List<Long> diskGiB, WishedNic nic) {
        DeployServer plain = Cloud.wish(name);
        return new DeployServer(
                plain.organization(),
                plain.name(),
                List.of(nic),
                image,
                plain.flavor(),
                diskGiB,
                plain.sshKeys(),
                plain.userData(),
                plain.purpose(),
                plain.tags(),
                plain.isProtected(),
                plain.location(),
                plain.placement());
    }

    private static DeployServer deploy(String name, Ref image, Long... diskGiB) {
        return deploy(name, image, List.of(diskGiB), new WishedNic(Cloud.NET, Optional.empty()));
    }

    private List<Path> files(ImageView image) {
        try (Stream<Path> files = Files.list(cloud.directory.resolve("images"))) {
            return files.filter(file ->
                            file.getFileName().toString().startsWith(image.id().value()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProblemException refused(Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, command));
    }

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

    /** A second place with the same endpoint's settings but a far end of its own. */
    private void elsewhere(Map<String, String> settings) {
        cloud.submit(cloud.operator, new CreateLocation(new Name("there"), Kind.CLOUD));
        Map<String, String> all = new TreeMap<>(settings);
        all.put("ledger", cloud.directory.resolve("there.jsonl").toString());
        cloud.submit(cloud.operator, new CreateEndpoint(THERE, new Name("fake"), "fake", all, Map.of()));
    }

    /** As one whose content is only where its copy is. */
    private void onlyItsCopyIsLeft(ImageView image) throws IOException {
        cloud.house.database.tx().execute(() -> new ImageParts(cloud.rows()).forgetContents(image.id()));
        for (Path file : files(image)) {
            Files.delete(file);
        }
    }

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

    private static AdoptImage adopt(String ref) {
        return new AdoptImage(Cloud.HERE, new Ref("fake"), ref, Cloud.ACME, new Name("gold"), Optional.empty());
    }

    private static MoveServer move(String name, Running running, boolean keepAddress, String... networks) {
        return new MoveServer(
                Cloud.ACME,
                new Ref("web"),
                THERE,
                new Name(name),
                Stream.of(networks).map(Ref::new).toList(),
                running,
                true,
                keepAddress);
    }

    private void networkThere() {
        elsewhere(Map.of("formats", "VMDK"));
        cloud.done(
                cloud.user,
                new CreateNetwork(Cloud.ACME, new Name("far"), THERE, Cidr.of("10.1.0.0/24"), false, true, Map.of()));
    }

    @Test
    void aServerIsMadeAtAnotherLocationInOneOperationWithItsDisksAndAddresses() {
        cloud.furnished();
        networkThere();
        cloud.done(cloud.user, deploy("web", Cloud.IMAGE, 1L, 2L));
        ServerView source = cloud.server("web");

        cloud.done(cloud.user, move("web-2", Running.SNAPSHOT, true, "far"));

        ServerView made = cloud.server("web-2");
        assertEquals(ServerState.RUNNING, made.state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(source.nics().get(0).mac(), made.nics().get(0).mac());
        assertEquals(source.nics().get(0).address(), made.nics().get(0).address());
        assertEquals(
                List.of(1L, 2L),
                made.disks().stream().map(ServerView.DiskView::sizeGiB).toList());
        assertEquals(2, cloud.conversions.conversions());
        assertEquals(ImageState.READY, image(new Ref("image-of-web-2")).state());
        assertEquals(Set.of(), cloud.ledger().living(Thing.SNAPSHOT));
    }

    @Test
    void aMoveThatFailsLeavesNoServerAndTheSourceAsItWas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.conversions.refuse();

        OperationView failed = cloud.run(cloud.user, move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(List.of(), image(new Ref("image-of-web-2")).copies());
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
    }

    @Test
    void aMoveNamesANetworkForEachInterface() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");

        assertEquals(
                Problem.MALFORMED,
                refused(move("web-2", Running.SNAPSHOT, false, "far", "far")).type());
        assertEquals(
                ServerProblem.WRONG_STATE,
                refused(move("web-2", Running.REFUSE, false, "far")).type());
        assertEquals(0, cloud.count("select count(*) from img_image where state = 'MAKING'"));
    }

    @Test
    void aMoveOfAServerThatGotADiskSinceTheMoveWasPlannedIsRefused() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        afterThePlan(() -> cloud.done(cloud.user, new AttachDisk(Cloud.ACME, new Ref("web"), 1)));

        ProblemException refused = refused(move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(Problem.CONFLICT, refused.type());
        assertTrue(refused.getMessage().contains("ask for the move again"), refused::getMessage);
        assertEquals(1, cloud.servers().size());
        cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref("web"), true));
    }

    @Test
    void aMoveOfAServerWhoseGuestSaidSomethingElseSinceTheMoveWasPlannedIsDone() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        afterThePlan(() ->
                cloud.house.tx.execute(() -> cloud.rows().change("update net_port set guest_addresses = '10.1.0.99'")));

        cloud.done(cloud.user, move("web-2", Running.SNAPSHOT, false, "far"));

        assertEquals(2, cloud.servers().size());
    }

    /** When a move was planned, and before it begins. */
    private void afterThePlan(Runnable meanwhile) {
        CommandHandler<?, ?> real = cloud.domain.handlers().stream()
                .filter(each -> each.handles() == MoveServer.class)
                .findFirst()
                .orElseThrow();
        cloud.house.gate.remove(real);
        cloud.house.gate.add(new Handling<MoveServer, ServerView>(MoveServer.class, (caller, organization, wish) -> {
            @SuppressWarnings("unchecked") // it handles just that
            Plan<ServerView> plan = ((CommandHandler<MoveServer, ServerView>) real).plan(caller, organization, wish);
            meanwhile.run();
            return plan;
        }));
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

    /** As long as nobody waits for an endpoint that is away, and a little more. */
    private void awayForLong() {
        for (int minute = 0; minute <= 11; minute++) {
            cloud.house.work();
            cloud.house.clock.advance(Duration.ofMinutes(1));
        }
        cloud.house.work();
    }

    private void backAgain() {
        cloud.script().back();
        cloud.domain.upkeep().runOnce();
    }

    private OperationView begun(Command<?> command) {
        OperationView begun = cloud.submit(cloud.user, command).operation().orElseThrow();
        cloud.house.work();
        return begun;
    }

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

    @Test
    void aMoveToAnEndpointThatDiesEndsAndTheSourceIsAsItWas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.script().loseNextAnswer(Verb.IMPORT_IMAGE);
        OperationView begun = begun(move("web-2", Running.SNAPSHOT, false, "far"));
        assertEquals(Optional.of("COPY"), cloud.operation(begun.id()).step());
        cloud.script().away();
        awayForLong();

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        backAgain();
        assertEquals(0, cloud.count("select count(*) from img_leftover"));
    }

    @Test
    void theServerOfAMoveHasTheTimeThatADeploymentHas() {
        cloud.furnished();
        networkThere();
        cloud.deploy("web");
        cloud.script().onNextCall(Verb.CREATE, cloud.script()::away);
        OperationView begun = begun(move("web-2", Running.SNAPSHOT, false, "far"));
        assertEquals(Optional.of("CREATE"), cloud.operation(begun.id()).step());
        for (int minute = 0; minute <= 30; minute++) {
            cloud.house.clock.advance(Duration.ofMinutes(1));
            cloud.house.work();
        }
        assertTrue(
                cloud.operation(begun.id()).reason().orElseThrow().contains("PT30M"),
                () -> cloud.operation(begun.id()).toString());

        backAgain();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.FAILED, cloud.operation(begun.id()).state());
        assertEquals(ServerState.FAILED, cloud.server("web-2").state());
        assertEquals(ImageState.READY, image(new Ref("image-of-web-2")).state());
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

    /** As somebody made one at the far end with other tools. */
    private String template() {
        return cloud.domain.drivers().driver(cloud.endpoint(), driver -> ((FakeDriver) driver)
                .addTemplate("debian", SHAPE));
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
