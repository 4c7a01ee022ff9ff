// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.core.Moment;
import org.isthmus.core.image.ImageTransfer;
import org.isthmus.core.image.Stock;
import org.isthmus.core.location.EndpointStore.Heard;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.network.Network;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.placement.Placing;
import org.isthmus.core.placement.Placing.Candidate;
import org.isthmus.core.placement.Placing.Ranking;
import org.isthmus.core.placement.Placing.Wish;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.Server.Place;
import org.isthmus.core.ssh.Authorities.Authority;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.SeenPort;

/** Makes a server: finds it a host, plugs it into its networks, makes and starts it. Everything is undone when it fails. */
public final class ServerDeploy extends ServerProcess<ServerDeploy.Step> {
    public static final String TYPE = "server.deploy";

    /** How many hosts are tried in vain before it is given up. */
    private static final int MOST_REFUSALS = 20;

    private static final int MOST_REFUSAL = 200;
    private static final Duration SOONEST = Duration.ofMillis(50);
    private static final Duration LATEST = Duration.ofSeconds(1);
    private static final String ATTEMPT = "attempt";
    private static final String FULL = "full";
    /** The endpoint's own copy of its image, of which it is made. */
    private static final String TEMPLATE = "template";

    /** Since when its image has been waited for. */
    private static final String IMAGE_SINCE = "imageSince";

    /** The key that its seed says to trust. */
    private static final String SEEDED = "seeded";

    private static final String REFUSED = "refused.";
    private static final String PLUGGED = "plugged";
    private static final String VERIFY_UNTIL = "verifyUntil";

    /** What is done, in order. */
    public enum Step {
        /** A host is chosen, and what the server needs of it is claimed. */
        PLACE,
        /** There is something at its endpoint to make it of: a copy of its image, or content in a format taken there. */
        IMAGE,
        /** The networks' driver makes the ports. */
        NETWORK,
        /** The host's driver makes the server; a host that turns out to be full is left for the next. */
        CREATE,
        /** The same when the host is found to be full only now. */
        START,
        /** It is seen to be on, with its ports bound. */
        VERIFY
    }

    ServerDeploy(Workbench bench) {
        super(TYPE, Step.class, bench);
    }

    @Override
    StepOutcome run(Run run, Server server, Step step) {
        return switch (step) {
            case PLACE -> place(run, server);
            case IMAGE -> image(run, server);
            case NETWORK -> plug(run, server);
            case CREATE -> create(run, server);
            case START -> start(run, server);
            case VERIFY -> verify(run, server);
        };
    }

    private StepOutcome place(Run run, Server server) {
        Optional<String> twoRules = bench.tx().read(() -> twoRules(server));
        if (twoRules.isPresent()) {
            return StepOutcome.fail(twoRules.get());
        }
        List<Disk> disks = bench.tx().read(() -> bench.parts().disks(server.id()));
        Claim claim = new Claim(server.flavor().cpus(), server.flavor().memoryMiB(), Charges.diskGiB(disks));
        Ranking ranking = bench.tx().read(() -> rank(run, server, claim));
        if (ranking.ranked().isEmpty()) {
            return noneNow(ranking);
        }
        return StepOutcome.done(change -> {
            Optional<Grouped> grouped = guarded(server);
            bench.life().move(moment(run, change), server.id(), ServerState.BUILDING, Optional.empty(), row -> {});
            if (twoRules(server).isEmpty()) {
                claimFirst(server, ranking.ranked(), claim, grouped);
            }
        });
    }

    /** Why it cannot be of its group: others of it, asked for at the same moment, follow another rule. */
    private Optional<String> twoRules(Server server) {
        return server.placement().group().flatMap(group -> bench.servers()
                .otherRule(server.organization(), group, server.id())
                .map(rule -> DeployPlan.twoRules(group, rule)));
    }

    /** A host whose endpoint is away is waited for; while its very driver is away, that time does not count. */
    private StepOutcome noneNow(Ranking ranking) {
        if (ranking.waiting().isEmpty()) {
            return StepOutcome.fail(ranking.reason());
        }
        for (HostView host : ranking.waiting()) {
            if (bench.drivers().away(host.endpoint()).isPresent()) {
                throw new DriverAway(ranking.reason());
            }
        }
        return StepOutcome.again(ASK_AGAIN, ranking.reason());
    }

    /** The group of a server that is to be placed, with where the others of it are. */
    private record Grouped(Group group, Map<HostId, Integer> members) {
        int size() {
            return members.values().stream().mapToInt(Integer::intValue).sum();
        }

        int on(HostId host) {
            return members.getOrDefault(host, 0);
        }

        boolean agrees(HostId host) {
            return !group.strict() || Placing.agrees(group, on(host), size());
        }
    }

