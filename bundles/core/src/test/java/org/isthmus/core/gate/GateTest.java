// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate.Answer;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.gate.Gate.Replay;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.core.Fakes;
import org.isthmus.core.House;
import org.isthmus.core.RowStore;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GateTest {
    private House house;
    private Caller ann;
    private final List<String> built = new ArrayList<>();
    private DriverException.Kind failNext;
    private int notYet;

    record Build(Ref organization, String thing, boolean deployment, List<Plan.Violation> violations)
            implements Command<String> {
        Build(String thing) {
            this(new Ref("acme"), thing, true, List.of());
        }

        @Override
        public Action action() {
            return Action.SERVER_DEPLOY;
        }

        @Override
        public Subject about() {
            return new Subject("thing", thing);
        }
    }

    private final class Builder implements CommandHandler<Build, String> {
        @Override
        public Class<Build> handles() {
            return Build.class;
        }

        @Override
        public Plan<String> plan(Caller caller, OrganizationView organization, Build command) {
            Subject subject = new Subject("thing", command.thing());
            Plan<String> plan = Plan.of(subject, change -> {
                house.operations.book().begin(change, "thing.build", subject, Map.of());
                return command.thing();
            });
            return (command.deployment() ? plan.deploying() : plan).violating(command.violations());
        }

        @Override
        public List<Resource> touches(OrganizationView organization, Build command, Optional<DepartmentId> department) {
            Subject lies = lying.remove(0);
            return List.of(new Resource(new Subject("thing", command.thing()), Set.of(lies), Optional.empty()));
        }
    }

    /** What a thing lies in, at each look. */
    private final List<Subject> lying = new ArrayList<>();

    @Test
    void whatHasLeftTheCallersReachSinceThePlanIsNotTouched() {
        Subject mine = new Subject("tag", "team:mine");
        house.access.limit(ann, mine);
        lying.addAll(List.of(mine, new Subject("tag", "team:other"), mine, mine));

        ProblemException refused = assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Build("a")));

        assertEquals(Problem.FORBIDDEN, refused.type(), refused.getMessage());
        assertEquals(0, house.work());
        // and while it stays it is
        house.gate.submit(ann, new Build("a"));
        assertTrue(house.work() > 0);
    }

    private final class Building implements Process {
        @Override
        public String type() {
            return "thing.build";
        }

        @Override
        public List<String> steps() {
            return List.of("DIG", "BUILD");
        }

        @Override
        public StepOutcome run(Run run, String step) {
            if (step.equals("BUILD") && notYet > 0) {
                notYet--;
                return StepOutcome.again(Duration.ofSeconds(1), 50);
            }
            if (step.equals("BUILD") && failNext != null) {
                DriverException.Kind kind = failNext;
                failNext = null;
                throw new DriverException(kind, "the crane is " + kind);
            }
            built.add(step + " " + run.subject().id());
            return StepOutcome.done();
        }

        @Override
        public StepOutcome undo(Run run, String step) {
            built.add("undo " + step + " " + run.subject().id());
            return StepOutcome.done();
        }

        @Override
        public void ended(Run run, Ending end, StepChange change) {
            built.add(end + " " + run.subject().id());
        }
    }

    @BeforeEach
    void open() {
        house = new House("gate");
        house.access.organization("acme", Policy.DEFAULT);
        house.access.organization("other", Policy.DEFAULT);
        ann = house.access.user("ann", "acme");
        house.gate.add(new Builder());
        house.operations.processes().add(new Building());
    }

    @AfterEach
    void close() {
        house.close();
    }

    @Test
    void anAcceptedCommandIsAuditedBeforeAndAfterItsOperation() {
        Outcome.Accepted<String> accepted = house.gate.submit(ann, new Build("a"));

        assertEquals(OperationState.PENDING, accepted.operation().orElseThrow().state());
        assertEquals(List.of("ATTEMPT server.deploy PENDING"), house.audit.told());
        house.work();
        assertEquals(List.of("DIG a", "BUILD a", "SUCCEEDED a"), built);
        assertEquals(List.of("ATTEMPT server.deploy PENDING", "OUTCOME thing.build SUCCESS"), house.audit.told());
        assertEquals(
                OperationState.SUCCEEDED,
                house.operations
                        .operations()
                        .get(ann, accepted.operation().get().id())
                        .state());
    }

    @Test
    void anAttemptIsWrittenDownWithWhatAllowedIt() {
        house.gate.submit(ann, new Build("one"));
        house.gate.submit(ann, new Build("two"), Submission.dry());

        assertEquals("everybody may", house.audit.facts.get(0).because());
        assertTrue(house.audit.facts.get(house.audit.facts.size() - 1).because().endsWith("; everybody may"));
    }

    @Test
    void anotherOrganizationLooksAbsentAndIsAuditedInOnesOwn() {
        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> house.gate.submit(ann, new Build(new Ref("other"), "a", true, List.of())));

        assertEquals(Problem.NOT_FOUND, refused.type());
        assertEquals(List.of("REFUSED server.deploy DENIED"), house.audit.told());
        assertEquals(ann.organization(), house.audit.facts.get(0).organization());
    }

    @Test
    void aMissingRightIsNamed() {
        house.access.take(ann, Action.SERVER_DEPLOY);

        ProblemException refused = assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Build("a")));

        assertEquals(Problem.FORBIDDEN, refused.type());
        assertEquals("server.deploy", refused.extra().get("action"));
    }

    @Test
    void allViolationsComeAtOnce() {
        Build against = new Build(
                new Ref("acme"),
                "a",
                true,
                List.of(against("allowedLocations", "not there."), against("requiredTags", "without a cost centre.")));

        ProblemException refused = assertThrows(ProblemException.class, () -> house.gate.submit(ann, against));

        assertEquals(Problem.AGAINST_POLICY, refused.type());
        assertEquals(
                List.of("allowedLocations", "requiredTags"),
                refused.errors().stream()
                        .map(each -> each.policy().orElseThrow())
                        .toList());
        assertEquals(
                "allowedLocations of acme: not there. Who has policy.set in acme can change that."
                        + " requiredTags of acme: without a cost centre. Who has policy.set in acme can change that.",
                refused.getMessage());
    }

    private static Plan.Violation against(String policy, String forbidden) {
        return Plan.Violation.of(Fakes.view("acme"), policy, "", forbidden);
    }

    @Test
    void whatIsReachableFromOutsideIsRefusedWhereThePolicyWantsNothingToBeWithAllElseThatIsAgainstIt() {
        house.access.organization("acme", Policy.DEFAULT.reachable(false, false));
        house.gate.add(new Exposer());

        for (Submission<String> each : List.of(Submission.<String>dry(), Submission.<String>plain())) {
            ProblemException refused =
                    assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Expose("a"), each));

            assertEquals(Problem.AGAINST_POLICY, refused.type());
            assertEquals(
                    List.of("exposureAllowed acme policy.set", "requiredTags acme policy.set"),
                    refused.errors().stream().map(GateTest::said).toList());
        }
        house.gate.submit(ann, new Build("a"));

        assertEquals(
                List.of(
                        "REFUSED network.expose DENIED",
                        "REFUSED network.expose DENIED",
                        "ATTEMPT server.deploy PENDING"),
                house.audit.told());
    }

    @Test
    void whatIsReachableFromOutsideIsNoMatterWhereThePolicySaysNothing() {
        house.gate.add(new Exposer());

        ProblemException refused = assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Expose("a")));

        assertEquals(
                List.of("requiredTags acme policy.set"),
                refused.errors().stream().map(GateTest::said).toList());
    }

    private static String said(ProblemException.FieldError error) {
        return error.policy().orElseThrow() + " " + error.owner().orElseThrow() + " "
                + error.changeableBy().orElseThrow().action();
    }

    private record Expose(String thing) implements Command<String> {
        @Override
        public Ref organization() {
            return new Ref("acme");
        }

        @Override
        public Action action() {
            return Action.NETWORK_EXPOSE;
        }

        @Override
        public Subject about() {
            return new Subject("thing", thing);
        }
    }

    /** Finds something against it of its own, always. */
    private static final class Exposer implements CommandHandler<Expose, String> {
        @Override
        public Class<Expose> handles() {
            return Expose.class;
        }

        @Override
        public Plan<String> plan(Caller caller, OrganizationView organization, Expose command) {
            return Plan.of(command.about(), change -> command.thing())
                    .violating(List.of(against("requiredTags", "without a cost centre.")));
        }
    }

    @Test
    void aDryRunGoesThroughTheWholeGateAndDoesNothing() {
        assertInstanceOf(Outcome.Allowed.class, house.gate.submit(ann, new Build("a"), Submission.dry()));

        assertEquals(0, house.work());
        assertEquals(List.of("NOTE server.deploy SUCCESS"), house.audit.told());
    }

    private static Submission<String> keyed(String key, String body) {
        return Submission.replayable(new Replay<>(
                key,
                Sha256.of(body.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                outcome -> new Answer(202, "made " + ((Outcome.Accepted<String>) outcome).result(), "/x")));
    }

    @Test
    void aSecondSubmissionWithTheSameKeyReplaysTheFirstAnswer() {
        house.gate.submit(ann, new Build("a"), keyed("k", "body"));

        Outcome<String> second = house.gate.submit(ann, new Build("a"), keyed("k", "body"));

        assertEquals(new Answer(202, "made a", "/x"), ((Outcome.Replayed<String>) second).answer());
        house.work();
        assertEquals(List.of("DIG a", "BUILD a", "SUCCEEDED a"), built);
    }

    @Test
    void theSameKeyForAnotherRequestIsRefused() {
        house.gate.submit(ann, new Build("a"), keyed("k", "body"));

        ProblemException refused = assertThrows(
                ProblemException.class, () -> house.gate.submit(ann, new Build("a"), keyed("k", "another body")));

        assertEquals(Problem.KEY_REUSED, refused.type());
        assertEquals(List.of("ATTEMPT server.deploy PENDING", "REFUSED server.deploy DENIED"), house.audit.told());
    }

    @Test
    void aDryRunIsRefusedByALimitOfNoneLikeTheRealRun() {
        house.access.organization("acme", new Policy(0, Policy.DEFAULT.deletionGrace(), Optional.empty(), List.of()));

        for (Submission<String> each : List.of(Submission.<String>dry(), Submission.<String>plain())) {
            ProblemException refused =
                    assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Build("a"), each));
            assertEquals(LimitProblem.EXCEEDED, refused.type());
            assertEquals(
                    List.of("deploymentsPerDay acme policy.set"),
                    refused.errors().stream().map(GateTest::said).toList());
        }
    }

    @Test
    void whoDestroysSomethingProvesThemselfAsThePolicyAsksAlsoInADryRun() {
        house.access.organization(
                "acme",
                new Policy(25, Duration.ofHours(24), Optional.empty(), List.of(), List.of(), Policy.Mfa.STEP_UP));
        house.gate.add(new Wrecker());

        for (Submission<String> each : List.of(Submission.<String>dry(), Submission.<String>plain())) {
            ProblemException refused =
                    assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Wreck("a"), each));
            assertEquals(IdentityProblem.STEP_UP_NEEDED, refused.type());
        }
        house.gate.submit(ann, new Build("a"));

        assertEquals(
                List.of(
                        "REFUSED server.delete DENIED",
                        "REFUSED server.delete DENIED",
                        "ATTEMPT server.deploy PENDING"),
                house.audit.told());
    }

    private record Wreck(String thing) implements Command<String> {
        @Override
        public Ref organization() {
            return new Ref("acme");
        }

        @Override
        public Action action() {
            return Action.SERVER_DELETE;
        }

        @Override
        public Subject about() {
            return new Subject("thing", thing);
        }
    }

    private static final class Wrecker implements CommandHandler<Wreck, String> {
        @Override
        public Class<Wreck> handles() {
            return Wreck.class;
        }

        @Override
        public Plan<String> plan(Caller caller, OrganizationView organization, Wreck command) {
            return Plan.of(command.about(), change -> command.thing()).destroying();
        }
    }

    @Test
    void whatADeploymentReservedIsForgottenOnceItIsCounted() {
        house.gate.submit(ann, new Build("a"));
        house.work();

        assertEquals(0, rows("lim_reservation"));
        assertEquals(1, rows("lim_deployment"));
        house.clock.advance(Duration.ofDays(40));
        house.gate.housekeeping();
        assertEquals(0, rows("lim_deployment"));
    }

    private long rows(String table) {
        RowStore rows = new RowStore(house.database.tx(), house.database.entityManagerFactory("core"));
        return house.database
                .tx()
                .read(() -> rows.one("select count(*) from " + table, row -> row.getLong(1)))
                .orElse(0L);
    }

    @Test
    void aKeyIsForgottenAfterADay() {
        house.gate.submit(ann, new Build("a"), keyed("k", "body"));
        house.clock.advance(Duration.ofHours(25));

        assertInstanceOf(Outcome.Accepted.class, house.gate.submit(ann, new Build("a"), keyed("k", "another body")));
    }

    @Test
    void aRefusalIsNotKept() {
        house.access.take(ann, Action.SERVER_DEPLOY);
        assertThrows(ProblemException.class, () -> house.gate.submit(ann, new Build("a"), keyed("k", "body")));
        house.access.take(ann, Action.SERVER_DELETE);

        assertInstanceOf(Outcome.Accepted.class, house.gate.submit(ann, new Build("a"), keyed("k", "body")));
    }

    @Test
    void fiftyAtOnceAgainstALimitOfTwentyFiveMakeExactlyTwentyFive() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(16);
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String name = "s" + i;
            all.add(() -> {
                try {
                    house.gate.submit(ann, new Build(name));
                    return true;
                } catch (ProblemException e) {
                    assertEquals(LimitProblem.EXCEEDED, e.type(), e.getMessage());
                    return false;
                }
            });
        }

        int accepted = 0;
        for (Future<Boolean> each : clients.invokeAll(all)) {
            accepted += each.get() ? 1 : 0;
        }
        clients.shutdown();

        assertEquals(25, accepted);
    }

    @Test
    void twentyDuplicatesInFlightAreOneCommand() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(16);
        List<Callable<Outcome<String>>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(() -> house.gate.submit(ann, new Build("a"), keyed("k", "body")));
        }

        int accepted = 0;
        for (Future<Outcome<String>> each : clients.invokeAll(all)) {
            accepted += each.get() instanceof Outcome.Accepted<String> ? 1 : 0;
        }
        clients.shutdown();

        assertEquals(1, accepted);
    }

    @Test
    void aFailedDeploymentIsUndoneBackwardsAndGivenBack() {
        failNext = DriverException.Kind.INVALID;
        house.gate.submit(ann, new Build("a"));
        house.work();

        assertEquals(List.of("DIG a", "undo BUILD a", "undo DIG a", "FAILED a"), built);
        assertEquals(
                List.of(new Used(0)),
                house.limits.list(ann, new Ref("acme"), org.isthmus.api.Query.all()).items().stream()
                        .map(view -> new Used(view.used().orElseThrow()))
                        .toList());
    }

    private record Used(int used) {}

    @Test
    void anUnavailableDriverIsAskedAgainLater() {
        failNext = DriverException.Kind.UNAVAILABLE;
        house.gate.submit(ann, new Build("a"));
        house.work();
        assertEquals(List.of("DIG a"), built);

        house.clock.advance(Duration.ofSeconds(1));
        house.work();

        assertEquals(List.of("DIG a", "BUILD a", "SUCCEEDED a"), built);
    }

    @Test
    void havingWaitedForLongIsNoReasonToBackOffForLong() {
        notYet = 8;
        failNext = DriverException.Kind.UNAVAILABLE;
        house.gate.submit(ann, new Build("a"));
        for (int i = 0; i < 9; i++) {
            house.work();
            house.clock.advance(Duration.ofSeconds(1));
        }
        house.work();

        assertEquals(List.of("DIG a", "BUILD a", "SUCCEEDED a"), built);
    }

    @Test
    void aCancelledOperationIsUndone() {
        failNext = DriverException.Kind.UNAVAILABLE;
        Outcome.Accepted<String> accepted = house.gate.submit(ann, new Build("a"));
        house.work();

        house.gate.submit(
                ann,
                new org.isthmus.api.operation.Operations.CancelOperation(
                        new Ref("acme"), accepted.operation().orElseThrow().id()));
        house.work();

        assertEquals(List.of("DIG a", "undo BUILD a", "undo DIG a", "CANCELLED a"), built);
    }

    @Test
    void eventsComeInSequenceWithoutGaps() {
        house.gate.submit(ann, new Build("a"));
        house.gate.submit(ann, new Build("b"));
        house.work();
        house.stream.runOnce();

        List<Long> numbers = house.stream.after(ann, 0, 100, Duration.ZERO).stream()
                .map(event -> event.sequence())
                .toList();

        assertEquals(List.of(1L, 2L, 3L, 4L), numbers);
        Caller stranger = house.access.user("bob", "other");
        assertTrue(house.stream.after(stranger, 0, 100, Duration.ZERO).isEmpty());
        assertEquals(
                Optional.empty(),
                house.stream.after(ann, 4, 100, Duration.ZERO).stream().findAny());
    }
}
