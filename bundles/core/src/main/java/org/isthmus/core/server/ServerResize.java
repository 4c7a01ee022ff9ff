// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.Optional;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.core.Moment;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.server.Server.Place;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.Resizable;

/**
 * Gives a server other CPUs and memory. What it needs more is claimed before it is stopped; what it needs less is given back
 * when all is done, so that it can always go back.
 */
public final class ServerResize extends ServerProcess<ServerResize.Step> {
    public static final String TYPE = "server.resize";

    static final String CPUS = "cpus";
    static final String MEMORY = "memoryMiB";

    /** What is done, in order. */
    public enum Step {
        /** The host's room for it is claimed. */
        CLAIM,
        /** A running server is stopped. */
        STOP,
        RESIZE,
        /** One that was running is started again. */
        START
    }

    ServerResize(Workbench bench) {
        super(TYPE, Step.class, bench);
    }

    private static Flavor wanted(Run run) {
        return new Flavor(
                Integer.parseInt(run.get(CPUS).orElseThrow()),
                Long.parseLong(run.get(MEMORY).orElseThrow()));
    }

    private static Claim claim(Place place, Flavor flavor) {
        return new Claim(flavor.cpus(), flavor.memoryMiB(), place.claim().diskGiB());
    }

    @Override
    StepOutcome run(Run run, Server server, Step step) {
        Flavor wanted = wanted(run);
        Place place = server.mustPlace();
        return switch (step) {
            case CLAIM -> StepOutcome.done(
                    change -> bench.life().hold(server.id(), place.claim().atLeast(claim(place, wanted))));
            case STOP -> {
                if (!place.claim().covers(claim(place, wanted))) {
                    yield noRoom(server, claim(place, wanted));
                }
                yield wasRunning(run) ? shutDown(run, server, bench.patience().stop()) : StepOutcome.done();
            }
            case RESIZE -> resize(run, server, "resize", wanted);
            case START -> wasRunning(run) ? power(run, server, "start", PowerWish.ON) : StepOutcome.done();
        };
    }

    private StepOutcome resize(Run run, Server server, String wish, Flavor to) {
        return wish(
                run,
                wish,
                facet(
                        server,
                        Resizable.class,
                        sizes -> sizes.resize(run.call(wish), server.mustRef(), to.cpus(), to.memoryMiB())));
    }

    @Override
    StepOutcome undo(Run run, Server server, Step step) {
        return unlessAbsent(() -> switch (step) {
            case START -> wasRunning(run) ? power(run, server, "undo-start", PowerWish.OFF) : StepOutcome.done();
            case RESIZE -> resize(run, server, "undo-resize", server.flavor());
            case STOP -> wasRunning(run) ? power(run, server, "undo-stop", PowerWish.ON) : StepOutcome.done();
            case CLAIM -> StepOutcome.done(
                    change -> bench.life().hold(server.id(), claim(server.mustPlace(), server.flavor())));
        });
    }

    @Override
    void ended(Run run, Server server, Ending end, Moment moment) {
        if (end != Ending.SUCCEEDED) {
            restAsWas(run, server, moment, Optional.of(failure(run)), "server.resize-failed");
            return;
        }
        Flavor flavor = wanted(run);
        bench.life().hold(server.id(), claim(server.mustPlace(), flavor));
        bench.servers().change(server.id(), row -> row.flavor(flavor));
        restAsWas(run, server, moment, Optional.empty(), "server.resized");
    }
}