    /** It is strict as soon as one of its servers says so: that one must not be broken by the others either. */
    private Optional<Grouped> grouped(Server server) {
        return server.placement().group().map(group -> {
            boolean strict = group.strict() || bench.servers().strict(server.organization(), group.name(), server.id());
            return new Grouped(
                    new Group(group.name(), group.rule(), strict),
                    bench.servers().members(server.organization(), group.name(), server.id()));
        });
    }

    /**
     * The group, with nobody else of it choosing a host until this is committed: two at once would not see each other.
     * Before anything is written: whoever has the guard reads rows that others have written.
     */
    private Optional<Grouped> guarded(Server server) {
        if (server.placement().group().isEmpty()) {
            return Optional.empty();
        }
        bench.locations().touch(server.location());
        return grouped(server);
    }

    private Ranking rank(Run run, Server server, Claim claim) {
        List<HostView> hosts = bench.hosts().at(server.location());
        Set<EndpointId> endpoints = new HashSet<>();
        hosts.forEach(host -> endpoints.add(host.endpoint()));
        Map<EndpointId, Heard> heard = bench.endpoints().heard(endpoints);
        Optional<Grouped> grouped = grouped(server);
        List<Candidate> candidates = hosts.stream()
                .map(host -> new Candidate(
                        host,
                        trouble(host.endpoint(), heard),
                        grouped.map(group -> group.on(host.id())).orElse(0),
                        run.get(REFUSED + host.id()).or(() -> run.get(REFUSED + host.endpoint()))))
                .toList();
        Placement placement = new Placement(
                server.placement().strategy(), server.placement().hostTags(), grouped.map(Grouped::group));
        return Placing.rank(
                new Wish(claim.cpus(), claim.memoryMiB(), claim.diskGiB(), placement),
                candidates,
                grouped.map(Grouped::size).orElse(0));
    }

    private Optional<String> trouble(EndpointId endpoint, Map<EndpointId, Heard> heard) {
        Heard last = heard.get(endpoint);
        if (last == null) {
            return Optional.of("its endpoint has not been asked yet.");
        }
        return last.isDown()
                ? Optional.of("its endpoint is down: " + last.health().detail())
                : Optional.empty();
    }

    /**
     * Claims the best host that can still be had. When others were quicker everywhere, the server stays without a host, and
     * the next step sends it back to be ranked again.
     */
    private void claimFirst(Server server, List<HostView> ranked, Claim claim, Optional<Grouped> grouped) {
        for (HostView host : ranked) {
            boolean agrees = grouped.map(group -> group.agrees(host.id())).orElse(true);
            if (agrees && bench.hosts().claim(host.id(), claim)) {
                bench.servers()
                        .change(
                                server.id(),
                                row -> row.place(Optional.of(new Place(host.endpoint(), host.id(), claim))));
                return;
            }
        }
    }

    private StepOutcome image(Run run, Server server) {
        if (server.place().isEmpty()) {
            return StepOutcome.back(
                    Step.PLACE.name(), "The host that was chosen was taken by others meanwhile.", change -> {});
        }
        EndpointId endpoint = server.mustPlace().endpoint();
        Stock.Answer answer =
                bench.stock().at(server.image(), endpoint, () -> compute(server, ComputeDriver::formats), run.id());
        if (answer instanceof Stock.Working working) {
            return waiting(run, working);
        }
        if (answer instanceof Stock.Nothing nothing) {
            // another endpoint of the location may have it
            String why = ServerRow.shortened(nothing.why(), MOST_REFUSAL);
            run.put(REFUSED + endpoint, why);
            return StepOutcome.back(
                    Step.PLACE.name(), why, change -> bench.life().leave(server.id()));
        }
        if (answer instanceof Stock.Template template) {
            run.put(TEMPLATE, template.ref());
        } else {
            run.remove(TEMPLATE);
        }
        return StepOutcome.done();
    }

    /** As a transfer of it would have been: that does not take away from the time that the server is made in. */
    private static StepOutcome waiting(Run run, Stock.Working working) {
        if (run.get(IMAGE_SINCE).isEmpty()) {
            run.put(IMAGE_SINCE, run.now().toString());
        }
        Instant until = Instant.parse(run.get(IMAGE_SINCE).orElseThrow()).plus(ImageTransfer.LONGEST);
        return new StepOutcome.Again(
                working.percent() < 0 ? ASK_AGAIN : LATEST,
                working.percent(),
                working.why(),
                change -> {},
                run.now().isBefore(until));
    }

    private StepOutcome plug(Run run, Server server) {
        return ensurePorts(run, server, "port-", List.of(server.name()), bindings -> {
            run.put(PLUGGED, "yes");
            // before its driver is called: what is in its seed is known whatever becomes of that call
            trusted(server).ifPresent(generation -> run.put(SEEDED, generation));
            return StepOutcome.done(change -> bindings.forEach(bench.ports()::bind));
        });
    }

