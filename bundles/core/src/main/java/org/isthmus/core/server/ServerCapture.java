// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.image.Image;
import org.isthmus.core.image.ImageCommands;
import org.isthmus.core.image.Leftovers;
import org.isthmus.core.operation.Outage;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Snapshots;

/** Makes an image of a server: its disks are read out, of a running one as they are at one moment. */
final class ServerCapture extends ServerProcess<ServerCapture.Step> {
    public static final String TYPE = "server.capture";

    static final String IMAGE = "image";
    static final String SNAPSHOT = "snapshot";
    private static final String DESCRIBED = "described";
    private static final Duration LATER = Duration.ofSeconds(2);

    /** What is done, in order. */
    public enum Step {
        /** Its disks are held as they are now, where it runs. */
        SNAPSHOT,
        /** They are read out, each with its checksum. */
        EXPORT,
        /** What held them is removed. */
        RELEASE
    }

    ServerCapture(Workbench bench) {
        super(TYPE, Step.class, bench);
    }

    /** Large disks. */
    @Override
    public Duration longest() {
        return Duration.ofHours(24);
    }

    private static ImageId image(Run run) {
        return new ImageId(run.get(IMAGE).orElseThrow());
    }

    private static Optional<SnapshotId> snapshot(Run run) {
        return run.get(SNAPSHOT).map(SnapshotId::new);
    }

    @Override
    StepOutcome run(Run run, Server server, Step step) {
        return switch (step) {
            case SNAPSHOT -> Outage.bounded(run, () -> snapshot(run)
                    .map(id -> wish(
                            run,
                            "take",
                            facet(
                                    server,
                                    Snapshots.class,
                                    all -> all.takeSnapshot(run.call("take"), server.mustRef(), id))))
                    .orElseGet(StepOutcome::done));
            case EXPORT -> Outage.bounded(run, () -> export(run, server));
                // the disks are here: an endpoint that dies now does not take the image along
            case RELEASE -> snapshot(run)
                    .map(id -> removed(run, server, id, "release"))
                    .orElseGet(StepOutcome::done);
        };
    }

    private StepOutcome removed(Run run, Server server, SnapshotId id, String wish) {
        return bench.leftovers()
                .removed(
                        run,
                        wish,
                        Leftovers.snapshot(server.mustPlace().endpoint(), run.call(wish), server.mustRef(), id));
    }

    private StepOutcome export(Run run, Server server) {
        if (run.get(DESCRIBED).isEmpty()) {
            Shape shape = facet(server, ImageExport.class, all -> all.shape(server.mustRef()));
            run.put(DESCRIBED, "yes");
            return new StepOutcome.Again(
                    Duration.ZERO, 0, "", change -> bench.intake().describe(image(run), shape));
        }
        return run.outcome(
                "export",
                facet(
                        server,
                        ImageExport.class,
                        all -> all.exportImage(
                                run.call("export"),
                                server.mustRef(),
                                snapshot(run),
                                bench.intake().sink(image(run)))),
                none -> {
                    Optional<String> wrong = bench.intake().wrong(image(run));
                    return wrong.isPresent()
                            ? StepOutcome.fail(wrong.get())
                            : StepOutcome.done(change -> bench.intake().settle(image(run)));
                });
    }

    @Override
    StepOutcome undo(Run run, Server server, Step step) {
        return switch (step) {
            case RELEASE -> StepOutcome.done();
            case EXPORT -> {
                StepOutcome abandoned = bench.leftovers()
                        .removed(
                                run,
                                "undo-export",
                                Leftovers.reading(server.mustPlace().endpoint(), run.call("export"), server.mustRef()));
                yield abandoned instanceof StepOutcome.Done ? discarded(run, abandoned) : abandoned;
            }
            case SNAPSHOT -> snapshot(run)
                    .map(id -> removed(run, server, id, "undo-take"))
                    .orElseGet(StepOutcome::done);
        };
    }

    private StepOutcome discarded(Run run, StepOutcome abandoned) {
        try {
            bench.intake().discard(image(run));
            return abandoned;
        } catch (IOException e) {
            return StepOutcome.again(LATER, "What came of the disks could not be removed: " + e);
        }
    }

    @Override
    void ended(Run run, Server server, Ending end, Moment moment) {
        if (end == Ending.SUCCEEDED) {
            bench.intake().ready(image(run), moment);
            restAsWas(run, server, moment, Optional.empty(), "server.captured");
        } else {
            bench.intake()
                    .failed(
                            image(run),
                            "It was not made of server " + server.name() + "; operation " + run.id() + " says why.",
                            moment);
            restAsWas(run, server, moment, Optional.of(failure(run)), "server.capture-failed");
        }
    }

    /** Plans it. */
    static final class Planned implements ImageCommands.Capture {
        private final Ids ids;
        private final Workbench bench;

        Planned(Ids ids, Workbench bench) {
            this.ids = ids;
            this.bench = bench;
        }

        @Override
        public List<Resource> touches(OrganizationView organization, OfServer source) {
            return bench.things().find(organization.id(), List.of(Subject.of("server", source.server())));
        }

        @Override
        public Plan<ImageView> plan(
                OrganizationView organization, OfServer source, Image image, ImageCommands.Making making) {
            Server server = bench.tx().read(() -> {
                Server found = bench.servers().must(organization.id(), source.server());
                require(found, source);
                return found;
            });
            requireAbilities(bench, server.mustPlace().endpoint(), server.state() == ServerState.RUNNING);
            SnapshotId snapshot = ids.snapshot();
            return Plan.of(image.subject(), change -> {
                Server now = bench.servers().must(organization.id(), Ref.of(server.id()));
                require(now, source);
                ImageView view = making.made(change);
                Map<String, String> memo = new TreeMap<>();
                memo.put(IMAGE, image.id().value());
                if (now.state() == ServerState.RUNNING) {
                    memo.put(SNAPSHOT, snapshot.value());
                }
                bench.life().begin(change, now, now.state(), TYPE, memo);
                return view;
            });
        }
    }

    /** Refuses a server whose disks cannot be read out now. */
    static void require(Server server, OfServer source) {
        ServerLife.requireIdle(server, "made an image of", ServerState.RUNNING, ServerState.STOPPED);
        if (server.state() == ServerState.RUNNING && source.running() == Running.REFUSE) {
            throw ServerProblem.WRONG_STATE
                    .because(
                            "Server %s is running: stop it, or say running SNAPSHOT to take its disks as they are at"
                                    + " one moment.",
                            server.name())
                    .with("state", server.state().name())
                    .with("allowed", List.of(ServerState.STOPPED.name()));
        }
    }

    /** Refuses an endpoint that is known not to be able to. */
    static void requireAbilities(Workbench bench, EndpointId endpoint, boolean running) {
        bench.drivers().require(endpoint, ImageExport.class);
        if (running) {
            bench.drivers().require(endpoint, Snapshots.class);
        }
    }
}
