// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.Rule;

/** A network driver that breaks one rule, made of a sound one. */
final class BrokenNetworks extends ForwardingNetwork {
    private static final NetworkId STRANGER = new NetworkId("net_00000000-0000-7000-8000-000000000002");

    private final Rule rule;
    private final FakeSubject subject;
    private final Broken memory;
    private final Thread opener = Thread.currentThread();

    BrokenNetworks(Rule rule, FakeSubject subject, Broken memory, NetworkDriver sound) {
        super(sound);
        this.rule = rule;
        this.subject = subject;
        this.memory = memory;
        memory.opened++;
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        String id = wanted.network().value();
        switch (rule) {
            case N02 -> doubled(id, memory.anewWithoutMemo(call));
            case N03 -> doubled(id, memory.fromAnotherThread(call));
            case N04 -> memory.notes.put("token " + id, call.token());
            case N05 -> refuseSameSubnet(wanted);
            case N21 -> memory.notes.put("opening " + id, String.valueOf(memory.opened));
            case N24 -> {
                return Broken.insteadOf(Kind.UNAVAILABLE, Progress.done(), () -> sound.ensureNetwork(call, wanted));
            }
            default -> memory.notes.put("network " + id, "");
        }
        return sound.ensureNetwork(call, wanted);
    }

    private void doubled(String id, boolean now) {
        if (now) {
            memory.names.add("twice " + id);
        }
    }

    /** Only while the other has no ports: rule N13 has the same subnets, with ports. */
    private void refuseSameSubnet(NetworkSpec wanted) {
        for (SeenNetwork other : sound.list()) {
            boolean same = other.cidr().equals(wanted.cidr()) && other.ports().isEmpty();
            if (same && !other.network().equals(wanted.network())) {
                throw Broken.refused(Kind.CONFLICT);
            }
        }
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        String id = wanted.port().value();
        return switch (rule) {
            case N07 -> {
                doubled(id, memory.anewWithoutMemo(call));
                yield sound.ensurePort(call, wanted);
            }
            case N08 -> tokenInBinding(call, sound.ensurePort(call, wanted));
            case N09 -> {
                PortSpec first = before(call, wanted);
                yield sound.ensurePort(call, first);
            }
            case N10 -> Broken.refusingAs(Kind.NOT_FOUND, Kind.INVALID, () -> sound.ensurePort(call, wanted));
            case N11 -> bending("The address", Kind.CONFLICT, call, wanted, Thread.currentThread() == opener);
            case N12 -> bending("The MAC", Kind.CONFLICT, call, wanted, true);
            case N13 -> {
                refuseSameMacAnywhere(wanted);
                yield sound.ensurePort(call, wanted);
            }
            case N14 -> bending("The address", Kind.INVALID, call, wanted, true);
            case N15 -> bending("The address", Kind.CONFLICT, call, wanted, Thread.currentThread() != opener);
            case N16 -> {
                if (memory.names.contains("removed " + wanted.network() + wanted.address())) {
                    throw Broken.refused(Kind.CONFLICT);
                }
                memory.notes.put(id, wanted.network().value() + wanted.address());
                yield sound.ensurePort(call, wanted);
            }
            default -> sound.ensurePort(call, wanted);
        };
    }

    // two threads of one rule say their wishes at once
    private final Map<NicId, PortSpec> firstForms = new ConcurrentHashMap<>();

    private PortSpec before(Call call, PortSpec wanted) {
        PortSpec first = firstForms.computeIfAbsent(wanted.port(), port -> wanted);
        boolean sameWish = memory.notes
                .computeIfAbsent(wanted.port().value(), port -> call.token())
                .equals(call.token());
        return sameWish ? wanted : first;
    }

    private static Progress<PortBinding> tokenInBinding(Call call, Progress<PortBinding> answer) {
        if (answer instanceof Progress.Done<PortBinding>) {
            return Progress.done(new PortBinding("fake", Map.of("port", call.token())));
        }
        return answer;
    }

    private Progress<PortBinding> bending(String words, Kind kind, Call call, PortSpec wanted, boolean here) {
        try {
            return sound.ensurePort(call, wanted);
        } catch (DriverException e) {
            boolean meant = e.kind() == kind && e.getMessage().startsWith(words);
            throw here && meant ? Broken.refused(Kind.BROKEN) : e;
        }
    }

    private void refuseSameMacAnywhere(PortSpec wanted) {
        for (SeenNetwork other : sound.list()) {
            boolean elsewhere = !other.network().equals(wanted.network());
            if (elsewhere
                    && other.ports().stream()
                            .anyMatch(port -> port.mac().equals(wanted.mac().value()))) {
                throw Broken.refused(Kind.CONFLICT);
            }
        }
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        boolean there = sound.find(network).stream()
                .flatMap(seen -> seen.ports().stream())
                .anyMatch(seen -> seen.port().equals(port));
        if (rule == Rule.N17 && !there && !memory.names.contains("removed " + port)) {
            throw Broken.refused(Kind.NOT_FOUND);
        }
        memory.names.add("removed " + port);
        memory.names.add("removed " + memory.notes.get(port.value()));
        return sound.removePort(call, network, port);
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        memory.notes.put("network " + network, "");
        Optional<SeenNetwork> there = sound.find(network);
        if (rule == Rule.N18) {
            return Broken.insteadOf(Kind.CONFLICT, Progress.done(), () -> sound.removeNetwork(call, network));
        }
        if (rule == Rule.N19 && there.filter(seen -> seen.ports().isEmpty()).isPresent()) {
            return Progress.done();
        }
        if (rule == Rule.N20 && there.isEmpty() && !memory.notes.containsKey("gone " + network)) {
            throw Broken.refused(Kind.NOT_FOUND);
        }
        memory.notes.put("gone " + network, "");
        return sound.removeNetwork(call, network);
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        Optional<SeenNetwork> seen = sound.find(network);
        if (rule == Rule.N25 && seen.isEmpty() && !memory.notes.containsKey("network " + network)) {
            throw Broken.refused(Kind.NOT_FOUND);
        }
        return seen.map(this::bent);
    }

    @Override
    public List<SeenNetwork> list() {
        if (rule == Rule.N23) {
            return Broken.insteadOf(Kind.UNAVAILABLE, List.of(), sound::list);
        }
        List<SeenNetwork> all = new ArrayList<>();
        for (SeenNetwork seen : sound.list()) {
            String id = seen.network().value();
            boolean lost = rule == Rule.N21 && !String.valueOf(memory.opened).equals(memory.notes.get("opening " + id));
            if (!lost) {
                all.add(bent(seen));
            }
            if (memory.names.contains("twice " + id)) {
                all.add(seen);
            }
        }
        if (rule == Rule.N22 && subject.strangersNetworks() > 0) {
            all.add(new SeenNetwork(STRANGER, "", Cidr.of("10.1.0.0/24"), List.of()));
        }
        return all;
    }

    private SeenNetwork bent(SeenNetwork seen) {
        List<SeenPort> ports = new ArrayList<>();
        for (SeenPort port : seen.ports()) {
            ports.add(
                    rule == Rule.N06
                            ? new SeenPort(port.port(), port.token(), port.mac(), port.address(), true)
                            : port);
            if (memory.names.contains("twice " + port.port())) {
                ports.add(port);
            }
        }
        String token =
                rule == Rule.N01 ? "forgotten" : memory.notes.getOrDefault("token " + seen.network(), seen.token());
        return new SeenNetwork(seen.network(), token, seen.cidr(), ports);
    }
}