    private StepOutcome create(Run run, Server server) {
        int attempt = attempt(run);
        Optional<String> full = run.get(FULL);
        if (full.isPresent()) {
            return tryNext(run, server, attempt, full.get());
        }
        Optional<String> template = run.get(TEMPLATE);
        List<ImageContent> contents = List.of();
        if (template.isEmpty()) {
            Stock.Answer answer =
                    bench.stock().contents(server.image(), compute(server, ComputeDriver::formats), run.id());
            if (answer instanceof Stock.Nothing nothing) {
                return StepOutcome.fail(nothing.why());
            }
            if (!(answer instanceof Stock.Ready ready)) {
                return StepOutcome.back(Step.IMAGE.name(), "The content of its image was removed again.", change -> {});
            }
            contents = ready.disks();
        }
        List<ImageContent> disks = contents;
        Optional<String> seeded = run.get(SEEDED);
        if (!seeded.equals(trusted(server))
                || bench.tx().read(() -> instead(server)).isPresent()) {
            return anew(run, server, attempt);
        }
        ServerSpec spec = bench.tx().read(() -> spec(server, disks, template, seeded.map(Integer::parseInt)));
        String wish = "create-" + attempt;
        try {
            return run.outcome(
                    wish,
                    compute(server, driver -> driver.create(run.call(wish), spec)),
                    created -> StepOutcome.done(change -> {
                        bench.servers().change(server.id(), row -> row.ref(Optional.of(created.ref())));
                        // another key may have been meant for it meanwhile; after its own row, on which that waits
                        seeded.ifPresent(key -> bench.parts().trusts(server.id(), Integer.parseInt(key)));
                    }));
        } catch (DriverException e) {
            if (e.kind() != DriverException.Kind.NO_CAPACITY) {
                throw e;
            }
            return full(run, e);
        }
    }

    private Optional<String> trusted(Server server) {
        return bench.tx().read(() -> bench.parts().trust(server.id())).map(String::valueOf);
    }

    /** What it is to trust instead, when its deployment was committed at the moment in which its key was abandoned. */
    private Optional<Authority> instead(Server server) {
        return bench.parts().trust(server.id()).flatMap(generation -> bench.authorities()
                .instead(server.organization(), generation));
    }

    /** Its key was abandoned since: what may be there with the old one in its seed is removed first. */
    private StepOutcome anew(Run run, Server server, int attempt) {
        return remove(run, server, "discard-" + attempt, () -> {
            run.put(ATTEMPT, String.valueOf(attempt + 1));
            run.remove(SEEDED);
            return StepOutcome.back(
                    Step.NETWORK.name(), "The key that its seed would trust was abandoned.", change -> instead(server)
                            .ifPresent(key -> bench.parts().trusts(server.id(), key.generation())));
        });
    }

    private static int attempt(Run run) {
        return run.get(ATTEMPT).map(Integer::parseInt).orElse(1);
    }

    /** Written down first: whatever is left there is removed before another host is tried. */
    private static StepOutcome full(Run run, DriverException e) {
        run.put(FULL, ServerRow.shortened(e.getMessage(), MOST_REFUSAL));
        return StepOutcome.back(Step.CREATE.name(), "Its host is full: " + e.getMessage(), change -> {});
    }

    /** Some hosts find out only now that they have no memory for it. */
    private StepOutcome start(Run run, Server server) {
        try {
            return power(run, server, "start-" + attempt(run), PowerWish.ON);
        } catch (DriverException e) {
            if (e.kind() != DriverException.Kind.NO_CAPACITY) {
                throw e;
            }
            return full(run, e);
        }
    }

    private StepOutcome tryNext(Run run, Server server, int attempt, String full) {
        String wish = "discard-" + attempt;
        return remove(run, server, wish, () -> {
            if (attempt >= MOST_REFUSALS) {
                return StepOutcome.fail(attempt + " hosts had no room for it. Last: " + full);
            }
            run.put(REFUSED + server.mustPlace().host(), full);
            run.put(ATTEMPT, String.valueOf(attempt + 1));
            run.remove(FULL);
            run.remove(SEEDED);
            return StepOutcome.back(
                    Step.PLACE.name(), full, change -> bench.life().leave(server.id()));
        });
    }

