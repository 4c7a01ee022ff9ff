// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.api.Caller;
import org.isthmus.model.Ids.OrganizationId;

/**
 * A number of places for what holds a thread for long: a few of them for each user or address, and half of them for each
 * organization. Nobody can take all threads, nor all places. Thread-safe.
 */
public final class Places {
    private static final Duration PAUSE = Duration.ofSeconds(30);
    private static final int NETWORK_BYTES = 8;
    private static final String ALL = "all";

    private final String what;
    private final int most;
    private final int mostEach;
    private final Map<String, Integer> taken = new HashMap<>();
    /** Those who would give way, the longest there first, by whose they are. */
    private final Map<String, Deque<Yielding>> yielding = new HashMap<>();

    /**
     * Free places.
     *
     * @param what takes a place, as in "event streams"
     * @param mostEach for one user or address
     */
    public Places(String what, int most, int mostEach) {
        this.what = what;
        this.most = most;
        this.mostEach = mostEach;
    }

    /** A place that was taken. */
    public interface Place extends AutoCloseable {
        /** Gives it back; again does nothing. */
        @Override
        void close();
    }

    /** One that a place counts for, and how many it may have at once. */
    private record Share(String whose, int most, String having) {}

    /** Takes a place for a user; TOO_MANY_STREAMS when there is none. */
    public Place take(Caller caller) {
        return take(caller.username(), caller.organization());
    }

    /** Takes a place for a user of an organization; TOO_MANY_STREAMS when there is none. */
    public Place take(String username, OrganizationId organization) {
        return must(shares(username, organization));
    }

    /** Takes a place for an address, of which one network of IPv6 has as many as it likes; TOO_MANY_STREAMS as above. */
    public Place take(String address) {
        return must(List.of(new Share(ofAddress(address), mostEach, "Your address has "), all()));
    }

    /**
     * The same, for one who gives way: when all places are taken, whoever has the most of them gives the one they have longest
     * to an address that has fewer.
     *
     * @param giveWay told once, if at all, that the place is another's now; not after it was given back. Quick
     */
    Place take(String address, Runnable giveWay) {
        String whose = ofAddress(address);
        synchronized (this) {
            int own = taken.getOrDefault(whose, 0);
            if (own < mostEach && taken.getOrDefault(ALL, 0) >= most) {
                yielding.values().stream()
                        .max(Comparator.comparingInt(Deque::size))
                        .filter(those -> those.size() > own + 1)
                        .ifPresent(those -> those.getFirst().giveWay());
            }
            Yielding place = new Yielding(whose, take(address), giveWay);
            yielding.computeIfAbsent(whose, first -> new ArrayDeque<>()).addLast(place);
            return place;
        }
    }

    /**
     * A place for one who is never refused, and gives way himself: who has as many as he may have gives the one he has longest,
     * and when all are taken, whoever has the most does.
     *
     * @param whose a user's or an address's
     * @param giveWay as above
     */
    Place takeAnyway(String whose, Runnable giveWay) {
        synchronized (this) {
            if (taken.getOrDefault(whose, 0) >= mostEach) {
                yielding.get(whose).getFirst().giveWay();
            } else if (taken.getOrDefault(ALL, 0) >= most) {
                yielding.values().stream()
                        .max(Comparator.comparingInt(Deque::size))
                        .ifPresent(those -> those.getFirst().giveWay());
            }
            Yielding place = new Yielding(whose, taken(List.of(new Share(whose, mostEach, ""), all())), giveWay);
            yielding.computeIfAbsent(whose, first -> new ArrayDeque<>()).addLast(place);
            return place;
        }
    }

    /** A place for as long as nobody needs it more. */
    private final class Yielding implements Place {
        private final String whose;
        private final Place place;
        private final Runnable giveWay;

        Yielding(String whose, Place place, Runnable giveWay) {
            this.whose = whose;
            this.place = place;
            this.giveWay = giveWay;
        }

        void giveWay() {
            close();
            giveWay.run();
        }

        @Override
        public void close() {
            synchronized (Places.this) {
                place.close();
                yielding.computeIfPresent(whose, (name, those) -> {
                    those.remove(this);
                    return those.isEmpty() ? null : those;
                });
            }
        }
    }

    /** A place for a user, if there is one. */
    Optional<Place> tryTake(Caller caller) {
        List<Share> shares = shares(caller.username(), caller.organization());
        synchronized (this) {
            return full(shares).isPresent() ? Optional.empty() : Optional.of(taken(shares));
        }
    }

    private List<Share> shares(String username, OrganizationId organization) {
        return List.of(
                new Share("user " + username, mostEach, "You have "),
                new Share("organization " + organization, most / 2, "Your organization has "),
                all());
    }

    private Share all() {
        return new Share(ALL, most, "There are ");
    }

    private synchronized Place must(List<Share> shares) {
        full(shares).ifPresent(share -> {
            throw RestProblem.TOO_MANY_STREAMS.retryAfter(
                    PAUSE, share.having() + share.most() + " " + what + " at once; that is the most.");
        });
        return taken(shares);
    }

    private Optional<Share> full(List<Share> shares) {
        return shares.stream()
                .filter(share -> taken.getOrDefault(share.whose(), 0) >= share.most())
                .findFirst();
    }

    private Place taken(List<Share> shares) {
        shares.forEach(share -> taken.merge(share.whose(), 1, Integer::sum));
        AtomicBoolean given = new AtomicBoolean();
        return () -> {
            if (given.compareAndSet(false, true)) {
                give(shares);
            }
        };
    }

    private synchronized void give(List<Share> shares) {
        shares.forEach(share -> taken.computeIfPresent(share.whose(), (name, own) -> own == 1 ? null : own - 1));
    }

    /** What counts for an address that nobody is known to have. */
    static String ofAddress(String address) {
        return "address " + network(address);
    }

    /** Whoever has an address of IPv6 has the 2^64 beside it too: these count as one. */
    public static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            // with colons it is an address and no name: nothing is looked up
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return bytes.length <= NETWORK_BYTES
                    ? address
                    : HexFormat.of().formatHex(Arrays.copyOf(bytes, NETWORK_BYTES));
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
