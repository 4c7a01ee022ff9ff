// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;
import org.isthmus.driver.kvm.libvirt.Link;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** libvirtd is killed, or stops answering, under a running guest. */
@Timeout(180)
final class OutageRealIT {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final long MIB = 1L << 20;

    private final Ids ids = new Ids(Clock.systemUTC());

    @TempDir
    private Path cache;

    private PrivateLibvirtd libvirtd;
    private RealHost host;
    private HostContext context;
    private KvmDriver driver;
    private ServerSpec spec;
    private String ref;

    @BeforeEach
    void startAGuest() {
        RealHost given = RealHost.required();
        libvirtd = PrivateLibvirtd.required();
        host = given.at(libvirtd.uri(), libvirtd.storage());
        context = new HostContext(Clock.systemUTC(), cache);
        driver = host.open(context, "tcg");
        NicId nic = ids.nic();
        spec = new ServerSpec(
                ids.server(),
                new Name("outage"),
                driver.capacity().get(0).name(),
                1,
                128,
                List.of(new DiskSpec(ids.disk(), host.image().virtualSizeBytes(), Optional.of(host.image()))),
                host.hasBridge() ? List.of(new NicSpec(nic, MacAddress.local(7), Bindings.ovs(nic))) : List.of(),
                new Seed("instance-id: 1\n", "#cloud-config\n", ""));
        ref = done((one, call) -> one.create(call, spec)).ref();
        done((one, call) -> one.power(call, ref, PowerWish.ON));
    }

    @AfterEach
    void clearAway() {
        if (driver != null) {
            driver.close();
            context.close();
        }
        if (libvirtd != null) {
            libvirtd.close();
        }
    }

    private <T> T done(BiFunction<KvmDriver, Call, Progress<T>> wish) {
        Call call = new Call("outage." + ids.uuid(), Clock.systemUTC().instant().plusSeconds(60));
        while (true) {
            try {
                if (wish.apply(driver, call) instanceof Progress.Done<T> done) {
                    return done.result();
                }
            } catch (DriverException e) {
                assertTrue(e.passing() && Clock.systemUTC().instant().isBefore(call.deadline()), e::getMessage);
            }
            RealHost.pause();
        }
    }

    private Kind refusal() {
        long before = System.nanoTime();
        DriverException refusal = assertThrows(DriverException.class, () -> driver.find(spec.server()));
        Duration took = Duration.ofNanos(System.nanoTime() - before);
        assertTrue(took.compareTo(TEN_SECONDS) < 0, () -> "the call took " + took);
        return refusal.kind();
    }

    private void backWithin(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (driver.health().state() == Health.State.DOWN) {
            assertTrue(
                    System.nanoTime() < end,
                    () -> "not back: " + driver.health().detail());
            RealHost.pause();
        }
    }

    @Test
    void guestsSurviveAKilledLibvirtdAndTheDriverFindsItsWayBack() {
        int run = host.run(ref).orElseThrow();

        libvirtd.kill();
        Kind first = refusal();
        Kind second = refusal();
        Health.State down = driver.health().state();
        libvirtd.start();
        backWithin(Duration.ofSeconds(15));

        assertEquals(List.of(Kind.UNAVAILABLE, Kind.UNAVAILABLE), List.of(first, second));
        assertEquals(Health.State.DOWN, down);
        assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
        assertEquals(run, host.run(ref).orElseThrow(), "the guest went on");
    }

    @Test
    void aHostThatNoLongerAnswersFailsEveryCallInTime() {
        libvirtd.freeze();
        try {
            for (int i = 0; i < 3; i++) {
                assertEquals(Kind.UNAVAILABLE, refusal());
            }
            assertEquals(Health.State.DOWN, driver.health().state());
        } finally {
            libvirtd.thaw();
        }
        backWithin(Duration.ofSeconds(15));

        assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
    }

    @Test
    void anOpenConsoleEndsWithItsLibvirtd() throws Exception {
        try (Console.Session console = driver.openConsole(ref)) {
            libvirtd.kill();
            int last = 0;
            while (last >= 0) {
                last = console.output().read();
            }
            assertEquals(-1, last);
        }
    }

