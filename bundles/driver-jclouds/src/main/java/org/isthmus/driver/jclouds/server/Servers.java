// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.driver.jclouds.cloud.Calls;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.CloudImage;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Node;
import org.isthmus.driver.jclouds.cloud.Order;
import org.isthmus.driver.jclouds.cloud.Size;
import org.isthmus.driver.jclouds.cloud.Zone;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Shape;

/**
 * Makes servers and finds them again by what is written onto them.
 *
 * <p>The token makes one machine, ever, by four means, each for what the one before does not cover: one piece of work at a
 * time for each server in this process; a look at what is there before anything is made; the cloud's own promise to make
 * one thing for one key, where it has that; and where two came about all the same, all but the first are removed.
 */
public final class Servers {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration MAKING = Duration.ofSeconds(100);
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    /** How long a cloud may take to show what it has made. */
    private static final Duration LATE = Duration.ofSeconds(30);

    private static final long GIB = 1L << 30;

    private final Cloud cloud;
    private final CloudSettings settings;
    private final Calls calls;
    private final DriverContext context;
    /** What this process made and the cloud may not show yet. Gone with the process, and not needed by the next one. */
    private final Map<ServerId, Begun> begun = new ConcurrentHashMap<>();

    public Servers(Cloud cloud, CloudSettings settings, Calls calls, DriverContext context) {
        this.cloud = cloud;
        this.settings = settings;
        this.calls = calls;
        this.context = context;
    }

    /**
     * @param ref empty until the cloud has answered, and when its answer was lost
     * @param at when it was begun
     * @param shown the cloud has shown it since: from then on, not being shown is being gone
     */
    private record Begun(String token, Optional<String> ref, Instant at, boolean shown) {
        private Begun withRef(String text) {
            return new Begun(token, Optional.of(text), at, shown);
        }

        private Begun asShown() {
            return new Begun(token, ref, at, true);
        }
    }

    private static String work(ServerId server) {
        return "jclouds.create." + server.value();
    }

    /** See the contract: the same token makes one server. */
    public Progress<Created> create(Call call, ServerSpec spec) {
        List<Node> there = of(spec.server());
        for (Node node : there) {
            if (!Marks.token(node).equals(call.token())) {
                throw conflict(spec);
            }
        }
        forgetOld();
        Begun mine = begun.get(spec.server());
        if (mine != null && !mine.token().equals(call.token())) {
            throw conflict(spec);
        }
        if (there.isEmpty()) {
            return begin(call, spec);
        }
        shown(spec.server());
        Node first = there.get(0);
        for (Node other : there.subList(1, there.size())) {
            // two controllers, or an answer that was lost: the same one stays, whoever looks
            cloud.destroy(other.ref());
        }
        return settle(spec, first);
    }

    private static DriverException conflict(ServerSpec spec) {
        return new DriverException(
                Kind.CONFLICT, "Server " + spec.server() + " was made by another wish; delete it first.");
    }

    /** Every machine of a server, the first one first. */
    private List<Node> of(ServerId server) {
        List<Node> found = new ArrayList<>(cloud.nodes());
        found.removeIf(node -> !Marks.isOf(node, server) || node.state() == Node.State.GOING);
        Optional.ofNullable(begun.get(server))
                .flatMap(Begun::ref)
                .filter(ref -> found.stream().noneMatch(node -> node.ref().equals(ref)))
                .flatMap(cloud::node)
                .filter(node -> Marks.isOf(node, server) && node.state() != Node.State.GOING)
                .ifPresent(found::add);
        // one that was answered with before goes before one that came about beside it
        found.sort(Comparator.comparing((Node node) -> !node.tags().containsKey(Marks.MADE))
                .thenComparing(Node::ref));
        return found;
    }