    private ServerSpec spec(
            Server server, List<ImageContent> contents, Optional<String> template, Optional<Integer> trusted) {
        List<DiskSpec> disks = new ArrayList<>();
        for (Disk disk : bench.parts().disks(server.id())) {
            boolean ofImage = disks.size() < contents.size();
            disks.add(new DiskSpec(
                    disk.id(), disk.bytes(), ofImage ? Optional.of(contents.get(disks.size())) : Optional.empty()));
        }
        List<Port> ports = bench.ports().of(server.id());
        HostView host = bench.hosts()
                .find(server.mustPlace().host())
                .orElseThrow(() -> new IllegalStateException("The host of server " + server.id() + " is gone"));
        return new ServerSpec(
                server.id(),
                server.name(),
                host.name(),
                server.flavor().cpus(),
                server.flavor().memoryMiB(),
                disks,
                ports.stream().map(ServerProcess::nicSpec).toList(),
                Seeds.of(server, bench.parts().userData(server.id()), key(server, trusted), ports),
                Shape.Firmware.valueOf(bench.stock().firmware(server.image()).name()),
                template);
    }

    /** Whose certificates it lets in. */
    private Optional<String> key(Server server, Optional<Integer> trusted) {
        return trusted.flatMap(generation -> bench.authorities().find(server.organization(), generation))
                .map(Authority::publicKey);
    }

    private StepOutcome verify(Run run, Server server) {
        if (run.get(VERIFY_UNTIL).isEmpty()) {
            run.put(VERIFY_UNTIL, run.now().plus(bench.patience().verify()).toString());
        }
        Instant until = Instant.parse(run.get(VERIFY_UNTIL).orElseThrow());
        Optional<String> wrong = wrong(server);
        if (wrong.isEmpty()) {
            return StepOutcome.done();
        }
        if (run.now().isBefore(until)) {
            // as long as it was waited for already: what comes up in a moment is seen in a moment
            Duration waited = bench.patience().verify().minus(Duration.between(run.now(), until));
            return StepOutcome.again(between(SOONEST, waited, LATEST), wrong.get());
        }
        return StepOutcome.fail(
                wrong.get() + " It was waited for " + bench.patience().verify() + ".");
    }

    private static Duration between(Duration least, Duration wished, Duration most) {
        Duration atLeast = wished.compareTo(least) < 0 ? least : wished;
        return atLeast.compareTo(most) > 0 ? most : atLeast;
    }

    private Optional<String> wrong(Server server) {
        Optional<SeenServer> seen = compute(server, driver -> driver.find(server.id()));
        if (seen.isEmpty()) {
            return Optional.of("The server is not there any more.");
        }
        if (seen.get().power() != ComputeDriver.Power.ON) {
            return Optional.of("The server was started, and is " + seen.get().power() + ".");
        }
        Map<NetworkId, Set<NicId>> up = new HashMap<>();
        for (Port port : ports(server)) {
            Network network = network(port);
            Set<NicId> here = up.computeIfAbsent(
                    network.id(), id -> bench.drivers().network(network.endpoint(), driver -> upPorts(driver, id)));
            if (!here.contains(port.id())) {
                return Optional.of("Its interface on network " + network.name() + " is not plugged in.");
            }
        }
        return Optional.empty();
    }

    private static Set<NicId> upPorts(NetworkDriver driver, NetworkId network) {
        Set<NicId> up = new HashSet<>();
        driver.find(network)
                .ifPresent(seen -> seen.ports().stream().filter(SeenPort::up).forEach(port -> up.add(port.port())));
        return up;
    }

    @Override
    StepOutcome undo(Run run, Server server, Step step) {
        return switch (step) {
            case VERIFY, START -> StepOutcome.done();
            case CREATE -> server.place().isEmpty()
                    ? StepOutcome.done()
                    : remove(run, server, "undo-create", StepOutcome::done);
            case NETWORK -> removePorts(run, server, "undo-port-");
            case IMAGE -> {
                bench.stock().leave(run.id());
                yield StepOutcome.done();
            }
            case PLACE -> {
                // gone back from a full host to here: the ports of that way are still there
                StepOutcome unplugged =
                        run.get(PLUGGED).isPresent() ? removePorts(run, server, "undo-port-") : StepOutcome.done();
                yield unplugged instanceof StepOutcome.Done
                        ? StepOutcome.done(change -> bench.life().leave(server.id()))
                        : unplugged;
            }
        };
    }

    @Override
    void ended(Run run, Server server, Ending end, Moment moment) {
        bench.parts().forgetUserData(server.id());
        if (end == Ending.SUCCEEDED) {
            bench.life().rest(moment, server.id(), ServerState.RUNNING, Optional.empty(), "server.deployed", on());
            return;
        }
        bench.ports().deleteOf(server.id());
        bench.life().rest(moment, server.id(), ServerState.FAILED, Optional.of(failure(run)), "server.failed", row -> {
            row.living(false);
            row.power(Server.Power.OFF, Server.Power.OFF);
        });
    }
}
