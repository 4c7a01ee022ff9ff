// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Clients that go on and on at a steady pace, and what became of each of their requests. */
final class Load implements AutoCloseable {
    private final long began = System.nanoTime();
    private final AtomicInteger sent = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Queue<Sent> requests = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean over;

    /** A request that was answered as it should be. */
    record Sent(String what, long millis, long endedAt) {}

    /** What one client does again and again; it counts its requests itself. */
    interface Round {
        void run(Load load, int round) throws Exception;
    }

    /** Adds a client whose rounds begin this far apart, or at once when one took longer. */
    Load client(String name, Duration pace, Round round) {
        Thread thread = new Thread(() -> rounds(name, pace, round), "load-" + name);
        thread.setDaemon(true);
        clients.add(thread);
        thread.start();
        return this;
    }

    private void rounds(String name, Duration pace, Round round) {
        long next = System.nanoTime();
        for (int i = 0; !over; i++) {
            try {
                round.run(this, i);
            } catch (Exception | AssertionError e) {
                failures.add(name + ": " + e);
            }
            next = Math.max(next + pace.toNanos(), System.nanoTime() - pace.toNanos());
            while (!over && System.nanoTime() < next) {
                LockSupport.parkNanos(Math.min(next - System.nanoTime(), 50_000_000));
            }
        }
    }

    /** Sends a request that is slow by itself: it must not fail, but its time says nothing. */
    Answer sendSlow(Supplier<Answer> request, int... statuses) {
        sent.incrementAndGet();
        return request.get().must(statuses);
    }

    /** Sends a request that must be answered like this, and takes its time. */
    Answer send(String what, Supplier<Answer> request, int... statuses) {
        long from = System.nanoTime();
        sent.incrementAndGet();
        Answer answer = request.get().must(statuses);
        long end = System.nanoTime();
        requests.add(new Sent(what, (end - from) / 1_000_000, end));
        return answer;
    }

    /** What was not answered as it should be. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** How many were answered since a moment, and the slowest of them. */
    String since(long nanos) {
        List<Sent> lately =
                requests.stream().filter(one -> one.endedAt() >= nanos).toList();
        Sent slowest = slowest(nanos);
        return lately.size() + " requests, the longest " + slowest.millis() + " ms (" + slowest.what() + ")";
    }

    Sent slowest(long nanos) {
        return requests.stream()
                .filter(one -> one.endedAt() >= nanos)
                .max(java.util.Comparator.comparingLong(Sent::millis))
                .orElse(new Sent("none", 0, 0));
    }

    /** Requests a second, from the first on. */
    long rate() {
        return sent.get() * 1_000_000_000L / (System.nanoTime() - began);
    }

    /** Lets every client end the round it is in. */
    @Override
    public void close() {
        over = true;
        try {
            for (Thread client : clients) {
                client.join(Duration.ofMinutes(2).toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
