// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.NativeLibrary;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.libvirt.jna.Libvirt;

/** One connection whose every thread is held, on the driver for tests that libvirt's own client library has in it. */
final class LineTest {
    private static final int THREADS = 2;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile boolean dead;
    private Line line;
    private Ticket<Void> held;

    @BeforeEach
    void everyThreadIsHeld() throws TimeoutException {
        try {
            NativeLibrary.getInstance("virt");
        } catch (UnsatisfiedLinkError e) {
            Assumptions.abort("libvirt's client library (Debian: libvirt0) is not installed.");
        }
        line = new Line(mortal(NativeLibvirt.load()), "test:///default", "busy", THREADS);
        line.await(line.open(), Duration.ofSeconds(5));
        CountDownLatch inside = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++) {
            held = line.submit(
                    talk -> {
                        inside.countDown();
                        return await(release);
                    },
                    () -> {});
        }
        await(inside);
    }

    @AfterEach
    void letGo() {
        release.countDown();
        if (line != null) {
            line.close();
        }
    }

    /** The library itself, but its connection can be lost, as when the daemon at the other end dies. */
    private NativeLibvirt mortal(NativeLibvirt real) {
        Libvirt raw = (Libvirt) Proxy.newProxyInstance(
                Libvirt.class.getClassLoader(), new Class<?>[] {Libvirt.class}, (self, method, arguments) -> {
                    if (method.getName().equals("virConnectGetLibVersion")) {
                        asked.countDown();
                        if (dead) {
                            return -1;
                        }
                    }
                    try {
                        return method.invoke(real.raw(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return new NativeLibvirt(raw, real.more(), real.qemu());
    }

    private static Void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    @Test
    void aConnectionWhoseEveryThreadIsHeldAnswersStill() {
        assertTrue(line.answers(Duration.ofSeconds(5)));
    }

    @Test
    void aCallerWhoWaitsHasItNudgedThoughEveryThreadIsHeld() throws InterruptedException {
        assertThrows(TimeoutException.class, () -> line.await(held, SECOND));

        assertTrue(asked.await(5, TimeUnit.SECONDS));
    }

    @Test
    void aNudgeThatALostConnectionRefusesIsNoSignOfLife() {
        dead = true;

        assertThrows(TimeoutException.class, () -> line.await(held, SECOND));

        assertTrue(line.quietFor(SECOND));
    }
}
