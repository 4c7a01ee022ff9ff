// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.location.DriverBundles.Unfit;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.DriverFactory;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates of drivers, one of each driver at a time. Until the new bundle is kept, a kill leaves the old one in its place: the
 * new one is not started again. After that the new one stays, and the old one is removed at the next start at the latest.
 */
public final class CoreDriverUpdates implements DriverUpdates {
    private static final Logger LOG = LoggerFactory.getLogger(CoreDriverUpdates.class);
    private static final Duration COMING = Duration.ofSeconds(15);
    private static final Duration LONGEST_AWAIT = Duration.ofSeconds(30);
    /** Endpoints may be linked meanwhile; after this many rounds the rest moves when the old one goes. */
    private static final int ROUNDS = 3;

    private final Tx tx;
    private final Swaps swaps;
    private final Drivers drivers;
    private final DriverBundles bundles;
    private final Clock clock;
    private final ExecutorService threads;
    private final Map<String, Update> updates = new ConcurrentHashMap<>();

    /** Updates with these threads, each of which runs one. */
    public CoreDriverUpdates(
            Tx tx, Swaps swaps, Drivers drivers, DriverBundles bundles, Clock clock, ExecutorService threads) {
        this.tx = tx;
        this.swaps = swaps;
        this.drivers = drivers;
        this.bundles = bundles;
        this.clock = clock;
        this.threads = threads;
    }

    public CommandHandler<?, ?> handler() {
        return new Handling<>(UpdateDriver.class, (caller, organization, wish) -> plan(caller, wish));
    }

    private Plan<UpdateView> plan(Caller caller, UpdateDriver wish) {
        DriverFactory present = drivers.factory(wish.driver())
                .orElseThrow(() -> LocationProblem.DRIVER_UNKNOWN.because(
                        "No driver %s is installed on this controller.", wish.driver()));
        refuseSecond(wish.driver());
        Update update = new Update(wish, present.version(), Times.kept(clock.instant()));
        return Plan.of(wish.about(), change -> {
            refuseSecond(wish.driver());
            tx.afterCommit(() -> begin(caller, update));
            return update.view();
        });
    }

    private void refuseSecond(String driver) {
        Update last = updates.get(driver);
        if (last != null && !last.view().ended()) {
            throw Problem.CONFLICT.because(
                    "Driver %s is being updated just now (to %s); wait for that to end.",
                    driver, last.view().url());
        }
    }

    private void begin(Caller caller, Update update) {
        String driver = update.view().driver();
        Update now = updates.compute(
                driver, (key, last) -> last == null || last.view().ended() ? update : last);
        if (now == update) {
            threads.execute(() -> run(caller, update));
        } else {
            update.end(UpdateState.ROLLED_BACK, "Another update of " + driver + " began at the same moment.");
            note(caller, update);
        }
    }

    private void run(Caller caller, Update update) {
        String driver = update.view().driver();
        try {
            replace(driver, update);
        } catch (Unfit e) {
            update.end(UpdateState.ROLLED_BACK, e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            // a bundle that was put together badly lacks classes or methods
            LOG.error("The update of driver {} broke", driver, e);
            update.end(UpdateState.ROLLED_BACK, "It broke: " + e);
        }
        UpdateView end = update.view();
        LOG.info(
                "Driver {} {}: {} ({})",
                driver,
                end.from(),
                end.state(),
                end.lines().get(end.lines().size() - 1));
        note(caller, update);
    }

    private void replace(String driver, Update update) throws Unfit {
        long old = drivers.bundle(driver).orElseThrow(() -> new Unfit("The driver is not installed any more."));
        long next = bundles.install(update.view().url(), old);
        update.say("Installed as bundle " + next + ".");
        drivers.onTrial(next);
        boolean accepted = false;
        try {
            bundles.start(next);
            DriverFactory factory = offered(driver, next);
            update.to(factory.version());
            update.say("Started: version " + factory.version() + ".");
            move(driver, factory, update);
            bundles.keep(next);
            drivers.accept(next, Optional.of(old));
            accepted = true;
        } finally {
            if (!accepted) {
                // its endpoints go back to the old one before it is gone
                update.say(
                        gone(next)
                                ? "The new bundle is uninstalled; every endpoint is open with the old version."
                                : "The new bundle " + next
                                        + " could not be uninstalled, and the log says why. Endpoints"
                                        + " go back to the old version, and it is uninstalled at the next start.");
            }
        }
        // the new one is in, whatever happens from here on
        update.end(
                UpdateState.UPDATED,
                gone(old)
                        ? "The old version has ended its calls and is uninstalled."
                        : "The old bundle " + old + " could not be uninstalled, and the log says why. No endpoint is"
                                + " opened with it, and it is uninstalled at the next start.");
    }

    /** Uninstalls a bundle; while it is still there no endpoint is opened with it. */
    private boolean gone(long bundle) {
        boolean gone = false;
        try {
            gone = bundles.uninstall(bundle);
            if (gone) {
                drivers.forget(bundle);
            }
            drivers.refresh();
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("After bundle {} endpoints could not be looked at; that is tried again: {}", bundle, e.toString());
        }
        return gone;
    }

    private DriverFactory offered(String driver, long bundle) throws Unfit {
        DriverFactory factory = drivers.offeredBy(bundle, COMING)
                .orElseThrow(() -> new Unfit("It did not offer a driver within " + COMING.toSeconds() + " s."));
        if (!factory.type().equals(driver)) {
            throw new Unfit("It offers the driver " + factory.type() + ", not " + driver + ".");
        }
        return factory;
    }

    private void move(String driver, DriverFactory to, Update update) throws Unfit {
        Set<EndpointId> asked = new HashSet<>();
        List<String> wrong = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            List<EndpointId> open = drivers.factory(driver).map(drivers::openBy).orElse(List.of()).stream()
                    .filter(asked::add)
                    .toList();
            for (int i = 0; i < open.size(); i++) {
                EndpointId endpoint = open.get(i);
                Optional<String> why = drivers.move(endpoint, to);
                update.say("Endpoint " + (i + 1) + " of " + open.size() + " (" + endpoint + ") "
                        + why.map(reason -> "stays: " + reason).orElse("moved."));
                why.ifPresent(reason -> wrong.add(endpoint + ": " + reason));
            }
            if (!wrong.isEmpty()) {
                throw new Unfit("Rolled back. " + String.join(" ", wrong));
            }
        }
    }

