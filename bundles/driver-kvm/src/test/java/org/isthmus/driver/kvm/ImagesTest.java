// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.CollectedDisks;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images of several disks, kept ones, firmware: what the contract does not ask of every driver. */
@Timeout(60)
final class ImagesTest {
    private static final Instant DEADLINE = Instant.parse("2099-01-01T00:00:00Z");
    private static final int MIB = 1 << 20;

    @TempDir
    private Path cache;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final MemoryHost host = new MemoryHost();
    private final ImageContent first = new BytesImage(filled(1));
    private final ImageContent second = new BytesImage(filled(2));
    private HostContext context;
    private KvmDriver driver;

    private static byte[] filled(int with) {
        byte[] bytes = new byte[MIB];
        java.util.Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    @BeforeEach
    void open() {
        context = new HostContext(Clock.systemUTC(), cache);
        driver = MemoryContractTest.open(host, context);
    }

    @AfterEach
    void close() {
        driver.close();
        context.close();
    }

    private <T> T done(Function<Call, Progress<T>> wish) {
        Call call = new Call("t." + ids.uuid(), DEADLINE);
        while (true) {
            if (wish.apply(call) instanceof Progress.Done<T> done) {
                return done.result();
            }
            Thread.onSpinWait();
        }
    }

    private ImageSpec image(ImageContent... contents) {
        List<ImageContent> all = List.of(contents);
        List<ShapeDisk> disks = all.stream()
                .map(content -> new ShapeDisk("d-" + all.indexOf(content), content.virtualSizeBytes()))
                .toList();
        Shape shape = new Shape(
                2,
                512,
                Firmware.EFI,
                Optional.of("Debian <12>"),
                disks,
                List.of(
                        new ShapeNic(Optional.of(new MacAddress("02:00:00:00:00:07")), "front"),
                        new ShapeNic(Optional.empty(), "")));
        return new ImageSpec(ids.image(), new Name("golden"), shape, all);
    }

    private ServerSpec server(List<DiskSpec> disks, Firmware firmware, Optional<String> template) {
        return new ServerSpec(
                ids.server(),
                new Name("web"),
                MemoryHost.NAME,
                1,
                64,
                disks,
                List.of(),
                new Seed("", "", ""),
                firmware,
                template);
    }

    private DiskSpec disk(Optional<ImageContent> content) {
        return new DiskSpec(ids.disk(), 2 * MIB, content);
    }

    private String ref(ServerSpec spec) {
        return done(call -> driver.create(call, spec)).ref();
    }

    private List<String> bases() {
        return host.files().everything().stream()
                .filter(name -> name.startsWith("image-"))
                .toList();
    }

    private CollectedDisks exported(String ref) {
        CollectedDisks disks = new CollectedDisks();
        done(call -> driver.exportImage(call, ref, Optional.empty(), disks));
        return disks;
    }

    /** The first byte that a guest would read of an exported disk, in the first cluster behind the tables. */
    private static byte firstOf(CollectedDisks disks, int place) {
        byte[] content = disks.disks().get(place).content();
        return content[content.length - MIB];
    }

    @Test
    void everyDiskStartsAsItsOwnContent() {
        ServerSpec spec = server(
                List.of(disk(Optional.of(first)), disk(Optional.empty()), disk(Optional.of(second))),
                Firmware.BIOS,
                Optional.empty());

        CollectedDisks disks = exported(ref(spec));

        assertEquals(1, firstOf(disks, 0));
        assertTrue(disks.disks().get(1).content().length < MIB, "nothing is in the blank one");
        assertEquals(2, firstOf(disks, 2));
    }

    @Test
    void aKeptImageIsShownWithEveryFactAndReadOutAsItCame() {
        ImageSpec image = image(first, second);

        String ref = done(call -> driver.importImage(call, image)).ref();

        SeenImage seen = driver.images().get(0);
        assertEquals(image.shape(), seen.shape());
        assertEquals(image.shape(), driver.shape(ref));
        assertEquals("golden", seen.name());
        assertEquals(2L * MIB, seen.sizeBytes());
        CollectedDisks disks = exported(ref);
        assertEquals(1, firstOf(disks, 0));
        assertEquals(2, firstOf(disks, 1));
    }

    @Test
    void aServerOfAKeptImageHasItsDisksAndMore() {
        ImageSpec image = image(first, second);
        String ref = done(call -> driver.importImage(call, image)).ref();
        ServerSpec spec = server(
                List.of(disk(Optional.empty()), disk(Optional.empty()), disk(Optional.empty())),
                Firmware.BIOS,
                Optional.of(ref));

        CollectedDisks disks = exported(ref(spec));

        assertEquals(1, firstOf(disks, 0));
        assertEquals(2, firstOf(disks, 1));
        assertTrue(disks.disks().get(2).content().length < MIB);
    }

    @Test
    void aServerThatDoesNotFollowItsTemplateIsInvalid() {
        ImageSpec image = image(first, second);
        String ref = done(call -> driver.importImage(call, image)).ref();
        List<DiskSpec> fewer = List.of(disk(Optional.empty()));
        List<DiskSpec> smaller = List.of(disk(Optional.empty()), new DiskSpec(ids.disk(), 512, Optional.empty()));
        List<DiskSpec> other = List.of(disk(Optional.of(second)), disk(Optional.empty()));

        for (List<DiskSpec> disks : List.of(fewer, smaller, other)) {
            ServerSpec spec = server(disks, Firmware.BIOS, Optional.of(ref));
            DriverException refused = assertThrows(DriverException.class, () -> ref(spec));
            assertEquals(Kind.INVALID, refused.kind());
        }
    }

    @Test
    void contentStaysWhileAnotherImageOrADiskWantsIt() {
        ImageSpec one = image(first, second);
        ImageSpec other = image(second);
        done(call -> driver.importImage(call, one));
        done(call -> driver.importImage(call, other));
        ServerSpec spec = server(List.of(disk(Optional.of(first))), Firmware.BIOS, Optional.empty());
        ref(spec);
        assertEquals(4, bases().size(), "two contents, each with its ready file");

        done(call -> driver.removeImage(call, one.image(), Optional.empty()));
        assertEquals(4, bases().size(), "one below a disk, one of another image");
        done(call -> driver.removeImage(call, other.image(), Optional.empty()));
        assertEquals(2, bases().size());
        done(call -> driver.delete(call, spec.server(), Optional.empty()));
        ImageSpec again = image(first);
        done(call -> driver.importImage(call, again));
        done(call -> driver.removeImage(call, again.image(), Optional.empty()));

        assertEquals(List.of(), bases());
        assertEquals(List.of(), driver.images());
    }

    @Test
    void aFileThatWasNotWrittenToItsEndIsNoImage() {
        ImageSpec image = image(first);
        // the pools come with the first image
        done(call -> driver.importImage(call, image));
        done(call -> driver.removeImage(call, image.image(), Optional.empty()));
        int changes = host.changes();
        done(call -> driver.importImage(call, image));
        int needed = host.changes() - changes;
        done(call -> driver.removeImage(call, image.image(), Optional.empty()));

        for (int change = 0; change < needed; change++) {
            ImageSpec next = image(first);
            Call call = new Call("t." + ids.uuid(), DEADLINE);
            host.cutAt(change, change % 2 == 0);
            assertThrows(DriverException.class, () -> {
                while (!(driver.importImage(call, next) instanceof Progress.Done)) {
                    Thread.onSpinWait();
                }
            });
            host.bringBack();
            assertTrue(driver.images().size() <= 1, "half or whole, never two");
            while (true) {
                try {
                    if (driver.importImage(call, next) instanceof Progress.Done) {
                        break;
                    }
                } catch (DriverException e) {
                    // what the work met while the host was away
                    assertEquals(Kind.UNAVAILABLE, e.kind());
                }
            }
            assertEquals(
                    List.of(next.image()),
                    driver.images().stream()
                            .map(SeenImage::image)
                            .flatMap(Optional::stream)
                            .toList());
            done(each -> driver.removeImage(each, next.image(), Optional.empty()));
        }
    }

    @Test
    void formatsOfOthersAreInvalid() {
        ImageSpec image = image(BytesImage.lying(first, Format.VMDK, first.sha256()));

        DriverException refused =
                assertThrows(DriverException.class, () -> done(call -> driver.importImage(call, image)));

        assertEquals(Kind.INVALID, refused.kind());
        assertEquals(List.of(), bases());
    }

    @Test
    void aServerWhoseFirmwareIsNotThereIsInvalidAndSaysWhatToInstall() {
        ServerSpec spec = server(List.of(disk(Optional.of(first))), Firmware.EFI, Optional.empty());

        DriverException refused = assertThrows(DriverException.class, () -> ref(spec));

        assertEquals(Kind.INVALID, refused.kind());
        assertTrue(refused.getMessage().contains("ovmf"), refused.getMessage());
        assertEquals(Optional.empty(), driver.find(spec.server()));
        host.install(Firmware.EFI);
        assertEquals(Firmware.EFI, driver.shape(ref(spec)).firmware());
    }

    @Test
    void aServerThatWasStartedWhileItWasReadIsReadAnew() {
        ServerSpec spec = server(List.of(disk(Optional.of(first))), Firmware.BIOS, Optional.empty());
        String ref = ref(spec);
        Call call = new Call("t." + ids.uuid(), DEADLINE);
        driver.exportImage(call, ref, Optional.empty(), new CollectedDisks());
        done(each -> driver.power(each, ref, PowerWish.ON));
        done(each -> driver.abandonExport(each, ref));

        DriverException refused = assertThrows(
                DriverException.class, () -> driver.exportImage(call, ref, Optional.empty(), new CollectedDisks()));

        assertEquals(Kind.CONFLICT, refused.kind());
    }

    /** A sink in which a disk gets stuck half way until its reader is interrupted; says from where on each was written. */
    private static final class Stuck implements ImageSink {
        private final CollectedDisks kept = new CollectedDisks();
        private final List<Long> begun = new CopyOnWriteArrayList<>();
        private final long at;
        /** It is stuck, or was: it happens once. */
        private volatile boolean over;

        Stuck(long at) {
            this.at = at;
        }

        @Override
        public OutputStream open(int disk, Format format, long offset) throws IOException {
            begun.add(offset);
            return new FilterOutputStream(kept.open(disk, format, offset)) {
                private long there = offset;

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    if (!over && there < at && there + length >= at) {
                        out.write(bytes, from, (int) (at - there));
                        over = true;
                        await();
                    }
                    out.write(bytes, from, length);
                    there += length;
                }
            };
        }

        private static void await() throws InterruptedIOException {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("The reader was interrupted");
            }
        }

