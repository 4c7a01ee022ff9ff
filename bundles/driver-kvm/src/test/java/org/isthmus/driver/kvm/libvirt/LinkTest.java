// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections, on the driver for tests that libvirt's own client library has in it: no daemon is needed. */
final class LinkTest {
    private static final String TEST_DRIVER = "test:///default";
    private static final String NOWHERE = "qemu:///system?socket=/nonexistent/socket";

    @BeforeEach
    void needsTheLibrary() {
        try {
            NativeLibrary.getInstance("virt");
        } catch (UnsatisfiedLinkError e) {
            Assumptions.abort("libvirt's client library (Debian: libvirt0) is not installed.");
        }
    }

    @Test
    void aCallIsAnswered() {
        try (Link link = new Link(TEST_DRIVER, "test", Clock.systemUTC())) {
            assertTrue(link.call("ask", Hypervisor::version).matches("\\d+\\.\\d+\\.\\d+"));
            assertTrue(link.call("ask", Hypervisor::node).cpus() > 0);
        }
    }

    @Test
    void anAbsentDomainIsToldByItsKind() {
        try (Link link = new Link(TEST_DRIVER, "test", Clock.systemUTC())) {
            DriverException refusal = assertThrows(
                    DriverException.class,
                    () -> link.call("start", host -> {
                        host.domains().start("11111111-1111-4111-8111-111111111111");
                        return null;
                    }));

            assertEquals(Kind.NOT_FOUND, refusal.kind());
        }
    }

    @Test
    void aPoolAndItsFilesAreMadeOnce() {
        try (Link link = new Link(TEST_DRIVER, "test", Clock.systemUTC())) {
            String pool = link.call("ensure", host -> host.volumes().ensurePool("isthmus-x", "/isthmus-x"));
            String again = link.call("ensure", host -> host.volumes().ensurePool("isthmus-x", "/isthmus-x"));

            assertEquals("isthmus-x", pool);
            assertEquals(pool, again);
            assertTrue(link.call("space", host -> host.volumes().space(pool)).total() > 0);
            assertTrue(link.call("find", host -> host.volumes().find(pool, "nothing"))
                    .isEmpty());
        }
    }

    @Test
    void aHostThatIsNotThereIsAskedAgainOnlyAfterAPause() {
        SettableClock clock = new SettableClock();
        try (Link link = new Link(NOWHERE, "nowhere", clock)) {
            DriverException first = refusal(link);
            DriverException second = refusal(link);
            clock.advance(Duration.ofMinutes(1));
            DriverException third = refusal(link);

            assertEquals(Kind.UNAVAILABLE, first.kind());
            assertEquals(first, second.getCause(), "no attempt was made");
            assertTrue(third.getCause() != first, "a new attempt was made");
        }
    }

    /** As when a host vanishes between taking a connection and saying its first word: nothing would ever come. */
    @Test
    void anAttemptToConnectThatHangsIsGivenUpForANewOne(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("libvirt-sock");
        SettableClock clock = new SettableClock();
        try (ServerSocketChannel host = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Link link = new Link("qemu:///system?socket=" + socket, "hanging", clock)) {
            host.bind(UnixDomainSocketAddress.of(socket));
            DriverException first = refusal(link);
            try (SocketChannel silent = host.accept()) {
                CompletableFuture<Void> next = CompletableFuture.runAsync(() -> acceptAndHangUp(host));
                clock.advance(Duration.ofMinutes(1));

                DriverException second = refusal(link);

                next.get(10, TimeUnit.SECONDS);
                assertEquals(List.of(Kind.UNAVAILABLE, Kind.UNAVAILABLE), List.of(first.kind(), second.kind()));
                assertTrue(silent.isConnected(), "the first was still silent");
            }
        }
    }

    private static void acceptAndHangUp(ServerSocketChannel host) {
        try {
            host.accept().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DriverException refusal(Link link) {
        return assertThrows(DriverException.class, () -> link.call("ask", Hypervisor::hostName));
    }

    @Test
    void whatIsToHappenAfterwardsHappensOnceWhateverCameOfIt() {
        AtomicInteger ends = new AtomicInteger();
        try (Link link = new Link(TEST_DRIVER, "test", Clock.systemUTC());
                Link nowhere = new Link(NOWHERE, "nowhere", Clock.systemUTC())) {
            link.call("ask", Hypervisor::version, ends::incrementAndGet);
            assertThrows(
                    DriverException.class,
                    () -> link.call("fail", host -> host.volumes().names("no such pool"), ends::incrementAndGet));
            assertThrows(DriverException.class, () -> nowhere.call("ask", Hypervisor::version, ends::incrementAndGet));

            assertEquals(3, ends.get());
        }
    }

    @Test
    void aCallerWhoGivesUpStopsItsWorkBeforeTheNextNativeCall() {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        AtomicInteger answered = new AtomicInteger();
        try (Link link = new Link(TEST_DRIVER, "slow", Clock.systemUTC())) {
            long before = System.nanoTime();
            DriverException refusal = assertThrows(
                    DriverException.class,
                    () -> link.call(
                            "wait",
                            host -> {
                                await(release);
                                host.hostName();
                                return answered.incrementAndGet();
                            },
                            over::countDown));
            Duration took = Duration.ofNanos(System.nanoTime() - before);
            release.countDown();
            await(over);

            assertEquals(Kind.UNAVAILABLE, refusal.kind());
            assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, took::toString);
            assertEquals(0, answered.get());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aClosedLinkIsUnavailable() {
        Link link = new Link(TEST_DRIVER, "test", Clock.systemUTC());
        link.call("ask", Hypervisor::version);

        link.close();
        link.close();

        assertEquals(Kind.UNAVAILABLE, refusal(link).kind());
    }
}
