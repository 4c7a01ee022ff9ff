// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.core.Cloud;
import org.isthmus.core.outward.Reach;
import org.isthmus.core.outward.Refusal;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.store.Leases;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images whose content is fetched from an address. */
final class ImageFetchTest {
    private static final Ref DEBIAN = new Ref("debian");
    private final byte[] disk = disk(1);
    private final FileServer server = new FileServer(disk);
    private Cloud cloud;

    private static byte[] disk(int seed) {
        return disk(seed, 1);
    }

    private static byte[] disk(int seed, int mebibytes) {
        byte[] disk = new byte[mebibytes << 20];
        new Random(seed).nextBytes(disk);
        return disk;
    }

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("fetch");
    }

    @AfterEach
    void close() {
        cloud.close();
        server.close();
    }

    private void instead(Reach reach, long mostBytes) {
        cloud.close();
        cloud = new Cloud("fetch", usual -> Cloud.settings(usual, mostBytes, usual.mostDiskBytes(), reach));
    }

    private static CreateImage of(String url, Optional<Sha256> sha256) {
        return of("debian", url, sha256);
    }

    private static CreateImage of(String name, String url, Optional<Sha256> sha256) {
        return new CreateImage(
                Cloud.ACME,
                new Name(name),
                Optional.empty(),
                new OfUrl(new Secret(url)),
                sha256,
                Optional.of(Firmware.EFI),
                Map.of(),
                Optional.empty());
    }

    private OperationView begun(String path) {
        return begun("debian", path);
    }

    private OperationView begun(String name, String path) {
        OperationView begun = cloud.submit(cloud.user, of(name, server.url(path), Optional.empty()))
                .operation()
                .orElseThrow();
        cloud.house.work();
        return begun;
    }

    private ImageView image() {
        return cloud.domain.images().get(cloud.user, Cloud.ACME, DEBIAN);
    }

    private byte[] content() throws IOException {
        return cloud.domain
                .images()
                .content(cloud.user, Cloud.ACME, DEBIAN, 0)
                .open(0)
                .readAllBytes();
    }

    /** It failed at once, says why, and left nothing but that. */
    private void failed(OperationView begun, String why) {
        OperationView ended = cloud.operation(begun.id());
        assertEquals(OperationState.FAILED, ended.state(), ended::toString);
        assertTrue(ended.reason().orElseThrow().contains(why), ended::toString);
        assertEquals(ImageState.FAILED, image().state());
        assertTrue(image().reason().orElseThrow().contains(why), () -> image().toString());
        assertEquals(0, cloud.contents());
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, DEBIAN));
    }

    private Path file() {
        return cloud.directory.resolve("images").resolve(image().id().value());
    }

    private Optional<String> reason(OperationView begun) {
        return cloud.operation(begun.id()).reason();
    }

    /** What broke off is tried again after a pause. */
    private void later() {
        cloud.house.clock.advance(Duration.ofSeconds(10));
        cloud.house.work();
    }

    /** Whole, as the server has it. */
    private void assertFetched(OperationView begun) throws IOException {
        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertArrayEquals(disk, content());
    }

    @Test
    void anImageIsFetchedAndIsThenAsIfItHadBeenUploaded() throws IOException {
        OperationView begun = begun("/debian.raw");

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        ImageView image = image();
        assertEquals(ImageState.READY, image.state());
        assertEquals(Optional.of(Format.RAW), image.format());
        assertEquals(Optional.of(Sha256.of(disk)), image.sha256());
        assertEquals(Optional.of((long) disk.length), image.sizeBytes());
        assertEquals(Firmware.EFI, image.shape().orElseThrow().firmware());
        // nothing of a machine is in it
        cloud.house.access.take(cloud.user, Action.IMAGE_CAPTURE);
        assertArrayEquals(disk, content());
    }

    @Test
    void itGoesOnWhereItBrokeOff() throws IOException {
        server.breakAfter(600_000);
        OperationView begun = begun("/debian.raw");
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());
        assertEquals(600_000, image().uploadOffset());

        later();

        assertFetched(begun);
        assertEquals(List.of("-", "bytes=600000- if \"v1\""), server.ranges());
    }

    @Test
    void itBeginsAnewWhenTheFileWasChangedMeanwhile() throws IOException {
        byte[] other = disk(2);
        server.breakAfter(600_000);
        OperationView begun = begun("/debian.raw");
        server.serve(other, "\"v2\"");

        later();
        later();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertArrayEquals(other, content());
    }

    @Test
    void itBeginsAnewWhereVersionsCannotBeTold() throws IOException {
        server.serve(disk, "W/\"weak\"");
        server.breakAfter(600_000);
        OperationView begun = begun("/debian.raw");

        later();

        assertFetched(begun);
        assertEquals(List.of("-", "-"), server.ranges());
    }

    @Test
    void aServerThatIsAwayIsWaitedForTenMinutesAndNoLonger() {
        server.status(503);
        OperationView begun = begun("/debian.raw");
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());

        server.status(200);
        later();
        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());

        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, DEBIAN));
        server.status(503);
        OperationView again = begun("/debian.raw");
        cloud.house.clock.advance(Duration.ofMinutes(11));
        cloud.house.work();
        failed(again, "It answered 503.");
    }

    @Test
    void whatIsNotThereFailsAtOnceAndNothingOfTheAddressIsSaid() {
        server.status(404);

        OperationView begun = begun("/debian.raw?token=hush");

        failed(begun, "It answered 404.");
        OperationView ended = cloud.operation(begun.id());
        assertFalse(ended.toString().contains("hush"), ended::toString);
        assertEquals(
                0, cloud.count("select count(*) from opr_operation where memo like '%hush%' or memo like '%\"url\"%'"));
    }

    @Test
    void aChecksumThatIsAnothersFailsAndLeavesNothing() {
        OperationView begun =
                cloud.run(cloud.user, of(server.url("/debian.raw"), Optional.of(new Sha256("0".repeat(64)))));

        failed(begun, "checksum");
    }

    @Test
    void aFileThatIsLargerThanAnImageMayBeIsNotBegun() {
        instead(Cloud.AROUND, 1000);

        failed(begun("/debian.raw"), "at most 1000 bytes");
    }

    @Test
    void cancelledItLeavesNothing() {
        server.breakAfter(600_000);
        OperationView begun = begun("/debian.raw");

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(ImageState.FAILED, image().state());
        assertEquals(0, cloud.contents());
    }

    @Test
    void redirectionsAreFollowedAFewTimesAndCheckedEachTime() throws IOException {
        server.redirect("/a", "/b?x=1").redirect("/b?x=1", server.url("/debian.raw") + "#part");
        OperationView begun = begun("/a");
        assertFetched(begun);
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, DEBIAN));

        server.redirect("/round", "/round");
        failed(begun("/round"), "more than 5 times");
        server.redirect("/inside", "http://127.0.0.2:1/");
        failed(begun("/inside"), "not on the public Internet");
        for (String nowhere : List.of("ftp://example.org/", "http://me:secret@example.org/", "http://exa mple/", "")) {
            server.redirect("/nowhere", nowhere);
            OperationView refused = begun("/nowhere");
            assertFalse(cloud.operation(refused.id()).toString().contains("example"));
            failed(refused, nowhere.isEmpty() ? "more than 5 times" : "no address");
        }
    }

    @Test
    void anEncryptedConnectionIsNotLeftForAnother() throws IOException {
        URI from = URI.create("https://images.example.org/a/b?c=d");

        assertEquals(URI.create("https://images.example.org/a/e?f"), Download.next(from, "e?f#g"));
        assertEquals(URI.create("https://other.example.org/"), Download.next(from, "//other.example.org/"));
        assertThrows(Refusal.class, () -> Download.next(from, "http://images.example.org/"));
    }

    @Test
    void whatIsAroundTheControllerIsNotReached() {
        instead(new Reach(true, List.of()), 1 << 24);

        failed(begun("/debian.raw"), "not on the public Internet");
        assertEquals(List.of(), server.ranges());
    }

    @Test
    void anAddressThatMayNotBeFetchedFromIsRefusedBeforeAnythingIsMade() {
        instead(Reach.DEFAULT, 1 << 24);
        for (String url : List.of(
                "http://images.example.org/debian.raw",
                "https://me:secret@images.example.org/debian.raw",
                "file:///etc/passwd",
                "debian.raw")) {
            ProblemException refused =
                    assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, of(url, Optional.empty())));
            assertEquals(Problem.MALFORMED, refused.type());
            assertFalse(refused.getMessage().contains("secret"), refused.getMessage());
        }
        assertEquals(0, cloud.count("select count(*) from img_image"));
    }

    @Test
    void whatDoesNotSayHowLargeItIsOrIsCompressedIsRefused() {
        server.withoutLength();
        failed(begun("/debian.raw"), "in pieces or compressed");
        server.header("Content-Encoding", "gzip");
        failed(begun("/debian.raw"), "in pieces or compressed");
    }

    @Test
    void ofSeveralControllersOneFetches() throws IOException {
        cloud.fetching.hold();
        OperationView begun = begun("/debian.raw");
        Leases leases = cloud.house.database.leases();
        String name = "fch." + image().id();
        leases.release(leases.last(name).orElseThrow());
        Leases.Lease other = leases.hold(name, "other", Duration.ofMinutes(1)).orElseThrow();

        // this one comes late
        cloud.fetching.letGo();
        later();
        assertEquals(0, image().uploadOffset());
        assertEquals(
                Optional.of("Another controller fetches it."),
                cloud.operation(begun.id()).reason());

        leases.release(other);
        later();
        later();
        assertFetched(begun);
    }

    @Test
    void cancelledItIsNotFetchedByAnotherControllerEither() {
        cloud.fetching.hold();
        OperationView begun = begun("/debian.raw");
        Leases leases = cloud.house.database.leases();
        String name = "fch." + image().id();
        leases.release(leases.last(name).orElseThrow());
        Leases.Lease other = leases.hold(name, "other", Duration.ofMinutes(1)).orElseThrow();

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertFalse(leases.last(name).filter(other::equals).isPresent());
    }

    @Test
    void nothingOfAnUploadIsTakenMeanwhile() {
        cloud.fetching.hold();
        begun("/debian.raw");

        assertThrows(ProblemException.class, () -> cloud.upload("debian", disk));
        assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, DEBIAN)));

        cloud.fetching.letGo();
        later();
        assertEquals(ImageState.READY, image().state());
    }

    @Test
    @Timeout(20)
    void cancelledItWaitsForNobodyWhoSendsNothing() throws InterruptedException {
        cloud.fetching.aside();
        // more than is on its way: most of it was read when it stalls
        server.serve(disk(1, 16), "\"v1\"");
        server.stallAfter(15 << 20);
        OperationView begun = begun("/debian.raw");
        server.awaitStall();

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();
        cloud.fetching.awaitAll();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(0, cloud.contents());
    }

    @Test
    void anOrganizationFetchesTwoAtOnceAndTheOthersWaitForTheirTurn() {
        cloud.fetching.hold();
        begun("first", "/a");
        begun("second", "/b");
        OperationView third = begun("/c");

        assertEquals(Optional.of("It waits for its turn."), reason(third));

        cloud.fetching.letGo();
        later();
        later();
        assertEquals(OperationState.SUCCEEDED, cloud.operation(third.id()).state());
    }

    @Test
    void whoFetchesKeepsTheLeaseThoughNobodyAsks() {
        cloud.fetching.hold();
        begun("/debian.raw");
        cloud.house.clock.advance(Duration.ofSeconds(59));

        cloud.fetching.letGo();

        cloud.house.clock.advance(Duration.ofSeconds(30));
        assertEquals(
                Optional.empty(),
                cloud.house.database.leases().hold("fch." + image().id(), "other", Duration.ofMinutes(1)));
    }

    @Test
    void whatOneControllerFetchedSaysNothingOfWhatAnotherBeganAnew() throws IOException {
        cloud.fetching.hold();
        OperationView begun = begun("/debian.raw");
        cloud.fetching.letGo();
        Leases leases = cloud.house.database.leases();
        String name = "fch." + image().id();
        leases.release(leases.last(name).orElseThrow());
        Leases.Lease other = leases.hold(name, "other", Duration.ofMinutes(1)).orElseThrow();
        half(1000);
        leases.release(other);

        later();
        later();

        assertFetched(begun);
    }

    @Test
    void whatIsNotWholeIsNotTakenForIt() throws IOException {
        cloud.fetching.hold();
        OperationView begun = begun("/debian.raw");
        cloud.fetching.letGo();
        half(1000);

        later();
        later();

        assertFetched(begun);
    }

    /** As if no more of it had come. */
    private void half(int bytes) throws IOException {
        cloud.house.tx.execute(() -> cloud.rows()
                .change(
                        "update img_image set upload_offset = ? where id = ?",
                        (long) bytes,
                        image().id().value()));
        Files.write(file(), Arrays.copyOf(disk, bytes));
    }

    @Test
    void whatBeginsAnewIsNotTakenForWhatDoesNotCome() throws IOException {
        byte[] other = disk(2, 4);
        server.serve(disk(1, 4), "\"v1\"");
        server.breakAfter(3 << 20);
        OperationView begun = begun("/debian.raw");
        server.serve(other, "\"v2\"");
        later();

        cloud.house.clock.advance(Duration.ofMinutes(11));
        server.breakAfter(2 << 20);
        cloud.house.work();
        later();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertArrayEquals(other, content());
    }

    @Test
    void aFewBytesAtATimeAreNotWaitedForLongerThanNone() {
        server.breakAfter(1000);
        OperationView begun = begun("/debian.raw");
        server.breakAfter(1000);
        cloud.house.clock.advance(Duration.ofMinutes(11));
        cloud.house.work();

        failed(begun, "for PT10M");
    }

    @Test
    void aPartThatDoesNotSayOfWhichVersionItIsIsNoneOfThisOne() throws IOException {
        byte[] other = disk(2);
        server.breakAfter(600_000);
        OperationView begun = begun("/debian.raw");
        server.serve(other, "\"v1\"");
        server.withoutTagOfParts();

        later();
        later();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertArrayEquals(other, content());
    }

    @Test
    void spaceIsWaitedForAsAServerIs() {
        instead(Cloud.AROUND, Long.MAX_VALUE);
        server.says(1L << 59);
        OperationView begun = begun("/debian.raw");
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());
        assertTrue(reason(begun).orElseThrow().contains("there is space for"), () -> reason(begun)
                .toString());

        server.saysNothingElse();
        later();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void troubleOfItsOwnDiskIsToldWithoutWhereThatIs() throws IOException {
        cloud.fetching.hold();
        OperationView begun = begun("/debian.raw");
        Files.createDirectory(file());
        cloud.fetching.letGo();
        later();
        assertEquals(Optional.of("The content could not be written here."), reason(begun));

        Files.delete(file());
        later();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }
}