    private Progress<Created> begin(Call call, ServerSpec spec) {
        Optional<WorkState> work = context.work(work(spec.server()));
        Optional<Exception> failure = work.flatMap(WorkState::failure);
        if (work.isPresent() && work.orElseThrow().ended()) {
            Optional<String> made =
                    Optional.ofNullable(begun.get(spec.server())).flatMap(Begun::ref);
            if (failure.isEmpty() && made.isPresent()) {
                Optional<String> ended = cloud.ended(made.orElseThrow());
                if (ended.isPresent()) {
                    forget(spec.server());
                    throw new DriverException(
                            Kind.BROKEN,
                            "The cloud made the server and ended it at once: "
                                    + (ended.orElseThrow().isBlank() ? "it does not say why" : ended.orElseThrow()));
                }
                return Progress.pending("made, and not shown by the cloud yet", SOON);
            }
            DriverException why = failure.filter(DriverException.class::isInstance)
                    .map(DriverException.class::cast)
                    .orElseGet(() -> new DriverException(
                            Kind.UNAVAILABLE, "Making the server was broken off; it is tried again when asked."));
            if (why.passing()) {
                // the cloud may have made it all the same: delete has to know
                context.forget(work(spec.server()));
            } else {
                forget(spec.server());
            }
            throw why;
        }
        if (work.isEmpty()) {
            Order order = order(call.token(), spec);
            Begun mine =
                    new Begun(call.token(), Optional.empty(), context.clock().instant(), false);
            Begun kept = begun.compute(
                    spec.server(),
                    (id, old) -> old == null
                                    || (old.token().equals(call.token())
                                            && old.ref().isEmpty())
                            ? mine
                            : old);
            if (!kept.token().equals(call.token())) {
                throw conflict(spec);
            }
            context.start(work(spec.server()), report -> {
                String ref = calls.within(MAKING, "make the server", () -> cloud.make(order));
                begun.computeIfPresent(spec.server(), (id, one) -> one.withRef(ref));
            });
        }
        return Progress.pending("being made", SOON);
    }

    /** Much later than any call that was under way when it was made: until then a second look must find what the first did. */
    private void forgetOld() {
        Instant old = context.clock().instant().minus(REMEMBERED);
        begun.forEach((server, one) -> {
            boolean ended = context.work(work(server)).map(WorkState::ended).orElse(true);
            if (ended && one.at().isBefore(old)) {
                forget(server);
            }
        });
    }

    private void shown(ServerId server) {
        begun.computeIfPresent(server, (id, one) -> one.asShown());
    }

    private void forget(ServerId server) {
        context.forget(work(server));
        begun.remove(server);
    }

