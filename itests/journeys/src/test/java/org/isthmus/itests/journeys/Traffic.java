// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Several clients that read and create without a pause, each on a connection of its own, until it is closed. */
final class Traffic implements AutoCloseable {
    private static final int READERS = 4;
    private static final Duration PACE = Duration.ofMillis(30);
    private static final Duration CREATE_PACE = Duration.ofMillis(500);

    private final List<Thread> clients = new ArrayList<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger created = new AtomicInteger();
    private final long began = System.nanoTime();
    private volatile boolean over;

    Traffic(URI root, Tenant tenant) {
        String servers = tenant.path("/servers?limit=20");
        for (int i = 0; i < READERS; i++) {
            Api api = Api.of(root, Api.plainHttp()).with(tenant.admin().token());
            begin("reader-" + i, PACE, () -> api.get(servers).must(200));
        }
        Api api = Api.of(root, Api.plainHttp()).with(tenant.admin().token());
        begin("creator", CREATE_PACE, () -> {
            api.post(tenant.path("/servers"), Tenant.server("t-" + created.get()))
                    .must(202);
            created.incrementAndGet();
        });
    }

    private void begin(String name, Duration pace, Runnable request) {
        Thread client = new Thread(
                () -> {
                    while (!over) {
                        Duration left = pace.minus(timed(name, request));
                        Waiting.pass(left.isNegative() ? Duration.ZERO : left);
                    }
                },
                name);
        clients.add(client);
        client.start();
    }

    private Duration timed(String name, Runnable request) {
        long from = System.nanoTime();
        try {
            request.run();
            answered.incrementAndGet();
        } catch (RuntimeException | AssertionError e) {
            failures.add(Instant.now() + " " + name + ": " + e);
        }
        return Duration.ofNanos(System.nanoTime() - from);
    }

    /** What went wrong for a client so far. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** How many requests were answered so far. */
    int answered() {
        return answered.get();
    }

    /** How many servers were asked for so far. */
    int created() {
        return created.get();
    }

    /** How much there was of it. */
    @Override
    public String toString() {
        double seconds = (System.nanoTime() - began) / 1e9;
        return "%d requests in %.0f s, %.0f/s, %d of them creates"
                .formatted(answered(), seconds, answered() / seconds, created());
    }

    @Override
    public void close() {
        end();
    }

    /** No request begins any more; returns when the last one is answered. */
    void end() {
        over = true;
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
