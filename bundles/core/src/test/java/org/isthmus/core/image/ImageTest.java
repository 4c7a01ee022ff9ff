// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.Uploaded;
import org.isthmus.api.operation.OperationState;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ImageTest {
    private static final Ref DISK = new Ref("disk");
    private static final byte[] CONTENT = content(10_000);

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("image");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private static byte[] content(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    private ImageView make(Optional<Sha256> sha256) {
        return cloud.submit(
                        cloud.user, new CreateImage(Cloud.ACME, new Name("disk"), Optional.empty(), sha256, Map.of()))
                .result();
    }

    private ImageView image() {
        return cloud.domain.images().get(cloud.user, Cloud.ACME, DISK);
    }

    private Uploaded put(byte[] all, int first, int length) throws IOException {
        return cloud.domain
                .images()
                .upload(
                        cloud.user,
                        Cloud.ACME,
                        DISK,
                        first,
                        length,
                        all.length,
                        new ByteArrayInputStream(all, first, length));
    }

    private Path file(ImageView image) {
        return cloud.directory.resolve("images").resolve(image.id().value());
    }

    private OperationState check(Uploaded last) {
        cloud.house.work();
        return cloud.operation(last.operation().orElseThrow().id()).state();
    }

    @Test
    void partsMakeAReadyImageWithItsChecksum() throws IOException {
        make(Optional.of(Sha256.of(CONTENT)));

        assertEquals(4_000, put(CONTENT, 0, 4_000).uploadOffset());
        assertEquals(ImageState.UPLOADING, image().state());
        Uploaded last = put(CONTENT, 4_000, 6_000);
        assertEquals(ImageState.CHECKING, image().state());
        assertEquals(OperationState.SUCCEEDED, check(last));

        ImageView ready = image();
        assertEquals(ImageState.READY, ready.state());
        assertEquals(Optional.of(Format.RAW), ready.format());
        assertEquals(Optional.of(Sha256.of(CONTENT)), ready.sha256());
        assertEquals(Optional.of(10_240L), ready.virtualSizeBytes());
        try (InputStream content =
                cloud.domain.images().content(cloud.user, Cloud.ACME, DISK, 0).open(9_990)) {
            assertArrayEquals(Arrays.copyOfRange(CONTENT, 9_990, 10_000), content.readAllBytes());
        }
    }

    @Test
    void aBadChecksumNeverBecomesReadyAndItsContentIsRemoved() throws IOException {
        ImageView made = make(Optional.of(Sha256.of(new byte[] {1})));

        assertEquals(OperationState.FAILED, check(put(CONTENT, 0, CONTENT.length)));

        assertEquals(ImageState.FAILED, image().state());
        assertTrue(image().reason().orElseThrow().contains("checksum"));
        assertFalse(Files.exists(file(made)));
        ProblemException problem = assertThrows(
                ProblemException.class, () -> cloud.domain.images().content(cloud.user, Cloud.ACME, DISK, 0));
        assertEquals(ImageProblem.NOT_READY, problem.type());
    }

    @Test
    void aPartAtAnotherOffsetIsToldTheRightOne() throws IOException {
        make(Optional.empty());
        put(CONTENT, 0, 4_000);

        ProblemException problem = assertThrows(ProblemException.class, () -> put(CONTENT, 5_000, 1_000));

        assertEquals(ImageProblem.WRONG_OFFSET, problem.type());
        assertEquals(4_000L, problem.extra().get("uploadOffset"));
    }

    @Test
    void aPartThatBreaksOffKeepsWhatCame() throws IOException {
        make(Optional.of(Sha256.of(CONTENT)));
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(CONTENT, 0, 3_000), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the client is gone");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return read();
            }
        });

        assertThrows(
                IOException.class,
                () -> cloud.domain.images().upload(cloud.user, Cloud.ACME, DISK, 0, 10_000, 10_000, broken));

        assertEquals(3_000, image().uploadOffset());
        assertEquals(OperationState.SUCCEEDED, check(put(CONTENT, 3_000, 7_000)));
    }

    @Test
    void aPartThatEndsEarlyKeepsWhatCame() throws IOException {
        make(Optional.empty());

        Uploaded uploaded = cloud.domain
                .images()
                .upload(cloud.user, Cloud.ACME, DISK, 0, 10_000, 10_000, new ByteArrayInputStream(CONTENT, 0, 100));

        assertEquals(100, uploaded.uploadOffset());
        assertTrue(uploaded.operation().isEmpty());
    }

    @Test
    void bytesPastTheRecordedOffsetAreWrittenAnew() throws IOException {
        ImageView made = make(Optional.of(Sha256.of(CONTENT)));
        put(CONTENT, 0, 4_000);
        // as after a kill between the disk and the record
        Files.write(file(made), new byte[500], java.nio.file.StandardOpenOption.APPEND);

        assertEquals(OperationState.SUCCEEDED, check(put(CONTENT, 4_000, 6_000)));
    }

    @Test
    void anUploadThatIsCompleteButWasNotCheckedIsCheckedAfterAll() throws IOException {
        ImageView made = make(Optional.of(Sha256.of(CONTENT)));
        put(CONTENT, 0, 4_000);
        // as after a kill between the record and the command that begins the check
        Files.write(file(made), CONTENT);
        cloud.house.database.tx().execute(() -> rows().change("update img_image set upload_offset = 10000"));

        cloud.domain.upkeep().runOnce();
        cloud.house.work();

        assertEquals(ImageState.READY, image().state());
    }

    private RowStore rows() {
        return new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
    }

    @Test
    void theLengthIsFixedByTheFirstPart() throws IOException {
        make(Optional.empty());
        put(CONTENT, 0, 4_000);

        ProblemException problem = assertThrows(ProblemException.class, () -> put(content(9_000), 4_000, 5_000));

        assertEquals(ImageProblem.BAD_RANGE, problem.type());
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeAByteIsRead() {
        make(Optional.empty());

        ProblemException problem = assertThrows(ProblemException.class, () -> cloud.domain
                .images()
                .upload(cloud.user, Cloud.ACME, DISK, 0, 1, Long.MAX_VALUE, new ByteArrayInputStream(CONTENT)));

        assertEquals(Problem.TOO_LARGE, problem.type());
    }

    @Test
    void aDeletedImageIsGoneWithItsContent() throws IOException {
        ImageView made = make(Optional.empty());
        check(put(CONTENT, 0, CONTENT.length));

        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, DISK));

        assertFalse(Files.exists(file(made)));
        assertEquals(0, cloud.count("select count(*) from img_image"));
    }

    @Test
    void contentOfNoImageIsSweptAndContentOfImagesIsKept() throws IOException {
        ImageView made = make(Optional.empty());
        check(put(CONTENT, 0, CONTENT.length));
        Path stray = cloud.directory
                .resolve("images")
                .resolve(cloud.house.ids.image().value());
        Files.write(stray, CONTENT);

        cloud.domain.upkeep().runOnce();

        assertFalse(Files.exists(stray));
        assertTrue(Files.exists(file(made)));
    }

    @Test
    void anImageAServerIsJustBeingMadeOfIsInUse() {
        cloud.furnished();
        cloud.submit(cloud.user, Cloud.wish("web"));

        ProblemException problem = assertThrows(
                ProblemException.class, () -> cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, Cloud.IMAGE)));

        assertEquals(Problem.IN_USE, problem.type());
    }

    @Test
    void anotherOrganizationsImageIsNotThere() {
        make(Optional.empty());
        cloud.house.access.organization("other", cloud.acme.policy());
        Caller bob = cloud.house.access.user("bob", "other");

        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.images().get(bob, new Ref("other"), Ref.of(image().id())))
                        .type());
    }
}
