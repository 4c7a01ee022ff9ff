// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.driver.fake.FakeSettings.Host;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.spi.network.NetworkDriver;

/**
 * An open fake endpoint: servers on simulated hosts. Its networks, and its facets as far as the settings offer them, are
 * reached through {@link #facet}, as with any driver.
 *
 * <p>It waits for nothing but a configured {@code delay}; all other time is its context's clock.
 */
public final class FakeDriver implements ComputeDriver {
    private final FakeSettings settings;
    private final Script script;
    private final Switchboard switchboard;
    private final Servers servers;
    private final FakeConsoles consoles;
    private final Map<Class<?>, Object> parts = new LinkedHashMap<>();

    FakeDriver(FakeSettings settings, Script script, Switchboard switchboard) {
        this.settings = settings;
        this.script = script;
        this.switchboard = switchboard;
        KeptContents contents = new KeptContents(settings.ledger());
        this.servers = new Servers(settings, switchboard, contents);
        this.consoles = new FakeConsoles(servers);
        offer(Resizable.class, new FakeSizes(servers));
        offer(Attachable.class, new FakeAttachments(servers));
        offer(Snapshots.class, new FakeSnapshots(servers, switchboard.clock()));
        offer(Console.class, consoles);
        offer(Metered.class, new FakeMeters(switchboard));
        offer(Adoptable.class, new FakeAdoptions(servers, switchboard));
        offer(ImageExport.class, new FakeExports(servers, switchboard, contents));
        offer(ImageImport.class, new FakeCopies(settings, switchboard, contents));
        parts.put(NetworkDriver.class, new FakeNetworks(this, switchboard));
    }

    private <F> void offer(Class<F> facet, F part) {
        if (settings.facets().contains(facet.getSimpleName())) {
            parts.put(facet, part);
        }
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        if (parts.containsKey(type)) {
            return Optional.of(type.cast(parts.get(type)));
        }
        return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
    }

    /** The networks of this endpoint. */
    public NetworkDriver networks() {
        return facet(NetworkDriver.class).orElseThrow();
    }

    /** What goes wrong at a test's word; shared by all drivers of one factory. */
    public Script script() {
        return script;
    }

    /** The next call that changes something fails, without effect. */
    public void failNext(Kind kind) {
        script.failNext(kind);
    }

    /** The far end, as written down. */
    public Ledger ledger() {
        return switchboard.ledger();
    }

    /** Puts a server there that somebody else made, off, and says its reference. Of a name that is there already: that one. */
    public String addStranger(String name, String host) {
        String ref = "stranger-" + name;
        Call call = new Call("stranger." + name, switchboard.clock().instant());
        switchboard.change(Verb.ADD_STRANGER, call, ref, "", far -> {
            if (far.byRef(ref).isPresent()) {
                return Outcome.already(ref);
            }
            FakeServer stranger = new FakeServer(
                    ref,
                    "",
                    "",
                    name,
                    servers.host(host).name(),
                    1,
                    512,
                    Power.OFF,
                    List.of(new FakeDisk("disk-of-" + name, 1L << 30)),
                    List.of(),
                    List.of(),
                    List.of(),
                    0,
                    0,
                    Shape.Firmware.BIOS);
            return Outcome.with(ref, Effect.leaves(stranger, Servers.marks(stranger, Change.MADE)));
        });
        return ref;
    }

    /**
     * Puts a template there that somebody else made, and says its reference. Of a name that is there already: that one. Its
     * disks are blank.
     */
    public String addTemplate(String name, Shape shape) {
        String ref = "template-" + name;
        Call call = new Call("template." + name, switchboard.clock().instant());
        switchboard.change(Verb.ADD_STRANGER, call, ref, "", far -> {
            if (far.image(ref).isPresent()) {
                return Outcome.already(ref);
            }
            FakeImage template = FakeImage.stranger(ref, name, shape);
            return Outcome.with(ref, Effect.leaves(template, new Mark(Thing.IMAGE, ref, Change.MADE)));
        });
        return ref;
    }

    /** Puts a network there that somebody else made; one of a name that is there already stays. */
    public void addStrangerNetwork(String name) {
        String ref = "stranger-" + name;
        Call call = new Call("stranger." + name, switchboard.clock().instant());
        switchboard.change(Verb.ADD_STRANGER, call, ref, "", far -> {
            if (far.network(ref).isPresent()) {
                return Outcome.already(null);
            }
            FakeNetwork stranger = new FakeNetwork(ref, "", "", name, "10.1.0.0/24", false, "", List.of());
            return Outcome.with(null, Effect.leaves(stranger, new Mark(Thing.NETWORK, ref, Change.MADE)));
        });
    }

    /**
     * The guest of a running server says that it has these addresses on an interface, and no others, until it says so anew
     * or is off. CONFLICT when it is off, NOT_FOUND when it has no such interface.
     */
    public void guestSays(String ref, NicId nic, String... addresses) {
        Call call = new Call("guest." + nic, switchboard.clock().instant());
        servers.change(Verb.GUEST_SAYS, call, ref, nic.value(), (far, server) -> {
            if (!server.on()) {
                throw new DriverException(Kind.CONFLICT, "The server " + ref + " is off: nobody says anything.");
            }
            if (!server.hasNic(nic.value())) {
                throw new DriverException(Kind.NOT_FOUND, "The server " + ref + " has no interface " + nic + ".");
            }
            return leaves(server.saying(nic.value(), List.of(addresses)));
        });
    }

