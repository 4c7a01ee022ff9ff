// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.isthmus.api.Problem;

/**
 * Who is served next. Only so many requests are worked on at once, at most half of them for one user, and those that wait come
 * in turn: one of each who has any, not one after the other as they arrived. Whoever floods waits behind himself, and is
 * refused when he has too many waiting or asks more often than may be. Who has no login that is known counts for
 * the address. Thread-safe.
 */
public final class Turns {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int MOST_WAITING = 192;
    private static final int MOST_KNOWN = 10_000;

    /**
     * How much at once, and how often.
     *
     * @param atOnce requests that are worked on at once; 0 for eight times the number of processors, but at least 16
     * @param waiting requests that may wait, of one user or address: 8 to 192
     * @param perSecond requests a second of one user; 0 for any number
     * @param ofStrangers requests a second from one address without a login that is known; 0 for any number
     */
    public record Settings(int atOnce, int waiting, int perSecond, int ofStrangers) {
        public static final Settings DEFAULT = new Settings(0, 96, 10_000, 200);

        public Settings {
            List<String> wrong = new ArrayList<>();
            if (atOnce != 0 && (atOnce < 4 || atOnce > 128)) {
                wrong.add("requests.at.once is 4 to 128, or 0.");
            }
            if (waiting < 8 || waiting > MOST_WAITING) {
                wrong.add("requests.waiting is 8 to " + MOST_WAITING + ".");
            }
            if (perSecond < 0 || ofStrangers < 0) {
                wrong.add("requests.per.second and strangers.per.second are 0 or more.");
            }
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(String.join(" ", wrong));
            }
        }

        private int places() {
            return atOnce > 0
                    ? atOnce
                    : Math.min(128, Math.max(16, 8 * Runtime.getRuntime().availableProcessors()));
        }
    }

    /** Permission to be worked on. */
    public interface Turn {
        /** The user's or the address's whose turn it is. */
        String whose();

        /** Lets the next one come; again does nothing. */
        void end();
    }

    /** One user, or one address. */
    private static final class Share {
        private final String whose;
        private int working;
        private final Deque<Waiter> waiters = new ArrayDeque<>();

        Share(String whose) {
            this.whose = whose;
        }
    }

    private static final class Waiter {
        private final Condition called;
        private boolean granted;

        Waiter(Condition called) {
            this.called = called;
        }
    }

    /** What is left to ask for: filled up as time passes, to the worth of ten seconds at most. */
    private static final class Allowance {
        private double left;
        private long at;

        Allowance(double left, long at) {
            this.left = left;
            this.at = at;
        }
    }

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Share> shares = new HashMap<>();
    /** Those with somebody waiting, the next in turn first. */
    private final Deque<Share> order = new ArrayDeque<>();

    private final Map<String, String> known = new Latest<>();
    private final Map<String, Allowance> allowances = new Latest<>();
    private Settings settings;
    private int working;
    private int waiting;

    /** As many as it keeps, the longest unused forgotten first. */
    private static final class Latest<V> extends LinkedHashMap<String, V> {
        private static final long serialVersionUID = 1L;

        Latest() {
            super(64, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > MOST_KNOWN;
        }
    }

    public Turns(Settings settings, LongSupplier nanos) {
        this.settings = settings;
        this.nanos = nanos;
    }

    /** From now on. */
    public void apply(Settings changed) {
        lock.lock();
        try {
            settings = changed;
            callNext();
        } finally {
            lock.unlock();
        }
    }

    /** The login that this header carries is this user's. */
    void isOf(String header, String username) {
        String key = hash(header);
        lock.lock();
        try {
            known.put(key, username);
        } finally {
            lock.unlock();
        }
    }

    /** The login that this header carries is none any more. */
    void isNobodys(String header) {
        String key = hash(header);
        lock.lock();
        try {
            known.remove(key);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a turn.
     *
     * @param header the Authorization header, if there is one
     * @throws org.isthmus.api.ProblemException TOO_MANY for whoever asks too much, UNAVAILABLE when no turn came
     */
    public Turn take(Optional<String> header, String address) {
        Optional<String> key = header.map(Turns::hash);
        lock.lock();
        try {
            Optional<String> user = key.map(known::get);
            String whose = user.map(name -> "user " + name).orElseGet(() -> Places.ofAddress(address));
            spend(whose, user.isPresent() ? settings.perSecond() : settings.ofStrangers());
            Share share = shares.computeIfAbsent(whose, Share::new);
            if (share.waiters.isEmpty() && mayWork(share)) {
                begin(share);
            } else {
                await(share);
            }
            return turn(share);
        } finally {
            lock.unlock();
        }
    }

    private void spend(String whose, int perSecond) {
        if (perSecond == 0) {
            return;
        }
        long now = nanos.getAsLong();
        double most = perSecond * 10.0;
        Allowance allowance = allowances.computeIfAbsent(whose, fresh -> new Allowance(most, now));
        allowance.left = Math.min(most, allowance.left + (now - allowance.at) / 1e9 * perSecond);
        allowance.at = now;
        if (allowance.left < 1) {
            throw tooMany("More than " + perSecond + " requests a second came from you; that is the most.");
        }
        allowance.left--;
    }

    private boolean mayWork(Share share) {
        int places = settings.places();
        return working < places && share.working < places / 2;
    }

    private void begin(Share share) {
        working++;
        share.working++;
    }

    private void await(Share share) {
        // when many wait, those who have the most waiting give way first
        int own = waiting < MOST_WAITING / 2 ? settings.waiting() : Math.min(settings.waiting(), 8);
        if (share.waiters.size() >= own || waiting >= MOST_WAITING) {
            forget(share);
            throw tooMany("You have " + share.waiters.size() + " requests waiting already; that is the most.");
        }
        Waiter waiter = new Waiter(lock.newCondition());
        if (share.waiters.isEmpty()) {
            order.addLast(share);
        }
        share.waiters.addLast(waiter);
        waiting++;
        long left = PATIENCE.toNanos();
        try {
            while (!waiter.granted && left > 0) {
                left = waiter.called.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!waiter.granted) {
            waiting--;
            share.waiters.remove(waiter);
            if (share.waiters.isEmpty()) {
                order.remove(share);
            }
            forget(share);
            throw Problem.UNAVAILABLE.retryAfter(PAUSE, "The controller is too busy just now; try again in a moment.");
        }
    }

    private void callNext() {
        Optional<Share> next = order.stream().filter(this::mayWork).findFirst();
        while (next.isPresent()) {
            Share share = next.get();
            order.remove(share);
            Waiter waiter = share.waiters.removeFirst();
            waiting--;
            waiter.granted = true;
            begin(share);
            waiter.called.signal();
            if (!share.waiters.isEmpty()) {
                order.addLast(share);
            }
            next = order.stream().filter(this::mayWork).findFirst();
        }
    }

    private Turn turn(Share share) {
        AtomicBoolean ended = new AtomicBoolean();
        return new Turn() {
            @Override
            public String whose() {
                return share.whose;
            }

            @Override
            public void end() {
                if (ended.compareAndSet(false, true)) {
                    Turns.this.end(share);
                }
            }
        };
    }

    private void end(Share share) {
        lock.lock();
        try {
            working--;
            share.working--;
            callNext();
            forget(share);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Share share) {
        if (share.working == 0 && share.waiters.isEmpty()) {
            shares.remove(share.whose);
        }
    }

    private static RuntimeException tooMany(String why) {
        return Problem.TOO_MANY.retryAfter(PAUSE, why);
    }

    /** What is kept of a token: nothing that could be used. */
    private static String hash(String header) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(header.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
