// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.model.Ids;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * An open driver, and what a controller does with it: repeats a call until it is done, backs off while the far end is
 * away, restarts. Takes the time of every call and keeps every message it is told.
 */
public final class Bench<D extends Driver> implements AutoCloseable {
    private static final Duration BACK_OFF = Duration.ofSeconds(1);

    private final Subject<D> subject;
    private final Waiting waiting;
    private final Ids ids;
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final List<Duration> durations = new CopyOnWriteArrayList<>();
    private HostContext context;
    private D driver;

    public Bench(Subject<D> subject) {
        this.subject = subject;
        this.waiting = subject.waiting();
        this.ids = new Ids(waiting.clock());
        open();
    }

    private void open() {
        context = new HostContext(waiting.clock(), subject.cache());
        driver = subject.open(context);
    }

    /** The driver as open now: another object after {@link #restart}. */
    public D driver() {
        return driver;
    }

    public Ids ids() {
        return ids;
    }

    public Waiting waiting() {
        return waiting;
    }

    /** A token never used before. */
    public String token() {
        return "tck." + ids.uuid();
    }

    /** What a controller's restart is to the driver: its work and memory are gone, and it is opened anew. */
    public void restart() {
        close();
        open();
    }

    /** A first call with this token, to be said once. */
    public Call call(String token) {
        return new Call(token, waiting.clock().instant().plus(subject.patience()));
    }

    /** Says it once. */
    public <T> Progress<T> once(Call call, Wish<D, T> wish) {
        return ask(driver -> wish.say(driver, call));
    }

    /** Asks something that changes nothing. */
    public <T> T ask(Function<D, T> question) {
        return timed(() -> question.apply(driver));
    }

    /** Repeats it under a new token until it is done. */
    public <T> T done(Wish<D, T> wish) {
        return done(token(), wish);
    }

    /** Repeats it with what the driver said last until it is done, as a controller does that is never restarted. */
    public <T> T done(String token, Wish<D, T> wish) {
        Call call = call(token);
        while (true) {
            Duration pause = BACK_OFF;
            try {
                Progress<T> progress = once(call, wish);
                if (progress instanceof Progress.Done<T> done) {
                    return done.result();
                }
                Progress.Pending<T> pending = (Progress.Pending<T>) progress;
                messages.add(pending.memo());
                call = call.withMemo(pending.memo());
                pause = pending.askAgainAfter();
            } catch (DriverException e) {
                if (!e.passing()) {
                    throw e;
                }
            }
            pauseBefore(call.deadline(), pause);
        }
    }

    void pauseBefore(Instant deadline, Duration pause) {
        if (waiting.clock().instant().isAfter(deadline)) {
            Assertions.fail("Not done within " + subject.patience() + "; the last words were: " + lastWords());
        }
        waiting.pause(pause);
    }

    /** Repeats it until it is done or refused, and says how it was refused. */
    public <T> Optional<DriverException> refusal(Wish<D, T> wish) {
        try {
            done(wish);
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e);
        }
    }

    /** Fails unless it is refused with one of these kinds. */
    public <T> void mustRefuse(String what, Wish<D, T> wish, Kind... kinds) {
        Kind kind = refusal(wish).map(DriverException::kind).orElse(null);
        Assertions.assertTrue(
                kind != null && List.of(kinds).contains(kind),
                () -> what + " must be refused as " + List.of(kinds) + ", but "
                        + (kind == null ? "was done" : "was refused as " + kind + ": " + lastWords()));
    }

    /** The facet, which its contract claims. */
    public <F> F offered(Class<F> facet) {
        return driver.facet(facet)
                .orElseThrow(() -> new AssertionError(
                        facet.getSimpleName() + " is claimed, but facet(" + facet.getSimpleName() + ") is empty."));
    }

    /** Does it while the driver is cut off its far end, or skips the test where that cannot be done. */
    public <R> R whileAway(Supplier<R> body) {
        Optional<Subject.Outage> outage = subject.disconnect();
        Assumptions.assumeTrue(outage.isPresent(), "This subject cannot disconnect its far end.");
        try {
            return body.get();
        } finally {
            outage.orElseThrow().close();
        }
    }

    /** Fails unless each of these questions is answered with UNAVAILABLE while the far end is away. */
    @SafeVarargs
    public final void mustBeUnavailableWhileAway(Function<D, ?>... questions) {
        List<Optional<Kind>> answers = whileAway(() -> {
            List<Optional<Kind>> kinds = new ArrayList<>();
            for (Function<D, ?> question : questions) {
                kinds.add(kindOf(question));
            }
            return kinds;
        });
        Assertions.assertEquals(
                Collections.nCopies(questions.length, Optional.of(Kind.UNAVAILABLE)),
                answers,
                "what each call is refused as while the far end is away");
    }

    private Optional<Kind> kindOf(Function<D, ?> question) {
        try {
            ask(question);
            return Optional.empty();
        } catch (DriverException e) {
            return Optional.of(e.kind());
        }
    }

    /** A replayer over this bench. */
    public Replayer<D> replayer(long seed, Replayer.Disturbance... disturbances) {
        return new Replayer<>(this, seed, List.of(disturbances));
    }

    /** All words heard from the driver: messages of failures with their causes, memos, health. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    void heard(String text) {
        messages.add(text);
    }

    /** The longest a call has taken. */
    public Duration longestCall() {
        return durations.stream().max(Duration::compareTo).orElse(Duration.ZERO);
    }

    private String lastWords() {
        return messages.isEmpty() ? "none" : messages.get(messages.size() - 1);
    }

    private <T> T timed(Supplier<T> body) {
        Instant before = waiting.clock().instant();
        try {
            return body.get();
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                messages.add(String.valueOf(cause.getMessage()));
            }
            throw e;
        } finally {
            durations.add(Duration.between(before, waiting.clock().instant()));
        }
    }

    @Override
    public void close() {
        driver.close();
        context.close();
    }
}
