// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemType;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.ApprovalProblem;
import org.isthmus.api.approval.Approvals.ApprovalView;
import org.isthmus.api.approval.Approvals.Approve;
import org.isthmus.api.approval.Approvals.Reject;
import org.isthmus.api.approval.Approvals.State;
import org.isthmus.api.approval.Approvals.Withdraw;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.image.Images.ChangeImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cloud;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one person alone cannot do. */
final class ApprovalsTest {
    private final Cloud cloud = new Cloud("approvals").furnished();
    private Caller asker;
    private Caller second;

    @BeforeEach
    void twoPeople() {
        asker = cloud.house.access.user("asker", "acme");
        second = inSession(cloud.house.access.user("second", "acme"));
        cloud.policy(policy -> policy.approving(Optional.of(Money.usd("40")), 0, false));
    }

    private Caller inSession(Caller caller) {
        return new Caller(
                caller.kind(),
                caller.user(),
                caller.username(),
                caller.organization(),
                caller.door(),
                caller.address(),
                caller.requestId(),
                caller.onlyActions(),
                false,
                Optional.of(cloud.house.ids.session()));
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private <R> Outcome<R> submit(Caller by, Command<R> command) {
        return cloud.house.gate.submit(by, command, Submission.plain());
    }

    private OperationView waits(Command<?> command) {
        return assertInstanceOf(Outcome.Waiting.class, submit(asker, command)).operation();
    }

    private ApprovalView only() {
        List<ApprovalView> all = all();
        assertEquals(1, all.size(), all.toString());
        return all.get(0);
    }

    private List<ApprovalView> all() {
        return cloud.house.approvals.list(second, Cloud.ACME, Query.all()).items();
    }

    private void approve(ApprovalId id) {
        submit(second, new Approve(Cloud.ACME, id));
        cloud.house.gate.tendApprovals();
        cloud.house.work();
    }

    private void refused(ProblemType type, Caller by, Command<?> command) {
        ProblemException problem = assertThrows(ProblemException.class, () -> submit(by, command));
        assertEquals(type, problem.type(), problem.getMessage());
    }

    private OperationState state(OperationView operation) {
        return cloud.operation(operation.id()).state();
    }

    @Test
    void whatCostsMoreThanOnePersonMaySpendWaitsAndNothingIsMade() {
        OperationView operation = waits(Cloud.wish("web"));

        assertEquals(OperationState.WAITING_APPROVAL, operation.state());
        assertEquals("server.deploy", operation.type());
        cloud.house.work();
        cloud.house.gate.tendApprovals();
        assertEquals(OperationState.WAITING_APPROVAL, state(operation));
        assertEquals(List.of(), cloud.servers());
        ApprovalView request = only();
        assertEquals(State.WAITING, request.state());
        assertEquals(asker.username(), request.askedBy());
        assertEquals(operation.id(), request.operation());
        assertTrue(
                request.reasons().get(0).startsWith("approvalAbove of acme is 40"),
                request.reasons().toString());
        assertSaysWhoChangesIt(request);
        assertTrue(
                cloud.house.audit.facts.stream().anyMatch(fact -> fact.because().contains("a second person must")));
    }

    private static void assertSaysWhoChangesIt(ApprovalView request) {
        request.reasons()
                .forEach(reason -> assertTrue(reason.endsWith(" Who has policy.set in acme can change that."), reason));
    }

    @Test
    void theSameOperationGoesOnOnceASecondPersonApproves() {
        OperationView operation = waits(Cloud.wish("web"));

        approve(only().id());

        assertEquals(OperationState.SUCCEEDED, state(operation));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(asker.username(), cloud.server("web").createdBy());
        assertEquals(State.DONE, only().state());
        assertEquals(Optional.of(second.username()), only().decidedBy());
        assertEquals(
                1,
                cloud.ledger()
                        .living(org.isthmus.driver.fake.Ledger.Thing.SERVER)
                        .size());
        cloud.house.gate.tendApprovals();
        cloud.house.work();
        assertEquals(1, cloud.servers().size());
        assertTrue(cloud.house.audit.facts.stream()
                .anyMatch(fact -> fact.caller().username().equals(asker.username())
                        && fact.because().contains("approved by " + second.username())));
    }

    @Test
    void aMoveIsApprovedAsADeploymentIs() {
        policy(Optional.empty(), 0);
        cloud.deploy("web");
        policy(Optional.of(Money.usd("40")), 0);
        OperationView operation = waits(new MoveServer(
                Cloud.ACME,
                new Ref("web"),
                Cloud.HERE,
                new Name("web-2"),
                List.of(Cloud.NET),
                Running.SNAPSHOT,
                false,
                false));

        approve(only().id());

        assertEquals(OperationState.SUCCEEDED, state(operation), cloud.operation(operation.id())::toString);
        assertEquals(ServerState.RUNNING, cloud.server("web-2").state());
    }

    @Test
    void whatIsCheapNeedsNobody() {
        policy(Optional.of(Money.usd("1000")), 0);

        assertInstanceOf(Outcome.Accepted.class, submit(asker, Cloud.wish("web")));
        assertEquals(List.of(), all());
    }

    private void policy(Optional<Money> above, int deletions) {
        cloud.policy(policy -> policy.approving(above, deletions, false));
    }

    @Test
    void nobodyApprovesWhatTheyAskedForNorByATokenOrAServiceAccountOfTheirs() {
        waits(Cloud.wish("web"));
        ApprovalId id = only().id();
        Caller token = new Caller(
                asker.kind(),
                asker.user(),
                asker.username(),
                asker.organization(),
                asker.door(),
                asker.address(),
                "req-2",
                Optional.of(java.util.Set.of(Action.APPROVAL_DECIDE, Action.SERVER_DEPLOY)),
                false);
        Caller robot = cloud.house.access.user("robot", "acme");
        cloud.house.access.responsible(robot, asker);

        refused(ApprovalProblem.OWN_REQUEST, inSession(asker), new Approve(Cloud.ACME, id));
        refused(ApprovalProblem.OWN_REQUEST, inSession(asker), new Reject(Cloud.ACME, id, Optional.empty()));
        refused(ApprovalProblem.OWN_REQUEST, token, new Approve(Cloud.ACME, id));
        refused(ApprovalProblem.OWN_REQUEST, robot, new Approve(Cloud.ACME, id));
        assertEquals(State.WAITING, only().state());
    }

    @Test
    void onlyAPersonInALoginOfTheirOwnDecides() {
        waits(Cloud.wish("web"));
        ApprovalId id = only().id();
        Caller bobsRobot = inSession(cloud.house.access.user("bobs-robot", "acme"));
        cloud.house.access.responsible(bobsRobot, cloud.house.access.user("bob", "acme"));
        Caller bobsToken = cloud.house.access.user("bob-by-token", "acme");

        refused(ApprovalProblem.OWN_REQUEST, bobsRobot, new Approve(Cloud.ACME, id));
        refused(ApprovalProblem.OWN_REQUEST, bobsToken, new Approve(Cloud.ACME, id));
    }

    @Test
    void whoAnswersForTheAskerDoesNotApproveAlsoWhenSomebodyElseAnswersByThen() {
        Caller robot = cloud.house.access.user("robot", "acme");
        cloud.house.access.responsible(robot, second);
        assertInstanceOf(Outcome.Waiting.class, submit(robot, Cloud.wish("web")));
        cloud.house.access.responsible(robot, cloud.house.access.user("bob", "acme"));

        refused(ApprovalProblem.OWN_REQUEST, second, new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void whoCouldBeTheAskerInDisguiseDoesNotApprove() {
        waits(Cloud.wish("web"));
        cloud.house.access.keys(second, asker);

        refused(ApprovalProblem.OWN_REQUEST, second, new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void nobodyApprovesForAnAccountTheyHaveTheKeysOfNorAThirdForTwoOfTheirs() {
        Caller helper = cloud.house.access.user("helper", "acme");
        cloud.house.access.keys(helper, second);
        assertInstanceOf(Outcome.Waiting.class, submit(helper, Cloud.wish("web")));
        Caller other = inSession(cloud.house.access.user("other", "acme"));
        cloud.house.access.keys(other, second);

        refused(ApprovalProblem.OWN_REQUEST, second, new Approve(Cloud.ACME, only().id()));
        refused(ApprovalProblem.OWN_REQUEST, other, new Approve(Cloud.ACME, only().id()));
        submit(inSession(cloud.house.access.user("free", "acme")), new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void toApproveDeletionsIsNoDeletionOfOnesOwn() {
        policy(Optional.empty(), 1);
        submit(asker, delete(cloud.image("first").name()));
        waits(delete(cloud.image("second-one").name()));
        waits(delete(cloud.image("third").name()));

        for (ApprovalView each : all()) {
            approve(each.id());
        }

        assertTrue(all().stream().allMatch(each -> each.state() == State.DONE), all().toString());
        assertInstanceOf(
                Outcome.Accepted.class,
                submit(second, delete(cloud.image("of-second").name())));
    }

    @Test
    void whatMeetsOtherWorkOnTheSameThingIsDoneAfterIt() {
        policy(Optional.empty(), 0);
        cloud.done(asker, Cloud.wish("web"));
        policy(Optional.of(Money.usd("1")), 0);
        OperationView resize = waits(new ResizeServer(Cloud.ACME, new Ref("web"), new Flavor(4, 4096)));
        submit(second, new Approve(Cloud.ACME, only().id()));
        submit(asker, new RestartServer(Cloud.ACME, new Ref("web")));

        cloud.house.gate.tendApprovals();
        cloud.house.gate.tendApprovals();
        cloud.house.gate.tendApprovals();
        assertEquals(OperationState.WAITING_APPROVAL, state(resize));
        cloud.house.work();
        cloud.house.gate.tendApprovals();
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, state(resize));
        assertEquals(4, cloud.server("web").cpus());
    }

    @Test
    void whatWaitsLeavesOthersNoRoomAboveALimit() {
        policy(Optional.empty(), 0);
        cloud.done(asker, Cloud.wish("web"));
        cloud.policy(policy -> policy.approving(Optional.of(Money.usd("200")), 0, false));
        waits(new ResizeServer(Cloud.ACME, new Ref("web"), new Flavor(8, 2048)));
        submit(
                cloud.operator,
                new CreateLimit(
                        Cloud.ACME,
                        new Subject("organization", "acme"),
                        Optional.empty(),
                        Optional.of(Money.usd("0.60")),
                        Optional.empty()));

        // what waits holds what it will need; who changes the same server meanwhile needs more besides
        refused(LimitProblem.EXCEEDED, asker, new ResizeServer(Cloud.ACME, new Ref("web"), new Flavor(3, 2048)));
    }

    @Test
    void whatAServiceAccountAsksForItsPersonDoesNotApprove() {
        Caller robot = cloud.house.access.user("robot", "acme");
        cloud.house.access.responsible(robot, second);
        assertInstanceOf(Outcome.Waiting.class, submit(robot, Cloud.wish("web")));

        refused(ApprovalProblem.OWN_REQUEST, second, new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void nobodyApprovesWhatTheyMayNotDoThemselfButForMoneyWhoSetsLimitsMay() {
        waits(Cloud.wish("web"));
        ApprovalId id = only().id();
        cloud.house.access.take(second, Action.SERVER_DEPLOY);

        // who may not deploy, but sets limits
        approve(id);
        assertEquals(State.DONE, only().state());

        cloud.house.access.take(second, Action.SERVER_DEPLOY, Action.LIMIT_SET);
        waits(Cloud.wish("web-2"));
        refused(Problem.FORBIDDEN, second, new Approve(Cloud.ACME, all().get(0).id()));
    }

    @Test
    void whatIsRejectedIsNeverDoneAndGivesBackWhatItHeld() {
        cloud.policy(policy -> new org.isthmus.api.organization.Policy(
                        1, policy.deletionGrace(), Optional.empty(), List.of())
                .approving(Optional.of(Money.usd("40")), 0, false));
        OperationView operation = waits(Cloud.wish("web"));
        refused(LimitProblem.EXCEEDED, asker, Cloud.wish("other"));

        submit(second, new Reject(Cloud.ACME, only().id(), Optional.of("too dear")));

        assertEquals(OperationState.CANCELLED, state(operation));
        assertEquals(
                Optional.of(second.username() + " rejected it: too dear"),
                cloud.operation(operation.id()).reason());
        assertEquals(State.REJECTED, only().state());
        refused(ApprovalProblem.NOT_WAITING, second, new Approve(Cloud.ACME, only().id()));
        cloud.house.gate.tendApprovals();
        cloud.house.work();
        assertEquals(List.of(), cloud.servers());
        waits(Cloud.wish("web"));
    }

    @Test
    void itsAskerWithdrawsItByCancellingTheOperation() {
        OperationView operation = waits(Cloud.wish("web"));

        submit(asker, new CancelOperation(Cloud.ACME, operation.id()));

        assertEquals(OperationState.CANCELLED, state(operation));
        assertEquals(State.WITHDRAWN, only().state());
        refused(ApprovalProblem.NOT_WAITING, second, new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void itsAskerTakesItBackWhateverTheyMayDoOtherwise() {
        OperationView operation = waits(Cloud.wish("web"));
        cloud.house.access.limit(asker);
        ApprovalId id = only().id();

        refused(Problem.NOT_FOUND, second, new Withdraw(Cloud.ACME, id));
        submit(asker, new Withdraw(Cloud.ACME, id));

        assertEquals(OperationState.CANCELLED, state(operation));
        assertEquals(State.WITHDRAWN, only().state());
        refused(ApprovalProblem.NOT_WAITING, asker, new Withdraw(Cloud.ACME, id));
    }

    @Test
    void whatIsApprovedAlreadyIsNotTakenBackAndHappens() {
        policy(Optional.empty(), 1);
        submit(asker, delete(cloud.image("first").name()));
        OperationView operation = waits(delete(cloud.image("junk").name()));
        ApprovalId id = only().id();
        submit(second, new Approve(Cloud.ACME, id));

        refused(ApprovalProblem.NOT_WAITING, asker, new CancelOperation(Cloud.ACME, operation.id()));
        refused(ApprovalProblem.NOT_WAITING, asker, new Withdraw(Cloud.ACME, id));
        cloud.house.gate.tendApprovals();

        assertEquals(OperationState.SUCCEEDED, state(operation));
        assertEquals(State.DONE, only().state());
    }

    @Test
    void whatWasTakenBackIsNotDoneThoughItIsApprovedAtTheSameMoment() {
        OperationView operation = waits(Cloud.wish("web"));
        submit(asker, new CancelOperation(Cloud.ACME, operation.id()));
        cloud.house.gate.tendApprovals();
        cloud.house.work();

        assertEquals(List.of(), cloud.servers());
        refused(ApprovalProblem.NOT_WAITING, second, new Approve(Cloud.ACME, only().id()));
    }

    @Test
    void aNameThatMeansAnotherThingByThenEndsIt() {
        policy(Optional.empty(), 1);
        submit(asker, delete(cloud.image("first").name()));
        ImageView junk = cloud.image("junk");
        ImageView gold = cloud.image("gold");
        OperationView operation = waits(delete(junk.name()));
        rename(junk, "other");
        rename(gold, "junk");

        approve(only().id());

        assertEquals(OperationState.FAILED, state(operation));
        assertTrue(cloud.operation(operation.id()).reason().orElseThrow().contains("Ask anew"));
        cloud.domain.images().get(asker, Cloud.ACME, Ref.of(gold.id()));
        cloud.domain.images().get(asker, Cloud.ACME, Ref.of(junk.id()));
    }

    private void rename(ImageView image, String name) {
        submit(
                asker,
                new ChangeImage(
                        Cloud.ACME,
                        Ref.of(image.id()),
                        image.version(),
                        Optional.of(new Name(name)),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void theApproverSeesWhatIsAskedForButNoSecrets() {
        waits(withUserData());

        Map<String, String> wish = only().wish();

        assertEquals("web", wish.get("name"), wish.toString());
        assertEquals("tiny", wish.get("image"), wish.toString());
        assertEquals("(secret)", wish.get("userData"), wish.toString());
    }

    @Test
    void whatCostsNoMoreThanBeforeWaitsForNobody() {
        policy(Optional.empty(), 0);
        cloud.done(asker, Cloud.wish("web"));
        policy(Optional.of(Money.usd("1")), 0);

        cloud.done(asker, new RestartServer(Cloud.ACME, new Ref("web")));
        cloud.done(asker, new StopServer(Cloud.ACME, new Ref("web"), false));
        assertInstanceOf(Outcome.Waiting.class, submit(asker, new StartServer(Cloud.ACME, new Ref("web"))));
    }

    @Test
    void noMoreThanTwentyRequestsOfOnePersonWait() {
        for (int i = 0; i < 20; i++) {
            waits(Cloud.wish("web-" + i));
        }

        refused(Problem.CONFLICT, asker, Cloud.wish("one-more"));
    }

    @Test
    void raisingALimitOrTakingItAwayWaitsAndLoweringItDoesNot() {
        cloud.policy(policy -> policy.approving(Optional.empty(), 0, true));
        Subject organization = new Subject("organization", "acme");
        submit(asker, limit(organization, "100", Optional.empty()));
        LimitView made =
                cloud.house.limits.list(asker, Cloud.ACME, Query.all()).items().get(0);

        submit(asker, monthly(made, "90"));
        waits(monthly(made.version() + 1, made, "91"));
        waits(new DeleteLimit(Cloud.ACME, Ref.of(made.id().orElseThrow())));
        // as the policy's own is 1000 a day
        Subject user = new Subject("user", "asker");
        waits(new CreateLimit(Cloud.ACME, user, Optional.empty(), Optional.empty(), Optional.of(1001)));
        assertInstanceOf(
                Outcome.Accepted.class,
                submit(asker, new CreateLimit(Cloud.ACME, user, Optional.empty(), Optional.empty(), Optional.of(999))));

        all().forEach(request -> {
            assertTrue(
                    request.reasons().get(0).startsWith("approveRaisedLimits of acme: the limit of "),
                    request.reasons().toString());
            assertSaysWhoChangesIt(request);
        });
        approve(all().get(2).id());
        assertEquals(State.DONE, all().get(2).state());
    }

    private static CreateLimit limit(Subject of, String monthly, Optional<Integer> deployments) {
        return new CreateLimit(Cloud.ACME, of, Optional.of(Money.usd(monthly)), Optional.empty(), deployments);
    }

    private static ChangeLimit monthly(LimitView limit, String monthly) {
        return monthly(limit.version(), limit, monthly);
    }

    private static ChangeLimit monthly(long version, LimitView limit, String monthly) {
        return new ChangeLimit(
                Cloud.ACME,
                Ref.of(limit.id().orElseThrow()),
                version,
                Optional.of(Optional.of(Money.usd(monthly))),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void whatNobodyDecidesEndsAfterAWeek() {
        OperationView operation = waits(Cloud.wish("web"));
        ApprovalId id = only().id();
        cloud.house.clock.advance(Duration.ofDays(7));

        refused(ApprovalProblem.NOT_WAITING, second, new Approve(Cloud.ACME, id));
        cloud.house.gate.tendApprovals();

        assertEquals(OperationState.CANCELLED, state(operation));
        assertEquals(State.EXPIRED, only().state());
    }

    @Test
    void theGateJudgesAgainWhenItIsApproved() {
        OperationView operation = waits(Cloud.wish("web"));
        cloud.house.access.take(asker, Action.SERVER_DEPLOY);

        approve(only().id());

        assertEquals(OperationState.FAILED, state(operation));
        assertTrue(cloud.operation(operation.id()).reason().orElseThrow().startsWith("Approved, but: You lack"));
        assertEquals(State.REFUSED, only().state());
        assertEquals(List.of(), cloud.servers());
    }

    @Test
    void whatWasApprovedBeforeACrashHappensAfterIt() {
        OperationView operation = waits(Cloud.wish("web"));
        submit(second, new Approve(Cloud.ACME, only().id()));
        assertEquals(State.APPROVED, only().state());
        assertEquals(OperationState.WAITING_APPROVAL, state(operation));

        // whoever comes first, also twice
        cloud.house.gate.tendApprovals();
        cloud.house.gate.tendApprovals();
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, state(operation));
        assertEquals(1, cloud.servers().size());
    }

    @Test
    void moreDeletionsInTenMinutesThanOnePersonMayWait() {
        policy(Optional.empty(), 2);
        List<Name> images = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            images.add(cloud.image("image-" + i).name());
        }

        assertInstanceOf(Outcome.Accepted.class, submit(asker, delete(images.get(0))));
        assertInstanceOf(Outcome.Accepted.class, submit(asker, delete(images.get(1))));
        OperationView operation = waits(delete(images.get(2)));
        assertEquals("image.delete", operation.type());
        assertTrue(
                only().reasons().get(0).startsWith("bulkDeleteThreshold of acme: 2 times within 10 minutes"),
                only().reasons().toString());
        assertSaysWhoChangesIt(only());
        assertInstanceOf(Outcome.Accepted.class, submit(second, delete(images.get(3))));
        cloud.domain.images().get(asker, Cloud.ACME, Ref.of(images.get(2)));

        approve(only().id());
        assertEquals(OperationState.SUCCEEDED, state(operation));
        assertThrows(ProblemException.class, () -> cloud.domain.images().get(asker, Cloud.ACME, Ref.of(images.get(2))));
        cloud.house.clock.advance(Duration.ofMinutes(10));
        assertInstanceOf(Outcome.Accepted.class, submit(asker, delete(images.get(4))));
    }

    private static DeleteImage delete(Name image) {
        return new DeleteImage(Cloud.ACME, Ref.of(image));
    }

    @Test
    void manyDeletionsAtOnceAreNoMoreThanOnePersonMay() throws Exception {
        policy(Optional.empty(), 3);
        List<Name> images = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            images.add(cloud.image("image-" + i).name());
        }
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Future<Outcome<?>>> outcomes = new ArrayList<>();
            for (Name image : images) {
                outcomes.add(threads.submit(() -> submit(asker, delete(image))));
            }
            int done = 0;
            for (Future<Outcome<?>> each : outcomes) {
                done += each.get() instanceof Outcome.Accepted<?> ? 1 : 0;
            }
            assertEquals(3, done);
            assertEquals(9, all().size());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aDryRunSaysThatASecondPersonWouldBeAsked() {
        Outcome<?> outcome = cloud.house.gate.submit(asker, Cloud.wish("web"), Submission.dry());

        Outcome.Allowed<?> allowed = assertInstanceOf(Outcome.Allowed.class, outcome);
        assertFalse(allowed.approval().isEmpty());
        assertEquals(List.of(), all());
    }

    @Test
    void theSameRequestUnderTheSameKeyWaitsOnce() {
        Submission<org.isthmus.api.server.ServerView> keyed = Submission.replayable(new Gate.Replay<>(
                "key-1",
                Sha256.of(new byte[] {1}),
                waiting -> new Gate.Answer(
                        202,
                        "{}",
                        ((Outcome.Waiting<?>) waiting).operation().id().value())));

        Outcome.Waiting<?> first =
                assertInstanceOf(Outcome.Waiting.class, cloud.house.gate.submit(asker, Cloud.wish("web"), keyed));
        Outcome.Replayed<?> again =
                assertInstanceOf(Outcome.Replayed.class, cloud.house.gate.submit(asker, Cloud.wish("web"), keyed));

        assertEquals(first.operation().id().value(), again.answer().location());
        only();
    }

    @Test
    void secretsOfARequestAreSealedAndGoneOnceItIsOver() {
        waits(withUserData());
        assertEquals(
                1,
                cloud.count(
                        "select count(*) from apr_approval where command like ?",
                        "%apr_approval apr_%|#cloud-config%"));

        approve(only().id());

        assertEquals(0, cloud.count("select count(*) from apr_approval where command like ?", "%hunter2%"));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
    }

    private static DeployServer withUserData() {
        DeployServer plain = Cloud.wish("web");
        return new DeployServer(
                plain.organization(),
                plain.name(),
                plain.nics(),
                plain.image(),
                plain.flavor(),
                plain.diskGiB(),
                plain.sshKeys(),
                Optional.of(new Secret("#cloud-config\npassword: hunter2\n")),
                plain.purpose(),
                plain.tags(),
                plain.isProtected(),
                plain.location(),
                plain.placement());
    }

    @Test
    void rootIsAskedForNobody() {
        assertInstanceOf(
                Outcome.Accepted.class,
                cloud.house.gate.submit(
                        cloud.operator,
                        new CreateNetwork(
                                Cloud.ACME, new Name("big"), Cloud.HERE, Cidr.of("10.7.0.0/16"), false, true, Map.of()),
                        Submission.plain()));
    }

    @Test
    void requestsOfAnotherOrganizationAreNotThere() {
        cloud.house.access.organization("other", org.isthmus.api.organization.Policy.DEFAULT);
        Caller stranger = cloud.house.access.user("stranger", "other");
        waits(Cloud.wish("web"));

        refused(Problem.NOT_FOUND, stranger, new Approve(new Ref("other"), only().id()));
        refused(Problem.NOT_FOUND, stranger, new Approve(Cloud.ACME, only().id()));
        assertThrows(
                ProblemException.class,
                () -> cloud.house.approvals.get(stranger, new Ref("other"), Ref.of(only().id())));
    }
}