    /** Everything that can be refused is refused before the cloud is asked to make something. */
    private Order order(String token, ServerSpec spec) {
        Zone zone = cloud.zones().stream()
                .filter(one -> one.name().equals(spec.host()))
                .findFirst()
                .orElseThrow(() -> invalid("There is no zone " + spec.host() + " at this endpoint."));
        if (!zone.available()) {
            throw new DriverException(Kind.NO_CAPACITY, "Zone " + zone.name() + " takes no servers: " + zone.why());
        }
        if (spec.firmware() != Shape.Firmware.BIOS) {
            throw invalid("A cloud chooses the firmware by the image; ask for BIOS.");
        }
        if (spec.disks().size() != 1) {
            throw invalid("A server here has one disk, its boot disk.");
        }
        if (spec.cpus() > settings.zoneCpus() || spec.memoryMiB() > settings.zoneMemoryMiB()) {
            throw new DriverException(Kind.NO_CAPACITY, "The server is larger than what may be used of its zone.");
        }
        if (spec.disks().get(0).image().isPresent()) {
            throw invalid("Content cannot be sent to this cloud; take an image that it has.");
        }
        String template = spec.template()
                .orElseThrow(() -> invalid("A server here is made of an image that the cloud has; say which."));
        CloudImage image = cloud.image(template)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "The cloud has no image " + template + "."));
        long bytes = spec.disks().get(0).sizeBytes();
        if (bytes < image.minDiskGiB() * GIB) {
            throw invalid("Image " + image.name() + " needs a disk of " + image.minDiskGiB() + " GiB.");
        }
        Size size = size(spec, bytes);
        List<String> ports = spec.nics().stream()
                .map(nic -> cloud.port(nic.binding())
                        .orElseThrow(() -> invalid("This endpoint cannot plug an interface into a port of kind "
                                + nic.binding().kind() + ".")))
                .toList();
        String key = spec.server().value() + "-"
                + Sha256.of((token + " " + spec.host()).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .toString()
                        .substring(0, 16);
        Order order = new Order(spec, key, Marks.of(token, spec, size), size, image, ports);
        cloud.refusal(order).ifPresent(why -> {
            throw invalid(why);
        });
        return order;
    }

    /** The type the operator named, or the first of exactly this size with the smallest disk that is large enough. */
    private Size size(ServerSpec spec, long bytes) {
        Optional<String> named = settings.typeFor(spec.cpus(), spec.memoryMiB());
        List<Size> all = cloud.sizes();
        if (named.isPresent()) {
            String id = named.orElseThrow();
            // a type that the provider's list does not have may be newer than jclouds
            Size size = all.stream()
                    .filter(one -> one.id().equals(id))
                    .findFirst()
                    .orElse(new Size(id, spec.cpus(), spec.memoryMiB(), 0));
            if (size.diskGiB() > 0 && size.diskGiB() * GIB < bytes) {
                throw invalid("Instance type " + id + " has a disk of " + size.diskGiB() + " GiB, which is too small.");
            }
            return size;
        }
        return all.stream()
                .filter(one -> one.cpus() == spec.cpus() && one.memoryMiB() == spec.memoryMiB())
                .filter(one -> one.diskGiB() == 0 || one.diskGiB() * GIB >= bytes)
                .min(Comparator.comparingLong(Size::diskGiB))
                .orElseThrow(() -> invalid("No instance type has " + spec.cpus() + " CPUs, " + spec.memoryMiB()
                        + " MiB and a disk of " + (bytes + GIB - 1) / GIB
                        + " GiB; name one in the setting instanceTypes."));
    }

    private static DriverException invalid(String why) {
        return new DriverException(Kind.INVALID, why);
    }

    /** Goes on with a machine that was made until it is as the contract wants it. */
    private Progress<Created> settle(ServerSpec spec, Node node) {
        if (node.exposed() && !settings.exposed()) {
            cloud.destroy(node.ref());
            forget(spec.server());
            throw invalid(
                    "The cloud gave the server an address that is reached from outside, so it was removed; see the"
                            + " settings network and publicAddresses.");
        }
        boolean made = node.tags().containsKey(Marks.MADE);
        return switch (node.state()) {
            case FAILED -> {
                if (made) {
                    // it failed long after, with what its owner keeps on it
                    yield made(node);
                }
                if (!cloud.holds() && !begun.containsKey(spec.server())) {
                    throw new DriverException(
                            Kind.BROKEN,
                            "The cloud shows the server as failed, and not whether it ever was well; it is left as it"
                                    + " is. Look at it, then delete it.");
                }
                cloud.destroy(node.ref());
                forget(spec.server());
                boolean full = node.why().toLowerCase(java.util.Locale.ROOT).contains("no valid host");
                throw new DriverException(
                        full ? Kind.NO_CAPACITY : Kind.BROKEN,
                        "The cloud could not make the server: "
                                + (node.why().isBlank() ? "it does not say why" : node.why()));
            }
            case ON -> {
                if (!made && cloud.holds() && cloud.hold(node.ref())) {
                    yield Progress.pending("being stopped for the first time", SOON);
                }
                yield finished(node, made);
            }
            case OFF, HELD -> finished(node, made);
            case PAUSED, UNKNOWN -> made(node);
            case MAKING, CHANGING, GOING -> Progress.pending("being made by the cloud", SOON);
        };
    }

    /** Says on the machine that it was well once: what happens to it later is no failure of its making. */
    private Progress<Created> finished(Node node, boolean made) {
        if (!made && cloud.holds()) {
            cloud.tag(node.ref(), Map.of(Marks.MADE, "yes"));
        }
        return made(node);
    }

    private static Progress<Created> made(Node node) {
        return Progress.done(new Created(node.ref()));
    }

    /** Removes every machine of this server; absent is done. */
    public Progress<Void> delete(ServerId server, Optional<String> ref) {
        Optional<WorkState> work = context.work(work(server));
        if (work.isPresent() && !work.orElseThrow().ended()) {
            // breaking it off would not stop a cloud that has the request; what it makes is removed when it is known
            return Progress.pending("waiting until what was begun is there", SOON);
        }
        List<Node> found = new ArrayList<>(cloud.nodes());
        found.removeIf(node -> !Marks.isOf(node, server));
        for (Node node : cloud.untagged(server.value())) {
            add(found, node);
        }
        Optional.ofNullable(begun.get(server))
                .flatMap(Begun::ref)
                .flatMap(cloud::node)
                .ifPresent(node -> add(found, node));
        ref.flatMap(cloud::node).filter(node -> Marks.isOf(node, server)).ifPresent(node -> add(found, node));
        if (found.isEmpty()) {
            Optional<Begun> late = Optional.ofNullable(begun.get(server))
                    .filter(one -> !one.shown())
                    .filter(one -> one.at().plus(LATE).isAfter(context.clock().instant()));
            if (late.isPresent()) {
                // one that was removed before it was ever shown may never be
                if (late.flatMap(Begun::ref).map(cloud::destroy).orElse(false)) {
                    shown(server);
                }
                return Progress.pending("waiting whether the cloud shows what was begun", SOON);
            }
            forget(server);
            return Progress.done();
        }
        shown(server);
        for (Node node : found) {
            if (node.state() != Node.State.GOING) {
                cloud.destroy(node.ref());
            }
        }
        return Progress.pending("being removed by the cloud", SOON);
    }

    private static void add(List<Node> all, Node node) {
        if (all.stream().noneMatch(one -> one.ref().equals(node.ref()))) {
            all.add(node);
        }
    }

    /** The server as it is now. */
    public Optional<SeenServer> find(ServerId server) {
        return of(server).stream().findFirst().map(Servers::seen);
    }

    public List<SeenServer> list() {
        return cloud.nodes().stream()
                .filter(node -> node.state() != Node.State.GOING)
                .map(Servers::seen)
                .toList();
    }

    private static SeenServer seen(Node node) {
        Optional<ServerId> server = Marks.server(node);
        Size size = Marks.size(node);
        return new SeenServer(
                node.ref(),
                node.zone(),
                node.name(),
                server,
                server.map(id -> Marks.token(node)),
                server.isPresent(),
                power(node.state()),
                size.cpus(),
                size.memoryMiB(),
                Marks.disks(node),
                Marks.nics(node));
    }

    private static Power power(Node.State state) {
        return switch (state) {
            case ON -> Power.ON;
            case OFF, HELD -> Power.OFF;
            case PAUSED -> Power.PAUSED;
            case FAILED -> Power.CRASHED;
            case MAKING, CHANGING, GOING, UNKNOWN -> Power.UNKNOWN;
        };
    }

    /** Each zone as a host, with what the operator lets the controller use of it. */
    public List<HostCapacity> capacity() {
        return cloud.zones().stream()
                .map(zone -> new HostCapacity(
                        zone.name(),
                        settings.zoneCpus(),
                        settings.zoneMemoryMiB(),
                        settings.zoneDiskGiB(),
                        zone.available(),
                        zone.why()))
                .toList();
    }
}
