// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.junit.jupiter.api.Assertions;

/**
 * Drives a wish until it is done the way a controller does on its worst day: loses memos, gives old ones, says a call
 * twice or from two threads at once, is restarted between calls, and repeats it when it is long done. What it does is
 * decided by a seed, so that a failure can be had again; a failure says what was done.
 *
 * <p>It fails when two answers of the same wish differ. Whether one thing was made is for the caller to see.
 */
public final class Replayer<D extends Driver> {
    /** How often a wish is repeated after it was done. */
    private static final int LATE_REPEATS = 3;

    private static final Duration BACK_OFF = Duration.ofSeconds(1);

    /** What can go wrong between a controller and a driver. */
    public enum Disturbance {
        /** The memo of the last answer is lost. */
        MEMO_LOST,
        /** An older memo than the last is given. */
        MEMO_STALE,
        /** The call is said twice in a row with the same memo. */
        SAID_TWICE,
        /** The call is said by two threads at once. */
        TWO_THREADS,
        /** The driver is closed and opened anew before the call, and the memo is lost with the process. */
        RESTARTED
    }

    private final Bench<D> bench;
    private final long seed;
    private final Random random;
    private final List<Disturbance> disturbances;
    private final List<String> trail = new ArrayList<>();

    Replayer(Bench<D> bench, long seed, List<Disturbance> disturbances) {
        this.bench = bench;
        this.seed = seed;
        this.random = new Random(seed);
        this.disturbances = disturbances;
    }

    /** Drives it to its end under a new token and repeats it late. */
    public <T> T untilDone(Wish<D, T> wish) {
        return untilDone(bench.token(), wish);
    }

    /** Drives it to its end under this token and repeats it late. */
    public <T> T untilDone(String token, Wish<D, T> wish) {
        Course<T> course = new Course<>(token, wish);
        while (course.goesOn()) {
            course.step();
        }
        return course.result();
    }

    /** Drives several wishes to their ends, their calls interleaved as the seed says. */
    public void together(List<? extends Wish<D, ?>> wishes) {
        List<Course<?>> courses = new ArrayList<>();
        for (Wish<D, ?> wish : wishes) {
            courses.add(new Course<>(bench.token(), wish));
        }
        while (!courses.isEmpty()) {
            Course<?> course = courses.get(random.nextInt(courses.size()));
            course.step();
            if (!course.goesOn()) {
                courses.remove(course);
            }
        }
    }

    /** What was done so far, for a message. */
    public String trail() {
        return "seed " + seed + ": " + String.join(", ", trail);
    }

    /** One wish on its way: its memos, and its first result once there is one. */
    private final class Course<T> {
        private final Wish<D, T> wish;
        private final Call first;
        private final List<String> memos = new ArrayList<>();
        private Optional<Progress.Done<T>> done = Optional.empty();
        private int late;

        private Course(String token, Wish<D, T> wish) {
            this.wish = wish;
            this.first = bench.call(token);
        }

        private boolean goesOn() {
            return done.isEmpty() || late < LATE_REPEATS;
        }

        private T result() {
            return done.orElseThrow().result();
        }

        private void step() {
            Optional<Disturbance> disturbance = choose();
            trail.add(disturbance.map(Disturbance::name).orElse("CALLED"));
            Duration pause = BACK_OFF;
            try {
                for (Progress<T> answer : say(disturbance)) {
                    pause = take(answer);
                }
            } catch (DriverException e) {
                if (!e.passing()) {
                    throw new AssertionError(
                            "Refused as " + e.kind() + ", " + e.getMessage() + " (" + trail() + ")", e);
                }
            }
            if (goesOn()) {
                bench.pauseBefore(first.deadline(), pause);
            }
        }

        private List<Progress<T>> say(Optional<Disturbance> disturbance) {
            Call latest = memos.isEmpty() ? first : first.withMemo(memos.get(memos.size() - 1));
            if (disturbance.isEmpty()) {
                return List.of(bench.once(latest, wish));
            }
            return switch (disturbance.get()) {
                case MEMO_LOST -> List.of(bench.once(first, wish));
                case MEMO_STALE -> List.of(bench.once(
                        memos.isEmpty() ? first : first.withMemo(memos.get(random.nextInt(memos.size()))), wish));
                case SAID_TWICE -> List.of(bench.once(latest, wish), bench.once(latest, wish));
                case TWO_THREADS -> fromTwoThreads(() -> bench.once(latest, wish));
                case RESTARTED -> {
                    bench.restart();
                    memos.clear();
                    yield List.of(bench.once(first, wish));
                }
            };
        }

        private Duration take(Progress<T> answer) {
            if (answer instanceof Progress.Pending<T> pending) {
                bench.heard(pending.memo());
                memos.add(pending.memo());
                return pending.askAgainAfter();
            }
            Progress.Done<T> now = (Progress.Done<T>) answer;
            if (done.isPresent()) {
                late++;
                Assertions.assertEquals(
                        done.get().result(), now.result(), () -> "The same token got another result (" + trail() + ")");
            } else {
                done = Optional.of(now);
            }
            return Duration.ZERO;
        }
    }

    /** A third of the calls go undisturbed, so that a wish gets on. */
    private Optional<Disturbance> choose() {
        if (disturbances.isEmpty() || random.nextInt(3) == 0) {
            return Optional.empty();
        }
        return Optional.of(disturbances.get(random.nextInt(disturbances.size())));
    }

    /** Does it in two threads that begin together, and answers with both answers; the first failure is thrown. */
    public static <T> List<T> fromTwoThreads(Callable<T> body) {
        return fromThreads(List.of(body, body));
    }

    /** Does each in a thread of its own; all begin together. The first failure is thrown once all have ended. */
    public static <T> List<T> fromThreads(List<Callable<T>> bodies) {
        ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
        try {
            java.util.concurrent.CyclicBarrier start = new java.util.concurrent.CyclicBarrier(bodies.size());
            List<Callable<T>> together = new ArrayList<>();
            for (Callable<T> body : bodies) {
                together.add(() -> {
                    start.await();
                    return body.call();
                });
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(together)) {
                answers.add(future.get());
            }
            return answers;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while two threads called a driver", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
