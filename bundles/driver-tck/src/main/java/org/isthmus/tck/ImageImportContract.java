// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.Imported;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.tck.ComputeBench.Made;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of {@link ImageImport}, for a {@link ComputeContract} that claims it. */
public interface ImageImportContract extends FacetContract {
    private static Wish<ComputeDriver, Imported> copy(ImageSpec image) {
        return (driver, call) -> driver.facet(ImageImport.class).orElseThrow().importImage(call, image);
    }

    private static Wish<ComputeDriver, Void> remove(ImageId image, Optional<String> ref) {
        return (driver, call) -> driver.facet(ImageImport.class).orElseThrow().removeImage(call, image, ref);
    }

    private ImageSpec image() {
        return bench().image(bench().subject().image());
    }

    private List<SeenImage> images() {
        return bench().driver()
                .ask(driver -> driver.facet(ImageImport.class).orElseThrow().images());
    }

    /** The copies of an image that are shown. */
    private List<SeenImage> copies(ImageId image) {
        return images().stream()
                .filter(seen -> seen.image().equals(Optional.of(image)))
                .toList();
    }

    private void assertNoneOf(ImageId image) {
        assertEquals(List.of(), copies(image), "images still shows it");
        assertEquals(List.of(), bench().subject().leftovers(image), "something of it is still below");
    }

    private void assertOne(ImageSpec image, String token, String ref, String when) {
        List<SeenImage> copies = copies(image.image());
        assertEquals(1, copies.size(), when);
        SeenImage seen = copies.get(0);
        assertEquals(ref, seen.ref(), when);
        assertEquals(Optional.of(token), seen.token(), when);
        assertTrue(seen.managed(), when);
    }

    @Test
    default void i01_importMakesACopyThatImagesShows() {
        ImageSpec image = image();
        String token = bench().driver().token();

        Imported made = bench().driver().done(token, copy(image));

        assertFalse(made.ref().isBlank(), "the reference is a name");
        assertTrue(made.ref().length() <= 200, "the reference has at most 200 characters");
        assertOne(image, token, made.ref(), "once");
        SeenImage seen = copies(image.image()).get(0);
        assertEquals(
                image.shape().disks().stream()
                        .map(disk -> disk.virtualSizeBytes())
                        .toList(),
                seen.shape().disks().stream()
                        .map(disk -> disk.virtualSizeBytes())
                        .toList());
        assertEquals(image.shape().firmware(), seen.shape().firmware());
    }

    @Test
    default void i02_theSameTokenMakesOneCopy() {
        for (long seed = 1; seed <= bench().subject().schedules(); seed++) {
            ImageSpec image = image();
            String token = bench().driver().token();
            Replayer<ComputeDriver> replayer = bench().driver()
                    .replayer(
                            seed,
                            Disturbance.MEMO_LOST,
                            Disturbance.MEMO_STALE,
                            Disturbance.SAID_TWICE,
                            Disturbance.TWO_THREADS,
                            Disturbance.RESTARTED);

            Imported made = replayer.untilDone(token, copy(image));

            assertOne(image, token, made.ref(), replayer.trail());
            bench().driver().done(remove(image.image(), Optional.of(made.ref())));
            assertNoneOf(image.image());
        }
    }

    @Test
    default void i03_aCopyUnderAnotherTokenIsAConflict() {
        ImageSpec image = image();
        String token = bench().driver().token();
        Imported made = bench().driver().done(token, copy(image));

        bench().driver().mustRefuse("Import under another token", copy(image), Kind.CONFLICT);

        assertOne(image, token, made.ref(), "as before");
    }

    @Test
    default void i04_aFormatThatIsNotTakenIsInvalid() {
        List<Format> taken = bench().driver().ask(ComputeDriver::formats);
        Optional<Format> foreign =
                Stream.of(Format.values()).filter(each -> !taken.contains(each)).findFirst();
        Assumptions.assumeTrue(foreign.isPresent(), "This driver takes every format.");
        ImageContent content = bench().subject().image();
        ImageSpec image = bench().image(BytesImage.lying(content, foreign.orElseThrow(), content.sha256()));

        bench().driver().mustRefuse("A format that is not taken", copy(image), Kind.INVALID);

        assertNoneOf(image.image());
    }

    @Test
    default void i05_contentWithAnotherChecksumIsRefused() {
        ImageContent content = bench().subject().image();
        Sha256 other = Sha256.of(new byte[] {1, 2, 3});
        ImageSpec image = bench().image(BytesImage.lying(content, content.format(), other));

        bench().driver().mustRefuse("Content with another checksum", copy(image), Kind.BROKEN, Kind.INVALID);

        assertNoneOf(image.image());
    }

    @Test
    default void i06_aServerOfTheCopyHasDisksOfTheSizesWished() {
        ImageSpec image = image();
        Imported copy = bench().driver().done(copy(image));
        long wished = image.disks().get(0).virtualSizeBytes() + (1L << 20);
        ServerSpec spec = bench().specOf(copy.ref(), wished);

        Made made = bench().create(spec);
        bench().power(made.ref(), PowerWish.ON);

        assertEquals(Power.ON, bench().powerOf(made));
        assertEquals(1, bench().seen(made.id()).disks().size());
        assertTrue(bench().seen(made.id()).disks().get(0).sizeBytes() >= wished, "the disk is as large as wished");
    }

    @Test
    default void i07_createOfATemplateThatIsNotThereIsNotFound() {
        ImageSpec image = image();
        Imported copy = bench().driver().done(copy(image));
        bench().driver().done(remove(image.image(), Optional.of(copy.ref())));
        ServerSpec spec = bench().specOf(copy.ref(), image.disks().get(0).virtualSizeBytes());

        bench().driver()
                .mustRefuse(
                        "Create of a template that is not there",
                        (driver, call) -> driver.create(call, spec),
                        Kind.NOT_FOUND);
    }

    @Test
    default void i08_removeByIdAloneRemovesTheCopyAndItsServersGoOn() {
        ImageSpec image = image();
        Imported copy = bench().driver().done(copy(image));
        Made made =
                bench().create(bench().specOf(copy.ref(), image.disks().get(0).virtualSizeBytes()));

        bench().driver().done(remove(image.image(), Optional.empty()));
        bench().driver().done(remove(image.image(), Optional.of(copy.ref())));
        bench().power(made.ref(), PowerWish.ON);

        assertNoneOf(image.image());
        assertEquals(Power.ON, bench().powerOf(made));
    }

    @Test
    default void i09_removeBreaksOffAnImportThatNeverAnswered() {
        ImageSpec image = image();
        bench().driver().once(bench().driver().call(bench().driver().token()), copy(image));

        bench().driver().done(remove(image.image(), Optional.empty()));

        assertNoneOf(image.image());
    }

    @Test
    default void i10_afterARestartImagesShowsEveryCopy() {
        ImageSpec image = image();
        String token = bench().driver().token();
        Imported made = bench().driver().done(token, copy(image));

        bench().driver().restart();

        assertOne(image, token, made.ref(), "after a restart");
    }

    @Test
    default void i11_imagesIsUnavailableWhileTheFarEndIsAway() {
        bench().driver().done(copy(image()));

        bench().driver()
                .mustBeUnavailableWhileAway(
                        driver -> driver.facet(ImageImport.class).orElseThrow().images());
    }
}
