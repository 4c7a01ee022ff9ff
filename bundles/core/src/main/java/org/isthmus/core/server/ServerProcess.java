// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.api.ProblemException;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.Steps;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.network.Network;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.placement.Placing;
import org.isthmus.core.server.Server.Place;
import org.isthmus.core.server.Server.Power;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.network.PortBinding;

/**
 * What operations on a server have in common: they read the server before each step, ask drivers by tokens that are the
 * same after a crash, and leave the server at rest in a state when they end.
 *
 * @param <S> the steps, in order
 */
abstract class ServerProcess<S extends Enum<S>> implements Process {
    /** In an operation's memory: the state the server was in when it began. */
    static final String WAS = "was";

    /** Said of a server for as long as it may be true. */
    static final String NAMELESS =
            "Its networks may not know its name: give it another name, and this one again when that is done.";

    /** In an operation's memory: a network could not be told what it should have been. */
    static final String UNTOLD = "untold";

    static final Duration ASK_AGAIN = Duration.ofSeconds(5);

    private static final String ASKED_AT = "askedAt";
    private static final String SEEN = "seen";
    private static final String GONE = "GONE";

    private final String type;
    private final Class<S> steps;
    final Workbench bench;

    ServerProcess(String type, Class<S> steps, Workbench bench) {
        this.type = type;
        this.steps = steps;
        this.bench = bench;
    }

    /** Does a step, or a bit of it. */
    abstract StepOutcome run(Run run, Server server, S step);

    /** Undoes a step that was done or begun. */
    abstract StepOutcome undo(Run run, Server server, S step);

    /** Leaves the server at rest. */
    abstract void ended(Run run, Server server, Ending end, Moment moment);

    @Override
    public final String type() {
        return type;
    }

    @Override
    public final List<String> steps() {
        return Steps.of(steps);
    }

    @Override
    public final StepOutcome run(Run run, String step) {
        return run(run, server(run), Enum.valueOf(steps, step));
    }

    @Override
    public final StepOutcome undo(Run run, String step) {
        return undo(run, server(run), Enum.valueOf(steps, step));
    }

    @Override
    public final void ended(Run run, Ending end, StepChange change) {
        ended(run, bench.servers().must(id(run)), end, moment(run, change));
    }

    private static ServerId id(Run run) {
        return new ServerId(run.subject().id());
    }

    private Server server(Run run) {
        return bench.tx().read(() -> bench.servers().must(id(run)));
    }

    static Moment moment(Run run, StepChange change) {
        return new Moment(change.now(), run.organization(), change::event);
    }

    static ServerState was(Run run) {
        return ServerState.valueOf(run.get(WAS).orElseThrow());
    }

    static boolean wasRunning(Run run) {
        return was(run) == ServerState.RUNNING;
    }

    static String failure(Run run) {
        String failed = "Operation " + run.id() + " did not succeed; it says why.";
        return run.get(UNTOLD).isPresent() ? failed + " " + NAMELESS : failed;
    }

    <R> R compute(Server server, Function<ComputeDriver, R> work) {
        R answer = bench.drivers().compute(server.mustPlace().endpoint(), work);
        if (answer == null) {
            throw new DriverException(DriverException.Kind.BROKEN, "Its driver answered nothing.");
        }
        return answer;
    }

    <F, R> R facet(Server server, Class<F> facet, Function<F, R> work) {
        return bench.drivers().facet(server.mustPlace().endpoint(), facet, work);
    }

    /** A wish to a driver that is done, without rows to write, when the driver says so. */
    static <T> StepOutcome wish(Run run, String wish, Progress<T> answer) {
        return run.outcome(wish, answer, done -> StepOutcome.done());
    }

    /** Removes it below. What its driver says is removed and still sees is not: it is asked again, to the deadline. */
    StepOutcome remove(Run run, Server server, String wish, Supplier<StepOutcome> whenGone) {
        return run.outcome(
                wish,
                compute(server, driver -> driver.delete(run.call(wish), server.id(), server.ref())),
                said -> isSeen(server)
                        ? StepOutcome.again(ASK_AGAIN, "Its driver says that it is removed, and still has it.")
                        : whenGone.get());
    }