    @Override
    public Health health() {
        try {
            return switchboard.ask(Verb.HEALTH, "", this::condition);
        } catch (DriverException e) {
            return Health.down(e.getMessage());
        }
    }

    private Health condition(FarEnd far) {
        List<String> lost = settings.hosts().stream()
                .map(Host::name)
                .filter(switchboard::lost)
                .toList();
        if (lost.isEmpty()) {
            return Health.up("Simulator with " + far.servers().size() + " servers and "
                    + far.networks().size() + " networks.");
        }
        return new Health(Health.State.DEGRADED, "Hosts that cannot be reached: " + String.join(", ", lost) + ".");
    }

    @Override
    public Set<String> capabilities() {
        Set<String> names = new TreeSet<>(settings.facets());
        names.add(ComputeDriver.class.getSimpleName());
        names.add(NetworkDriver.class.getSimpleName());
        return names;
    }

    @Override
    public List<ImageContent.Format> formats() {
        return settings.formats();
    }

    @Override
    public Progress<Created> create(Call call, ServerSpec spec) {
        return switchboard.change(Verb.CREATE, call, spec.server().value(), spec.host(), far -> {
            Optional<FakeServer> there = far.byId(spec.server().value());
            if (there.isPresent()) {
                return same(there.get(), call.token());
            }
            servers.check(far, spec);
            FakeServer made = servers.make(far, call.token(), spec);
            return Outcome.with(new Created(made.ref()), Effect.leaves(made, Servers.marks(made, Change.MADE)));
        });
    }

    private Outcome<Created> same(FakeServer there, String token) {
        servers.mustReach(there.host());
        if (!there.token().equals(token)) {
            throw new DriverException(
                    Kind.CONFLICT, "The server " + there.server() + " is there already, made under another token.");
        }
        return Outcome.already(new Created(there.ref()));
    }

    @Override
    public Progress<Void> power(Call call, String ref, PowerWish wish) {
        Progress<Void> answer = servers.change(Verb.POWER, call, ref, wish.name(), (far, server) -> switch (wish) {
            case ON -> server.on() ? Outcome.already(null) : leaves(start(server));
            case OFF -> server.on() ? leaves(server.stopped()) : Outcome.already(null);
            case SHUT_DOWN -> shutDown(server);
            case RESTARTED -> server.onceTokens().contains(call.token())
                    ? Outcome.already(null)
                    : leaves(start(server).did(call.token()));
        });
        boolean off = wish == PowerWish.OFF || wish == PowerWish.SHUT_DOWN;
        if (off && answer instanceof Progress.Done<Void>) {
            consoles.forget(ref);
        }
        return answer;
    }

    private Outcome<Void> shutDown(FakeServer server) {
        if (!server.on()) {
            return Outcome.already(null);
        }
        return settings.deafGuests() ? Outcome.notYet() : leaves(server.stopped());
    }

    private FakeServer start(FakeServer server) {
        return server.started(switchboard.clock().millis());
    }

    static Outcome<Void> leaves(FakeServer server) {
        return Outcome.with(null, Effect.leaves(server, Servers.changed(server)));
    }

    @Override
    public Progress<Void> delete(Call call, ServerId server, Optional<String> ref) {
        Progress<Void> answer = switchboard.change(Verb.DELETE, call, server.value(), ref.orElse(""), far -> {
            Optional<FakeServer> there = far.byId(server.value());
            if (there.isEmpty()) {
                return Outcome.already(null);
            }
            FakeServer gone = there.get();
            servers.mustReach(gone.host());
            return Outcome.with(null, Effect.removes(gone.ref(), List.of(Servers.marks(gone, Change.REMOVED))));
        });
        ref.ifPresent(consoles::forget);
        return answer;
    }

    @Override
    public Optional<SeenServer> find(ServerId server) {
        return switchboard.ask(
                Verb.FIND, server.value(), far -> far.byId(server.value()).map(this::seen));
    }

    @Override
    public List<SeenServer> list() {
        return switchboard.ask(Verb.LIST, "", far -> {
            List<SeenServer> all = new ArrayList<>();
            far.servers().forEach(server -> all.add(seen(server)));
            return all;
        });
    }

    private SeenServer seen(FakeServer server) {
        return server.seen(switchboard.lost(server.host()));
    }

    @Override
    public List<HostCapacity> capacity() {
        return switchboard.ask(Verb.CAPACITY, "", far -> settings.hosts().stream()
                .map(this::seen)
                .toList());
    }

    private HostCapacity seen(Host host) {
        boolean lost = switchboard.lost(host.name());
        return new HostCapacity(
                host.name(),
                host.cpus(),
                host.memoryMiB(),
                host.diskGiB(),
                !lost,
                lost ? "This host cannot be reached." : "");
    }

    @Override
    public void close() {
        consoles.close();
        switchboard.close();
    }
}