    /** QEMU is there already and stands still: libvirt goes on with its own start no more. */
    @Test
    @Timeout(300)
    void aStartInWhoseMiddleLibvirtdDiedIsFinished() {
        for (int pauses = 0; pauses < 6; pauses++) {
            done((one, call) -> one.power(call, ref, PowerWish.OFF));
            CompletableFuture<Void> cutOff = CompletableFuture.runAsync(this::startUnlessCutOff);
            for (int i = 0; i < pauses; i++) {
                RealHost.pause();
            }
            libvirtd.kill();
            cutOff.join();
            libvirtd.start();

            done((one, call) -> one.power(call, ref, PowerWish.ON));

            assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
        }
    }

    private void startUnlessCutOff() {
        try {
            driver.power(new Call("cut-off", Clock.systemUTC().instant().plusSeconds(60)), ref, PowerWish.ON);
        } catch (DriverException e) {
            assertEquals(Kind.UNAVAILABLE, e.kind(), e::getMessage);
        }
    }

    /** An image that was just copied is checked so; if that failed because some disk was being made, all would be sent again. */
    @Test
    void filesAreLookedThroughWhileOthersAreBeingMade() {
        try (Link making = new Link(libvirtd.uri(), "making", Clock.systemUTC());
                Link looking = new Link(libvirtd.uri(), "looking", Clock.systemUTC())) {
            String pool =
                    making.call("make a pool", host -> host.volumes().ensurePool("busy", libvirtd.storage() + "-busy"));
            CompletableFuture<Void> made = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 40; i++) {
                    NewVolume file = new NewVolume("file-" + i, "qcow2", MIB, false, Optional.empty());
                    making.call("make a file", host -> {
                        host.volumes().create(pool, file);
                        return null;
                    });
                }
            });
            int looks = 0;
            while (!made.isDone()) {
                looking.call("look", host -> {
                    host.volumes().refresh(pool);
                    return null;
                });
                looks++;
            }

            made.join();
            assertTrue(looks > 0);
            assertEquals(
                    40,
                    looking.call("count", host -> host.volumes().names(pool)).size());
        }
    }

    /** Whoever asks first may be left waiting in QEMU's monitor; everybody after is told what is known without it. */
    @Test
    void aGuestWhoseQemuHangsIsShownAndHoldsUpNobodyElse() {
        RealHost.run("pkill", "-STOP", "-f", "guest=" + spec.server());
        try {
            Optional<Kind> first = refusalOf(() -> driver.find(spec.server()));
            for (int i = 0; i < 12; i++) {
                assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
                assertEquals(1, driver.list().size());
                assertEquals(1, driver.capacity().size());
            }

            assertTrue(first.filter(kind -> kind != Kind.UNAVAILABLE).isEmpty(), first::toString);
        } finally {
            RealHost.run("pkill", "-CONT", "-f", "guest=" + spec.server());
        }
    }

    private static Optional<Kind> refusalOf(Runnable question) {
        try {
            question.run();
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e.kind());
        }
    }

    @Test
    void consolesThatHangDoNotHoldUpTheClosingOfTheDriver() {
        for (int i = 0; i < 4; i++) {
            Console.Session taken = driver.openConsole(ref);
            assertNotNull(taken.output());
        }
        libvirtd.freeze();
        try {
            long before = System.nanoTime();

            driver.close();

            Duration took = Duration.ofNanos(System.nanoTime() - before);
            assertTrue(took.compareTo(Duration.ofSeconds(2)) < 0, () -> "closing took " + took);
        } finally {
            libvirtd.thaw();
        }
    }

    @Test
    void closingAConsoleLetsItsReaderGo() throws Exception {
        Console.Session console = driver.openConsole(ref);
        Thread reader = new Thread(() -> {
            try {
                console.output().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        reader.start();

        console.close();
        reader.join(TEN_SECONDS.toMillis());

        assertTrue(!reader.isAlive(), "the reader is still there");
        try (Console.Session next = driver.openConsole(ref)) {
            next.input().write('\n');
        }
    }
}