    /** False, too, when its driver cannot say: then its word must do. */
    private boolean isSeen(Server server) {
        try {
            return compute(server, driver -> driver.find(server.id())).isPresent();
        } catch (DriverException e) {
            if (e.passing()) {
                throw e;
            }
            return false;
        }
    }

    StepOutcome power(Run run, Server server, String wish, PowerWish power) {
        return wish(run, wish, compute(server, driver -> driver.power(run.call(wish), server.mustRef(), power)));
    }

    /** Asks the guest to shut down; cuts the power when it has not obeyed in time. */
    StepOutcome shutDown(Run run, Server server, Duration patience) {
        if (patience.isZero()) {
            return power(run, server, "off", PowerWish.OFF);
        }
        if (run.get(ASKED_AT).isEmpty()) {
            run.put(ASKED_AT, run.now().toString());
        }
        Instant until = Instant.parse(run.get(ASKED_AT).orElseThrow()).plus(patience);
        if (!run.now().isBefore(until)) {
            return power(run, server, "off", PowerWish.OFF);
        }
        StepOutcome outcome = power(run, server, "shut-down", PowerWish.SHUT_DOWN);
        if (outcome instanceof StepOutcome.Again again) {
            Duration left = Duration.between(run.now(), until);
            Duration after = again.after().compareTo(left) < 0 ? again.after() : left;
            return StepOutcome.again(after, "The guest was asked to shut down.");
        }
        return outcome;
    }

    /** While undoing: what is not there, or what the driver has never offered, needs no undoing. */
    static StepOutcome unlessAbsent(Supplier<StepOutcome> undo) {
        try {
            return undo.get();
        } catch (DriverException e) {
            if (e.kind() == DriverException.Kind.NOT_FOUND) {
                return StepOutcome.done();
            }
            throw e;
        } catch (ProblemException e) {
            if (e.type() == LocationProblem.ABILITY_MISSING) {
                return StepOutcome.done();
            }
            throw e;
        }
    }

    /** While undoing: looks how the server is below, for {@link #restAsSeen}. A driver that is away is not waited for. */
    StepOutcome look(Run run, Server server) {
        try {
            Optional<SeenServer> seen = compute(server, driver -> driver.find(server.id()));
            run.put(SEEN, seen.map(found -> power(found.power()).name()).orElse(GONE));
        } catch (DriverAway | DriverException e) {
            run.put(SEEN, Power.UNKNOWN.name());
        }
        return StepOutcome.done();
    }

    static Power power(ComputeDriver.Power seen) {
        return switch (seen) {
            case ON, PAUSED -> Power.ON;
            case OFF, CRASHED -> Power.OFF;
            case UNKNOWN -> Power.UNKNOWN;
        };
    }

    /** After a failure: the state is what was seen, whatever it should have become. */
    void restAsSeen(Run run, Server server, Moment moment, String event) {
        String seen = run.get(SEEN).orElse(Power.UNKNOWN.name());
        Optional<String> why = Optional.of(failure(run));
        if (seen.equals(Power.ON.name())) {
            bench.life().rest(moment, server.id(), ServerState.RUNNING, why, event, on());
        } else if (seen.equals(Power.OFF.name())) {
            bench.life().rest(moment, server.id(), ServerState.STOPPED, why, event, off());
        } else {
            bench.life()
                    .rest(
                            moment,
                            server.id(),
                            ServerState.LOST,
                            why,
                            event,
                            row -> row.power(Power.UNKNOWN, server.wished()));
        }
    }

    /** The server goes back to the state it was in, and is there again. */
    void restAsWas(Run run, Server server, Moment moment, Optional<String> reason, String event) {
        bench.life().rest(moment, server.id(), was(run), reason, event, row -> {});
    }

    static Consumer<ServerRow> on() {
        return row -> {
            row.power(Power.ON, Power.ON);
            row.drift(Optional.empty());
        };
    }

    static Consumer<ServerRow> off() {
        return row -> {
            row.power(Power.OFF, Power.OFF);
            row.drift(Optional.empty());
        };
    }

