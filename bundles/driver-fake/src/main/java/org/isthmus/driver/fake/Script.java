// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * What a test wants to go wrong, said while the driver runs. One script serves every driver its factory opens, so that it
 * outlasts a reopening. Thread-safe.
 */
public final class Script {
    /** The moments of a call. */
    public enum Stage {
        /** It has arrived and is in the ledger. */
        CALLED,
        /** It is about to change something; others wait. Not for a call that changes nothing. */
        BEFORE_EFFECT,
        /** What it changed is in the ledger. */
        AFTER_EFFECT,
        /** It is about to be answered. */
        ANSWERING
    }

    /** Told of each moment; may throw, block, or halt the process. */
    @FunctionalInterface
    public interface Watcher {
        void at(Stage stage, Verb verb, String token, String object);
    }

    private record Failure(Optional<Verb> verb, Kind kind, boolean afterEffect) {}

    private record Errand(Verb verb, Runnable body) {}

    private final List<Failure> failures = new ArrayList<>();
    private final List<Errand> errands = new ArrayList<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final Set<String> lostHosts = ConcurrentHashMap.newKeySet();
    private volatile boolean away;

    /** The next call that changes something fails, without effect. */
    public synchronized void failNext(Kind kind) {
        failures.add(new Failure(Optional.empty(), kind, false));
    }

    /** The next call of this verb fails, without effect. */
    public synchronized void failNext(Verb verb, Kind kind) {
        failures.add(new Failure(Optional.of(verb), kind, false));
    }

    /** The next call of this verb has its effect, and its answer is lost. */
    public synchronized void loseNextAnswer(Verb verb) {
        failures.add(new Failure(Optional.of(verb), Kind.UNAVAILABLE, true));
    }

    /** Does it when the next call of this verb arrives, in the caller's thread. */
    public synchronized void onNextCall(Verb verb, Runnable body) {
        errands.add(new Errand(verb, body));
    }

    /** Is told of every moment of every call from now on. */
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    /** No longer is. */
    public void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    /** The far end is away until {@link #back}: every call is UNAVAILABLE, health is DOWN. */
    public void away() {
        away = true;
    }

    public void back() {
        away = false;
    }

    /** As a fault of kind LOST_HOST. */
    public void loseHost(String host) {
        lostHosts.add(host);
    }

    public void returnHost(String host) {
        lostHosts.remove(host);
    }

    /** Everything as at the start. */
    public synchronized void clear() {
        failures.clear();
        errands.clear();
        watchers.clear();
        lostHosts.clear();
        away = false;
    }

    boolean isAway() {
        return away;
    }

    boolean hasLost(String host) {
        return lostHosts.contains(host);
    }

    void tell(Stage stage, Entry.Asked asked) {
        for (Watcher watcher : watchers) {
            watcher.at(stage, asked.verb(), asked.token(), asked.object());
        }
    }

    void runErrands(Verb verb) {
        List<Errand> due = new ArrayList<>();
        synchronized (this) {
            for (Iterator<Errand> all = errands.iterator(); all.hasNext(); ) {
                Errand errand = all.next();
                if (errand.verb() == verb) {
                    due.add(errand);
                    all.remove();
                }
            }
        }
        due.forEach(errand -> errand.body().run());
    }

    /** Throws the failure that is due, if one is. */
    synchronized void fail(Entry.Asked asked, boolean afterEffect) {
        for (Iterator<Failure> all = failures.iterator(); all.hasNext(); ) {
            Failure failure = all.next();
            boolean meant = failure.verb()
                    .map(asked.verb()::equals)
                    .orElse(!asked.token().isEmpty());
            if (meant && failure.afterEffect() == afterEffect) {
                all.remove();
                throw new DriverException(
                        failure.kind(), "The script made " + asked.verb().text() + " fail as " + failure.kind() + ".");
            }
        }
    }
}
