// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.isthmus.driver.fake.Entry.Asked;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Script.Stage;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;

/**
 * What every call passes: it is written down, meets its faults, has its effect with nobody else at work, and meets the
 * faults that come after.
 */
final class Switchboard {
    /** An answer, and what changes with it. */
    record Outcome<T>(T result, Optional<Effect> effect, boolean pending) {
        static <T> Outcome<T> already(T result) {
            return new Outcome<>(result, Optional.empty(), false);
        }

        static <T> Outcome<T> with(T result, Effect effect) {
            return new Outcome<>(result, Optional.of(effect), false);
        }

        static <T> Outcome<T> notYet() {
            return new Outcome<>(null, Optional.empty(), true);
        }
    }

    /** How real time passes, and how the process dies: given, so that tests do neither. */
    interface Machine {
        void pass(Duration delay) throws InterruptedException;

        void halt();
    }

    private final FakeSettings settings;
    private final Script script;
    private final Machine machine;
    private final Clock clock;
    private final FarEnd farEnd = new FarEnd();
    private final Ledger ledger;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean closed;

    Switchboard(FakeSettings settings, Script script, Machine machine, Clock clock) {
        this.settings = settings;
        this.script = script;
        this.machine = machine;
        this.clock = clock;
        this.ledger = Ledger.open(settings.ledger(), settings.durable(), clock.instant(), farEnd::fold);
        // faults that are no longer in force are forgotten, and strike anew when they come back
        ledger.exclusively(() -> {
            ledger.append(Entry.faults(
                    now(),
                    settings.endpoint(),
                    settings.faults().stream().map(Fault::key).toList()));
            return true;
        });
    }

    Ledger ledger() {
        return ledger;
    }

    Clock clock() {
        return clock;
    }

    private String now() {
        return clock.instant().toString();
    }

    boolean lost(String host) {
        return settings.lostHosts().contains(host) || script.hasLost(host);
    }

    /** A question: no effect, never pending. */
    @SuppressWarnings("NullAway") // a fault answers null, as a bad driver does
    <T> T ask(Verb verb, String object, Function<FarEnd, T> question) {
        try {
            return pass(new Asked(verb, "", object, ""), far -> Outcome.already(question.apply(far)))
                    .result();
        } catch (Wrong wrong) {
            return null;
        }
    }

    /** A change, under a token. */
    <T> Progress<T> change(Verb verb, Call call, String object, String detail, Function<FarEnd, Outcome<T>> body) {
        Asked asked = new Asked(verb, call.token(), object, detail);
        Answer<T> answer;
        try {
            answer = pass(asked, body);
        } catch (Wrong wrong) {
            return wrong.lie ? Progress.done(null) : null;
        }
        if (answer.pending()) {
            return new Progress.Pending<>(
                    verb.text() + " answered " + answer.said() + " times",
                    settings.askAgainAfter(),
                    answer.said() * 100 / (settings.pendingFor(verb) + 1));
        }
        return Progress.done(answer.result());
    }

    private <T> Answer<T> work(Asked asked, Outcome<T> outcome) {
        outcome.effect().ifPresent(effect -> {
            script.tell(Stage.BEFORE_EFFECT, asked);
            ledger.append(Entry.effect(now(), asked, effect));
        });
        int said = farEnd.timesSaid(asked);
        boolean early = !asked.token().isEmpty() && said <= settings.pendingFor(asked.verb());
        return new Answer<>(
                outcome.result(),
                early || outcome.pending(),
                said,
                outcome.effect().isPresent());
    }

    /** On its way to a wrong answer. */
    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final boolean lie;

        Wrong(boolean lie) {
            super("a configured fault", null, false, false);
            this.lie = lie;
        }
    }

    private record Answer<T>(T result, boolean pending, int said, boolean changed) {}

    private <T> Answer<T> pass(Asked asked, Function<FarEnd, Outcome<T>> body) {
        arrive(asked);
        strike(asked, false);
        Answer<T> answer = ledger.exclusively(() -> work(asked, body.apply(farEnd)));
        if (answer.changed()) {
            script.tell(Stage.AFTER_EFFECT, asked);
        }
        strike(asked, true);
        script.tell(Stage.ANSWERING, asked);
        return answer;
    }

    private void arrive(Asked asked) {
        if (closed) {
            throw new DriverException(Kind.UNAVAILABLE, "This driver is closed; the controller opens another.");
        }
        ledger.exclusively(() -> {
            ledger.append(Entry.call(now(), asked));
            return true;
        });
        script.tell(Stage.CALLED, asked);
        script.runErrands(asked.verb());
        if (script.isAway()) {
            throw new DriverException(Kind.UNAVAILABLE, "The simulated far end is away; it comes back by itself.");
        }
    }

    private void strike(Asked asked, boolean afterEffect) {
        script.fail(asked, afterEffect);
        for (Fault fault : settings.faults()) {
            if (fault.momentary()
                    && fault.strikes(asked.verb())
                    && fault.afterEffect() == afterEffect
                    && fires(fault, asked)) {
                suffer(fault, asked);
            }
        }
    }

    /** Counts in the ledger, before anything comes of it: a crash that is to happen once must not happen again. */
    private boolean fires(Fault fault, Asked asked) {
        if (fault.times().isEmpty()) {
            return true;
        }
        return ledger.exclusively(() -> {
            if (farEnd.timesFired(fault.key()) >= fault.times().getAsInt()) {
                return false;
            }
            ledger.append(Entry.fired(now(), asked, fault.key()));
            return true;
        });
    }

    private void suffer(Fault fault, Asked asked) {
        try {
            if (!fault.delay().isZero()) {
                machine.pass(fault.delay());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "Interrupted while a configured delay passed.", e);
        }
        fault.kind().ifPresent(kind -> misbehave(kind, asked));
        fault.kind().flatMap(Fault.Kind::exception).ifPresent(kind -> {
            throw new DriverException(
                    kind,
                    "A configured fault made " + asked.verb().text() + " fail as " + kind
                            + "; take it out of the endpoint's faults.");
        });
    }

    private void misbehave(Fault.Kind kind, Asked asked) {
        switch (kind) {
            case CRASH -> machine.halt();
            case HANG -> hang();
            case LIE -> throw new Wrong(true);
            case NOTHING -> throw new Wrong(false);
            case MISSING_CODE -> throw new NoClassDefFoundError(
                    "A configured fault of " + asked.verb().text());
            default -> {
                // said by its exception, or a state of things
            }
        }
    }

    private void hang() {
        boolean interrupted = false;
        boolean open = true;
        while (open) {
            try {
                closing.await();
                open = false;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        throw new DriverException(Kind.UNAVAILABLE, "This driver was closed while the call hung.");
    }

    void close() {
        if (!closed) {
            closed = true;
            closing.countDown();
            ledger.close();
        }
    }
}