    /** The end of what needed so much more of its host than there was. */
    StepOutcome noRoom(Server server, Claim wanted) {
        Place place = server.mustPlace();
        Claim more = wanted.minus(place.claim());
        Optional<HostView> host = bench.tx().read(() -> bench.hosts().find(place.host()));
        return StepOutcome.fail("It stays on its host, and has no room to grow there: "
                + host.flatMap(is -> Placing.noRoom(is, more.cpus(), more.memoryMiB(), more.diskGiB()))
                        .orElse("others were quicker; try it again."));
    }

    Network network(Port port) {
        return bench.tx().read(() -> bench.networks().must(port.network()));
    }

    List<Port> ports(Server server) {
        return bench.tx().read(() -> bench.ports().of(server.id()));
    }

    Progress<PortBinding> ensure(Run run, Server server, Port port, String wish) {
        return ensure(run, port, wish, List.of(server.name()));
    }

    private Progress<PortBinding> ensure(Run run, Port port, String wish, List<Name> names) {
        return bench.drivers()
                .network(network(port).endpoint(), driver -> driver.ensurePort(run.call(wish), port.wanted(names)));
    }

    /** Makes all its ports, or brings them to what they should be, one wish each. */
    StepOutcome ensurePorts(
            Run run,
            Server server,
            String wish,
            List<Name> names,
            Function<Map<NicId, PortBinding>, StepOutcome> whenDone) {
        Map<NicId, PortBinding> bindings = new LinkedHashMap<>();
        for (Port port : ports(server)) {
            String each = wish + port.sortNo();
            Progress<PortBinding> answer = ensure(run, port, each, names);
            if (answer instanceof Progress.Done<PortBinding> done) {
                bindings.put(port.id(), done.result());
            } else {
                return wish(run, each, answer);
            }
        }
        return whenDone.apply(bindings);
    }

    /** From now on these names lead to its ports, and no others; what they are bound to stays. */
    StepOutcome name(Run run, Server server, String wish, List<Name> names) {
        return ensurePorts(run, server, wish, names, bindings -> StepOutcome.done());
    }

    /**
     * The same as well as it can be done: a port that is not there needs no name, and what is wrong with one does not keep
     * the others from being told; the first trouble is thrown when all have been asked.
     */
    StepOutcome nameEach(Run run, Server server, String wish, List<Name> names) {
        Optional<RuntimeException> trouble = Optional.empty();
        for (Port port : ports(server)) {
            String each = wish + port.sortNo();
            try {
                Progress<PortBinding> answer = ensure(run, port, each, names);
                if (answer instanceof Progress.Pending) {
                    return wish(run, each, answer);
                }
            } catch (DriverException | DriverAway | ProblemException e) {
                boolean absent = e instanceof DriverException said && said.kind() == DriverException.Kind.NOT_FOUND;
                if (!absent && trouble.isEmpty()) {
                    trouble = Optional.of(e);
                }
            }
        }
        if (trouble.isPresent()) {
            throw trouble.get();
        }
        return StepOutcome.done();
    }

    /** While undoing: gives it its name back where that can be done at once, and remembers when it cannot. */
    StepOutcome nameAgain(Run run, Server server, String wish) {
        run.remove(UNTOLD);
        try {
            return nameEach(run, server, wish, List.of(server.name()));
        } catch (DriverException | DriverAway | ProblemException e) {
            run.put(UNTOLD, "yes");
            return StepOutcome.done();
        }
    }

    Progress<Void> remove(Run run, Port port, String wish) {
        return bench.drivers()
                .network(
                        network(port).endpoint(),
                        driver -> driver.removePort(run.call(wish), port.network(), port.id()));
    }

    static NicSpec nicSpec(Port port) {
        PortBinding binding =
                port.binding().orElseThrow(() -> new IllegalStateException("Port " + port.id() + " has not been made"));
        return new NicSpec(port.id(), port.mac(), binding);
    }

    /** Removes all ports below, one wish each. */
    StepOutcome removePorts(Run run, Server server, String wish) {
        for (Port port : ports(server)) {
            String each = wish + port.sortNo();
            Progress<Void> answer = remove(run, port, each);
            if (answer instanceof Progress.Pending) {
                return wish(run, each, answer);
            }
        }
        return StepOutcome.done();
    }
}
