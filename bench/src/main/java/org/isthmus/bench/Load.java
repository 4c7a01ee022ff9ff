// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** The same thing done many times by several clients, and timed. */
final class Load {
    /** What one client does. */
    @FunctionalInterface
    interface Client extends AutoCloseable {
        void run(int number) throws Exception;

        @Override
        default void close() throws java.io.IOException {}
    }

    @FunctionalInterface
    interface Clients {
        Client client() throws Exception;
    }

    /** CPU time of a process so far, in µs. */
    @FunctionalInterface
    interface Cpu {
        double micros() throws Exception;
    }

    private Load() {}

    /** Things number 0 to {@code count - 1}, each by whichever of the clients is free. */
    static Samples run(int clients, int count, Cpu server, Clients made) throws Exception {
        long[] nanos = new long[count];
        AtomicInteger next = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(clients);
        CountDownLatch go = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(clients);
        try {
            List<Future<Long>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                running.add(pool.submit(() -> {
                    try (Client client = made.client()) {
                        ready.countDown();
                        go.await();
                        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                        for (int at = next.getAndIncrement(); at < count; at = next.getAndIncrement()) {
                            long begun = System.nanoTime();
                            client.run(at);
                            nanos[at] = System.nanoTime() - begun;
                        }
                        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
                    } finally {
                        // one that could not begin must not keep the others waiting
                        ready.countDown();
                    }
                }));
            }
            ready.await();
            double before = server.micros();
            long begun = System.nanoTime();
            go.countDown();
            double cpuNanos = 0;
            for (Future<Long> each : running) {
                cpuNanos += each.get();
            }
            long wall = System.nanoTime() - begun;
            return new Samples(nanos, wall, cpuNanos / 1e3 / count, (server.micros() - before) / count);
        } catch (ExecutionException e) {
            throw new IllegalStateException("A client failed: " + e.getCause(), e.getCause());
        } finally {
            pool.shutdownNow();
        }
    }
}
