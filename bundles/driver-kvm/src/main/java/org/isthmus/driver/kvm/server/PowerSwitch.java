// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Domains.State;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.driver.kvm.xml.ServerMark.Once;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;

/** Brings a server to a power state. */
public final class PowerSwitch {
    private static final String RESTART = "restart";
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    /** A guest still booting may have missed the button. */
    private static final Duration PRESS_AGAIN = Duration.ofSeconds(20);

    private final Endpoint endpoint;

    public PowerSwitch(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls().call("switch the server's power", host -> set(host, call, ref, wish), turn);
    }

    private Progress<Void> set(Hypervisor host, Call call, String ref, PowerWish wish) {
        Found found = Found.ours(host, ref);
        switch (wish) {
            case ON -> on(host, found);
            case OFF -> {
                if (found.active()) {
                    host.domains().cutPower(ref);
                }
            }
            case SHUT_DOWN -> {
                return shutDown(host, found, call);
            }
            case RESTARTED -> restart(host, found, call);
        }
        return Progress.done();
    }

    private static void on(Hypervisor host, Found found) {
        String ref = found.ref();
        if (!found.active()) {
            host.domains().start(ref);
        } else if (found.facts().state() == State.PAUSED) {
            host.domains().resume(ref);
        } else if (found.facts().state() == State.CRASHED) {
            host.domains().cutPower(ref);
            host.domains().start(ref);
        }
    }

    /** Presses the button once, and again only where the guest did not obey for long. */
    private Progress<Void> shutDown(Hypervisor host, Found found, Call call) {
        if (!found.active()) {
            return Progress.done();
        }
        Instant now = endpoint.context().clock().instant();
        Optional<Instant> pressed = call.memo().flatMap(PowerSwitch::time);
        if (pressed.isEmpty() || pressed.orElseThrow().plus(PRESS_AGAIN).isBefore(now)) {
            host.domains().askToShutDown(found.ref());
            pressed = Optional.of(now);
        }
        return Progress.pending(pressed.orElseThrow().toString(), ASK_AGAIN);
    }

    private static Optional<Instant> time(String memo) {
        try {
            return Optional.of(Instant.parse(memo));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /**
     * Restarts once per token: first it is written down in which run that was asked for; then power is cut and comes back,
     * which is another run. Whoever is cut off between finds by the run how far it came.
     */
    private static void restart(Hypervisor host, Found found, Call call) {
        String ref = found.ref();
        ServerMark mark = found.mark().orElseThrow();
        int run = found.facts().run();
        Optional<Once> known = mark.once(call.token(), RESTART);
        if (known.filter(Once::done).isPresent()) {
            return;
        }
        int from = known.map(Once::from).orElse(run);
        if (known.isEmpty()) {
            host.domains()
                    .mark(
                            ref,
                            Optional.of(mark.remembering(new Once(call.token(), RESTART, from, false))
                                    .text()));
        }
        boolean stillThatRun = found.active() && run == from;
        if (stillThatRun) {
            host.domains().cutPower(ref);
        }
        if (stillThatRun || !found.active()) {
            host.domains().start(ref);
        }
        host.domains()
                .mark(
                        ref,
                        Optional.of(mark.remembering(new Once(call.token(), RESTART, from, true))
                                .text()));
    }
}
