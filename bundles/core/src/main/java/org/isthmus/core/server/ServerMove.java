// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.isthmus.api.Subject;
import org.isthmus.core.Steps;
import org.isthmus.core.image.ImageTransfer;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;

/**
 * Makes a server of another one at another location: the steps of an image that is made of it, of that image's transfer, and
 * of a deployment, one after the other under one cursor. What has come to its end is not undone: an image that was made
 * stays, and so does its copy.
 */
final class ServerMove implements Process {
    public static final String TYPE = "server.move";

    /** In its memory: the server that it is made of, and the image. */
    static final String SOURCE = "source";

    static final String IMAGE_ID = "imageId";

    /** By how much a part's deadline is before that of all. */
    private static final String EARLIER = "earlier";

    /** What is done, in order. */
    public enum Step {
        /** As in {@code server.capture}. */
        SNAPSHOT,
        EXPORT,
        RELEASE,
        /** As in {@code image.transfer}. */
        CONVERT,
        CHECK,
        COPY,
        /** As in {@code server.deploy}. */
        PLACE,
        IMAGE,
        NETWORK,
        CREATE,
        START,
        VERIFY
    }

    /** One of the operations that it is made of. */
    enum Part {
        CAPTURE("c."),
        TRANSFER("t."),
        DEPLOY("d.");

        private final String prefix;

        Part(String prefix) {
            this.prefix = prefix;
        }

        /** How this part calls something in the memory of all. */
        String key(String of) {
            return prefix + of;
        }

        private String done() {
            return prefix + "done";
        }
    }

    private final ServerCapture capture;
    private final ImageTransfer transfer;
    private final ServerDeploy deploy;
    private final BiConsumer<OperationId, Instant> told;

    /**
     * Of its three parts.
     *
     * @param told that one has ended and when, in the transaction of its end
     */
    ServerMove(
            ServerCapture capture, ImageTransfer transfer, ServerDeploy deploy, BiConsumer<OperationId, Instant> told) {
        this.told = told;
        this.capture = capture;
        this.transfer = transfer;
        this.deploy = deploy;
    }

    private static Part part(Step step) {
        return switch (step) {
            case SNAPSHOT, EXPORT, RELEASE -> Part.CAPTURE;
            case CONVERT, CHECK, COPY -> Part.TRANSFER;
            case PLACE, IMAGE, NETWORK, CREATE, START, VERIFY -> Part.DEPLOY;
        };
    }

    private Process process(Part part) {
        return switch (part) {
            case CAPTURE -> capture;
            case TRANSFER -> transfer;
            case DEPLOY -> deploy;
        };
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public List<String> steps() {
        return Steps.of(Step.class);
    }

    @Override
    public Duration longest() {
        return Duration.ofDays(2);
    }

    @Override
    public StepOutcome run(Run run, String step) {
        Part part = part(Step.valueOf(step));
        Run own = own(run, part);
        if (part == Part.DEPLOY) {
            if (own.get(EARLIER).isEmpty()) {
                // what it has beyond what a deployment has: as its deadline moves, so does that one's
                Duration earlier = Duration.between(run.now().plus(deploy.longest()), run.deadline());
                own.put(EARLIER, earlier.toString());
            }
            if (!run.now().isBefore(own.deadline())) {
                return StepOutcome.fail("The server was not made within " + deploy.longest() + ".");
            }
        }
        StepOutcome outcome = process(part).run(own, step);
        boolean last = step.equals(Step.RELEASE.name()) || step.equals(Step.COPY.name());
        if (last && outcome instanceof StepOutcome.Done done) {
            run.put(part.done(), "yes");
            return StepOutcome.done(change -> {
                done.effect().accept(change);
                process(part).ended(own, Ending.SUCCEEDED, change);
            });
        }
        return outcome;
    }

    @Override
    public StepOutcome undo(Run run, String step) {
        Part part = part(Step.valueOf(step));
        return run.get(part.done()).isPresent()
                ? StepOutcome.done()
                : process(part).undo(own(run, part), step);
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        for (Part part : Part.values()) {
            if (run.get(part.done()).isEmpty()) {
                process(part).ended(own(run, part), end, change);
            }
        }
        told.accept(run.id(), change.now());
    }

    private static Run own(Run run, Part part) {
        return switch (part) {
            case CAPTURE -> new Own(
                    run, part, new Subject("server", run.get(SOURCE).orElseThrow()));
            case TRANSFER -> new Own(
                    run, part, new Subject("image", run.get(IMAGE_ID).orElseThrow()));
            case DEPLOY -> new Own(run, part, run.subject());
        };
    }

    /** The run as a part sees it: with its own subject, and a memory and tokens that are its own. */
    private record Own(Run all, Part part, Subject subject) implements Run {
        @Override
        public OperationId id() {
            return all.id();
        }

        @Override
        public OrganizationId organization() {
            return all.organization();
        }

        @Override
        public String createdBy() {
            return all.createdBy();
        }

        @Override
        public Instant now() {
            return all.now();
        }

        @Override
        public Instant deadline() {
            return get(EARLIER)
                    .map(earlier -> all.deadline().minus(Duration.parse(earlier)))
                    .orElseGet(all::deadline);
        }

        @Override
        public Optional<String> get(String key) {
            return all.get(part.key(key));
        }

        @Override
        public void put(String key, String value) {
            all.put(part.key(key), value);
        }

        @Override
        public void remove(String key) {
            all.remove(part.key(key));
        }

        @Override
        public Call call(String wish) {
            return all.call(part.key(wish));
        }

        @Override
        public <T> StepOutcome outcome(String wish, Progress<T> answer, Function<T, StepOutcome> whenDone) {
            return all.outcome(part.key(wish), answer, whenDone);
        }
    }
}
