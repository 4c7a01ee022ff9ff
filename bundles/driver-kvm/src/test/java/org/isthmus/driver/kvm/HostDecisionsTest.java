// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.isthmus.driver.kvm.host.Domains.State;
import org.isthmus.driver.kvm.host.ProbeGuest;
import org.isthmus.driver.kvm.host.Turns;
import org.isthmus.model.Ids;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is decided once per host: how guests run, and which images it has. */
final class HostDecisionsTest {
    private static final Instant DEADLINE = Instant.parse("2099-01-01T00:00:00Z");

    @TempDir
    private Path cache;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final MemoryHost host = new MemoryHost();
    private HostContext context;

    @BeforeEach
    void open() {
        context = new HostContext(Clock.systemUTC(), cache);
    }

    @AfterEach
    void close() {
        context.close();
    }

    private KvmDriver driver(String acceleration) {
        KvmSettings settings =
                new KvmSettings("qemu+ssh://far/system", "/srv/isthmus", acceleration, "auto", "q35", Optional.empty());
        return new KvmDriver(settings, host.calls(), context);
    }

    private ServerSpec spec(ImageContent image) {
        return new ServerSpec(
                ids.server(),
                new Name("web"),
                MemoryHost.NAME,
                1,
                64,
                List.of(new DiskSpec(ids.disk(), 1 << 20, Optional.of(image))),
                List.of(),
                new Seed("", "", ""));
    }

    private Created made(KvmDriver driver, ServerSpec spec) {
        Call call = new Call("t." + ids.uuid(), DEADLINE);
        while (true) {
            if (driver.create(call, spec) instanceof Progress.Done<Created> done) {
                return done.result();
            }
            Thread.onSpinWait();
        }
    }

    private Kind refused(KvmDriver driver, ServerSpec spec) {
        return assertThrows(DriverException.class, () -> made(driver, spec)).kind();
    }

    @Test
    void aProbeThatPowersItselfOffMeansKvm() {
        host.memory().kvmGuests(State.ENDED);
        KvmDriver driver = driver("auto");

        assertTrue(driver.capabilities().contains("accel-kvm"));
        assertEquals(Health.State.UP, driver.health().state());
        assertEquals(List.of(), host.memory().all(), "the probe is gone");
        assertEquals(List.of(), host.files().everything(), "and its disk");
    }

    @Test
    void aProbeThatDiesMeansEmulationAndSaysSo() {
        host.memory().kvmGuests(State.CRASHED);
        KvmDriver driver = driver("auto");

        assertTrue(driver.capabilities().contains("accel-tcg"));
        assertEquals(Health.State.DEGRADED, driver.health().state());
        assertTrue(
                driver.health().detail().contains("no guest boots under KVM"),
                driver.health().detail());
    }

    @Test
    void howGuestsRunIsACapabilityAsSoonAsItIsKnownAlsoWhenTheHostWasAwayAtFirst() {
        host.goAway();
        KvmDriver driver = driver("auto");
        Set<String> first = driver.capabilities();
        host.bringBack();
        host.memory().kvmGuests(State.ENDED);
        made(driver, spec(BytesImage.blank(4096)));

        Set<String> later = new TreeSet<>(first);
        later.add("accel-kvm");
        assertEquals(later, driver.capabilities());
        assertTrue(driver.health().detail().contains("accel-kvm"), "health tells it: " + driver.health());
    }

    @Test
    void aProbeUnderWayIsTakenAwayBeforeTheEndpointIsClosed() {
        host.memory().kvmGuests(State.RUNNING);
        KvmDriver driver = driver("auto");
        CompletableFuture<Set<String>> asked = CompletableFuture.supplyAsync(driver::capabilities);
        while (host.memory().all().isEmpty()) {
            Thread.onSpinWait();
        }

        driver.close();

        assertEquals(List.of(), host.memory().all(), "the probe is gone");
        assertEquals(List.of(), host.files().everything(), "and its disk");
        assertFalse(asked.join().contains("accel-tcg"), "nothing was found out");
    }

    @Test
    void whatTheSettingsSayIsNotProbed() {
        KvmDriver driver = driver("tcg");

        assertTrue(driver.capabilities().contains("accel-tcg"));
        assertEquals(Health.State.UP, driver.health().state());
        assertEquals(List.of(), host.memory().journal());
    }

    @Test
    void theProbeIsABootSectorThatFits() {
        byte[] sector = ProbeGuest.bootSector();

        assertEquals(512, sector.length);
        assertEquals((short) 0x55aa, ByteBuffer.wrap(sector).getShort(510));
    }

    @Test
    void serversOfOneImageShareOneCopy() {
        KvmDriver driver = driver("tcg");
        BytesImage image = BytesImage.blank(4096);

        made(driver, spec(image));
        made(driver, spec(image));

        assertEquals(
                1,
                host.files().everything().stream()
                        .filter(name -> name.endsWith(".ready"))
                        .count());
    }

    @Test
    void anImageOfOtherBytesThanItsChecksumIsNeverUsed() {
        ImageContent lying = new Lying(BytesImage.blank(4096), Sha256.of(new byte[] {1}), ImageContent.Format.RAW);

        assertEquals(Kind.BROKEN, refused(driver("tcg"), spec(lying)));
        assertEquals(List.of(), host.files().everything());
    }

    @Test
    void anImageThatNamesAnotherFileOfTheHostIsRefused() {
        byte[] backed = qcow2(200, 0);
        byte[] external = qcow2(0, 4);
        byte[] other = new byte[4096];

        for (byte[] content : List.of(backed, external, other)) {
            BytesImage image = new BytesImage(content);
            assertEquals(
                    Kind.INVALID,
                    refused(driver("tcg"), spec(new Lying(image, image.sha256(), ImageContent.Format.QCOW2))));
        }
        assertEquals(List.of(), host.files().everything());
    }

    private static byte[] qcow2(long backingFile, long features) {
        ByteBuffer header = ByteBuffer.allocate(4096);
        header.putInt(0x514649fb).putInt(3).putLong(backingFile).putLong(72, features);
        return header.array();
    }

    /** An image that says something of itself. */
    private record Lying(ImageContent truth, Sha256 sha256, ImageContent.Format format) implements ImageContent {
        @Override
        public long sizeBytes() {
            return truth.sizeBytes();
        }

        @Override
        public long virtualSizeBytes() {
            return truth.virtualSizeBytes();
        }

        @Override
        public java.io.InputStream open(long offset) throws java.io.IOException {
            return truth.open(offset);
        }
    }

    @Test
    void aTurnIsKeptUntilItIsGivenBack() {
        Turns turns = new Turns(Duration.ofMillis(20));
        Runnable turn = turns.take("a");
        turns.take("b").run();

        assertEquals(
                Kind.UNAVAILABLE,
                assertThrows(DriverException.class, () -> turns.take("a")).kind());
        turn.run();
        turn.run();
        turns.take("a").run();
    }
}