        @Override
        public long written(int disk) {
            return kept.written(disk);
        }

        @Override
        public void whole(int disk, long sizeBytes) {
            kept.whole(disk, sizeBytes);
        }
    }

    @Test
    void withItsMemoAReadingGoesOnAndWithoutItBeginsAnew() {
        String ref = ref(server(List.of(disk(Optional.of(first))), Firmware.BIOS, Optional.empty()));
        byte[] whole = exported(ref).disks().get(0).content();
        for (boolean known : new boolean[] {true, false}) {
            long half = whole.length / 2;
            Stuck stuck = new Stuck(half);
            Call call = new Call("t." + ids.uuid(), DEADLINE);
            String memo = "";
            while (!stuck.over || memo.isEmpty()) {
                memo = ((Progress.Pending<Void>) driver.exportImage(call, ref, Optional.empty(), stuck)).memo();
            }
            // another controller
            close();
            open();
            Call again = known ? call.withMemo(memo) : call;

            while (!(driver.exportImage(again, ref, Optional.empty(), stuck) instanceof Progress.Done)) {
                Thread.onSpinWait();
            }

            assertEquals(known ? List.of(0L, half) : List.of(0L, 0L), stuck.begun);
            assertArrayEquals(whole, stuck.kept.disks().get(0).content());
        }
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotReadOn() {
        String ref = ref(server(List.of(disk(Optional.of(first))), Firmware.BIOS, Optional.empty()));
        Call late = new Call("t." + ids.uuid(), Instant.EPOCH);
        CollectedDisks sink = new CollectedDisks();

        DriverException ended = assertThrows(DriverException.class, () -> {
            while (!(driver.exportImage(late, ref, Optional.empty(), sink) instanceof Progress.Done)) {
                Thread.onSpinWait();
            }
        });

        assertEquals(Kind.UNAVAILABLE, ended.kind());
        assertTrue(sink.written(0) <= 65536, "one piece at most");
    }

    @Test
    void anImageThatNobodyKeepsIsNotFound() {
        ImageId never = ids.image();

        DriverException absent = assertThrows(DriverException.class, () -> driver.shape(never.value()));

        assertEquals(Kind.NOT_FOUND, absent.kind());
    }
}