    /** How it ended, for the audit log: that it was asked for is there already. */
    private void note(Caller caller, Update update) {
        UpdateView end = update.view();
        boolean updated = end.state() == UpdateState.UPDATED;
        try {
            OrganizationId platform = swaps.access().call(Access::platform);
            swaps.audit()
                    .call(log -> tx.retrying(() -> log.append(new AuditLog.Fact(
                            AuditLog.Kind.NOTE,
                            caller,
                            Action.DRIVER_UPDATE.key(),
                            platform,
                            new Subject("driver", end.driver()),
                            updated ? AuditLog.Result.SUCCESS : AuditLog.Result.FAILURE,
                            Optional.empty(),
                            shortened(end.lines().get(end.lines().size() - 1)),
                            Map.of(
                                    "url",
                                    shortened(end.url()),
                                    "from",
                                    end.from(),
                                    "to",
                                    end.to().orElse(""))))));
        } catch (ProblemException | TxException e) {
            LOG.error("The end of the update of driver {} could not be written to the audit log", end.driver(), e);
        }
    }

    private static String shortened(String text) {
        return HostStore.shortened(text);
    }

    @Override
    public UpdateView get(Caller caller, String driver) {
        return find(caller, driver).view();
    }

    @Override
    public UpdateView await(Caller caller, String driver, int lines, Duration longest) {
        return find(caller, driver).await(lines, longest.compareTo(LONGEST_AWAIT) < 0 ? longest : LONGEST_AWAIT);
    }

    private Update find(Caller caller, String driver) {
        swaps.access().call(access -> access.require(caller, Action.ENDPOINT_READ, Ref.PLATFORM));
        Update update = updates.get(driver);
        if (update == null) {
            throw Problem.NOT_FOUND.because("No update of driver %s was asked of this controller.", driver);
        }
        return update;
    }

    /** One update, as far as it is. */
    private static final class Update {
        private UpdateView now;

        Update(UpdateDriver wish, String from, Instant at) {
            now = new UpdateView(wish.driver(), wish.url(), UpdateState.RUNNING, from, Optional.empty(), List.of(), at);
        }

        synchronized UpdateView view() {
            return now;
        }

        void say(String line) {
            change(UpdateState.RUNNING, view().to(), line);
        }

        void end(UpdateState state, String line) {
            change(state, view().to(), line);
        }

        synchronized void to(String version) {
            now = new UpdateView(
                    now.driver(),
                    now.url(),
                    now.state(),
                    now.from(),
                    Optional.of(version),
                    now.lines(),
                    now.startedAt());
        }

        private synchronized void change(UpdateState state, Optional<String> to, String line) {
            List<String> lines = new ArrayList<>(now.lines());
            lines.add(line);
            now = new UpdateView(now.driver(), now.url(), state, now.from(), to, lines, now.startedAt());
            notifyAll();
        }

        synchronized UpdateView await(int lines, Duration longest) {
            long end = System.nanoTime() + longest.toNanos();
            while (!now.ended() && now.lines().size() <= lines) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            return now;
        }
    }
}
