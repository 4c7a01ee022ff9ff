// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the ledger's lines add up to. Used only by whose turn it is with the ledger. */
final class FarEnd {
    /** Beyond it the oldest wishes are forgotten: a wish so old gets its pending answers anew, and no second effect. */
    private static final int REMEMBERED_WISHES = 10_000;

    private final Map<String, FakeServer> servers = new LinkedHashMap<>();
    private final Map<String, String> refs = new HashMap<>();
    /** Interfaces of running servers, and whose they are. */
    private final Map<String, String> plugged = new HashMap<>();

    /** What the servers of each host hold, kept so that one more server costs the same among few and among many. */
    private final Map<String, Held> held = new HashMap<>();

    private final Map<String, FakeNetwork> networks = new LinkedHashMap<>();
    private final Map<String, FakeImage> images = new LinkedHashMap<>();
    private final Map<String, Integer> fired = new HashMap<>();
    private final Map<String, Integer> said = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > REMEMBERED_WISHES;
        }
    };

    /** What servers hold of a host, whether they run or not. */
    record Held(long memoryMiB, long diskBytes) {
        static final Held NOTHING = new Held(0, 0);

        Held plus(FakeServer server, int sign) {
            return new Held(memoryMiB + sign * server.memoryMiB(), diskBytes + sign * server.diskBytes());
        }
    }

    void fold(Entry entry) {
        switch (entry.entry()) {
            case LEDGER -> {}
            case CALL -> {
                if (!entry.token().isEmpty()) {
                    said.merge(wish(entry.verb(), entry.token(), entry.object()), 1, Integer::sum);
                }
            }
            case EFFECT -> {
                entry.leavesServer().ifPresent(this::put);
                entry.leavesNetwork().ifPresent(network -> networks.put(network.network(), network));
                entry.leavesImage().ifPresent(image -> images.put(image.ref(), image));
                if (!entry.gone().isEmpty()) {
                    images.remove(entry.gone());
                    Optional.ofNullable(servers.remove(entry.gone())).ifPresent(this::forget);
                    networks.remove(entry.gone());
                }
            }
            case FIRED -> entry.faults().forEach(fault -> fired.merge(fault, 1, Integer::sum));
            case FAULTS -> fired.keySet()
                    .removeIf(key ->
                            key.startsWith(entry.object()) && !entry.faults().contains(key));
        }
    }

    private void put(FakeServer server) {
        Optional.ofNullable(servers.put(server.ref(), server)).ifPresent(this::forget);
        held.put(server.host(), held(server.host()).plus(server, 1));
        if (server.managed()) {
            refs.put(server.server(), server.ref());
        }
        if (server.on()) {
            server.nics().forEach(nic -> plugged.put(nic.id(), server.ref()));
        }
    }

    private void forget(FakeServer before) {
        held.put(before.host(), held(before.host()).plus(before, -1));
        refs.remove(before.server());
        before.nics().forEach(nic -> plugged.remove(nic.id(), before.ref()));
    }

    private static String wish(String verb, String token, String object) {
        return verb + " " + token + " " + object;
    }

    /** How often this wish was said, this time included. */
    int timesSaid(Entry.Asked asked) {
        return said.getOrDefault(wish(asked.verb().text(), asked.token(), asked.object()), 0);
    }

    /** How often the fault fired since it came into force. */
    int timesFired(String fault) {
        return fired.getOrDefault(fault, 0);
    }

    Optional<FakeServer> byId(String server) {
        return Optional.ofNullable(refs.get(server)).map(servers::get);
    }

    Optional<FakeServer> byRef(String ref) {
        return Optional.ofNullable(servers.get(ref));
    }

    Collection<FakeServer> servers() {
        return Collections.unmodifiableCollection(servers.values());
    }

    Held held(String host) {
        return held.getOrDefault(host, Held.NOTHING);
    }

    Optional<FakeNetwork> network(String id) {
        return Optional.ofNullable(networks.get(id));
    }

    Collection<FakeNetwork> networks() {
        return Collections.unmodifiableCollection(networks.values());
    }

    Optional<FakeImage> image(String ref) {
        return Optional.ofNullable(images.get(ref));
    }

    /** The copy of an image. */
    Optional<FakeImage> copyOf(String image) {
        return images.values().stream()
                .filter(copy -> copy.image().equals(image))
                .findFirst();
    }

    Collection<FakeImage> images() {
        return Collections.unmodifiableCollection(images.values());
    }

    /** True when a running server has the interface. */
    boolean plugged(String nic) {
        return plugged.containsKey(nic);
    }
}
