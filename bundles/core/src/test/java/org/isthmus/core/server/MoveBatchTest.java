// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.Approvals.Approve;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchPlan.MoveReason;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatchView.MoveReport;
import org.isthmus.api.server.MoveBatchView.MoveState;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.core.Cloud;
import org.isthmus.core.Handling;
import org.isthmus.core.limit.Books;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Worker;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Moves of many servers: the plan, the run, the report. */
final class MoveBatchTest {
    private static final Ref THERE = new Ref("there");

    private Cloud cloud = new Cloud("batches", OperationsPart.unprobed());

    @AfterEach
    void close() {
        cloud.close();
    }

    /** Two places, a network at each, and servers web-0, web-1, … at the first. */
    private void servers(int count, String far) {
        cloud.furnished();
        cloud.submit(cloud.operator, new CreateLocation(new Name("there"), Kind.CLOUD));
        Map<String, String> settings = Map.of(
                "formats",
                "VMDK",
                "ledger",
                cloud.directory.resolve("there.jsonl").toString());
        cloud.submit(cloud.operator, new CreateEndpoint(THERE, new Name("fake"), "fake", settings, Map.of()));
        cloud.done(
                cloud.user, new CreateNetwork(Cloud.ACME, new Name("far"), THERE, Cidr.of(far), false, true, Map.of()));
        IntStream.range(0, count).forEach(i -> cloud.deploy("web-" + i));
    }

    private static MoveServer move(String server, Running running, boolean keepAddress, String... networks) {
        return new MoveServer(
                Cloud.ACME,
                new Ref(server),
                THERE,
                new Name(server + "-b"),
                Stream.of(networks).map(Ref::new).toList(),
                running,
                true,
                keepAddress);
    }

    private static MoveServer move(int index) {
        return move("web-" + index, Running.SNAPSHOT, true, "far");
    }

    private static MoveServers batch(String name, int concurrency, OnFailure onFailure, MoveServer... moves) {
        return new MoveServers(Cloud.ACME, new Name(name), List.of(moves), concurrency, onFailure);
    }

    private static MoveServers all(int count, int concurrency, OnFailure onFailure) {
        return batch(
                "wave-1",
                concurrency,
                onFailure,
                IntStream.range(0, count).mapToObj(MoveBatchTest::move).toArray(MoveServer[]::new));
    }

    private MoveBatchView report() {
        return cloud.domain.moveBatches().get(cloud.user, Cloud.ACME, new Ref("wave-1"));
    }

    private List<MoveState> states() {
        return report().moves().stream().map(MoveReport::state).toList();
    }

    private ProblemException refused(MoveServers wish) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, wish));
    }

    private MoveBatchPlan plan(MoveServer... moves) {
        return planOf(cloud.user, moves);
    }

    /** And says of each at least what the gate says of it alone. */
    private MoveBatchPlan planOf(Caller caller, MoveServer... moves) {
        MoveBatchPlan plan = cloud.domain.moveBatches().plan(caller, batch("wave-1", 2, OnFailure.CONTINUE, moves));
        for (int i = 0; i < moves.length; i++) {
            PlannedMove planned = plan.moves().get(i);
            List<String> told =
                    planned.reasons().stream().map(MoveReason::detail).toList();
            try {
                Gate.Outcome.Allowed<?> allowed = assertInstanceOf(
                        Gate.Outcome.Allowed.class, cloud.house.gate.submit(caller, moves[i], Gate.Submission.dry()));
                assertEquals(List.of(), told);
                assertEquals(Optional.of(allowed.estimate()), planned.estimate());
                assertEquals(allowed.approval(), planned.approval());
            } catch (ProblemException e) {
                List<String> refused = e.errors().isEmpty()
                        ? List.of(e.getMessage())
                        : e.errors().stream()
                                .map(ProblemException.FieldError::detail)
                                .toList();
                assertTrue(told.containsAll(refused), () -> told + " does not say " + refused);
            }
        }
        return plan;
    }

    private static List<String> problems(PlannedMove move) {
        return move.reasons().stream().map(MoveReason::problem).toList();
    }

    /** Operations of a type, however they ended. */
    private long operations(String type) {
        return cloud.count("select count(*) from opr_operation where type = ?", type);
    }

    @Test
    void allServersAreMovedByOneOperationAndTheReportSaysWhatBecameOfEach() {
        servers(3, "10.1.0.0/24");

        OperationView batch = cloud.done(cloud.user, all(3, 2, OnFailure.CONTINUE));

        MoveBatchView report = report();
        assertEquals(batch.id(), report.operation());
        assertEquals(OperationState.SUCCEEDED, report.state());
        assertEquals(3, report.totals().moved());
        assertEquals(3, operations("server.move"));
        for (MoveReport move : report.moves()) {
            ServerView made = cloud.server(move.name().value());
            assertEquals(Optional.of(made.id()), move.made());
            assertEquals(ServerState.RUNNING, made.state());
            assertEquals(
                    cloud.server(move.serverName().value()).nics().get(0).address(),
                    made.nics().get(0).address());
            assertTrue(move.bytes().orElseThrow() > 0);
            assertTrue(move.begunAt().isPresent() && move.finishedAt().isPresent());
            assertEquals(
                    cloud.user.username(),
                    cloud.operation(move.operation().orElseThrow()).createdBy());
        }
        assertEquals(
                report.totals().bytes(),
                report.moves().stream()
                        .mapToLong(move -> move.bytes().orElseThrow())
                        .sum());
        MoveBatchView listed = cloud.domain
                .moveBatches()
                .list(cloud.user, Cloud.ACME, Query.all())
                .items()
                .get(0);
        assertEquals(3, listed.totals().moved());
        assertEquals(List.of(), listed.moves());
    }

    @Test
    void noMoreAreUnderWayThanWasSaidAndTheyBeginInTheirOrder() {
        servers(4, "10.1.0.0/24");
        cloud.script().away();

        cloud.run(cloud.user, all(4, 2, OnFailure.CONTINUE));

        assertEquals(List.of(MoveState.MOVING, MoveState.MOVING, MoveState.WAITING, MoveState.WAITING), states());
        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(5));
        cloud.house.work();
        assertEquals(4, report().totals().moved());
    }

    @Test
    void aServerThatFailsDoesNotStopTheOthersAndTheReportSaysWhy() {
        servers(3, "10.1.0.0/24");
        MoveServer runs = move("web-0", Running.REFUSE, false, "far");

        OperationView ended = cloud.run(cloud.user, batch("wave-1", 1, OnFailure.CONTINUE, runs, move(1), move(2)));

        assertEquals(OperationState.FAILED, ended.state());
        assertTrue(ended.reason().orElseThrow().startsWith("1 of 3 servers were not moved"), ended::toString);
        assertEquals(List.of(MoveState.FAILED, MoveState.MOVED, MoveState.MOVED), states());
        assertTrue(report().moves().get(0).reason().orElseThrow().contains("is running"));
        assertEquals(Optional.empty(), report().moves().get(0).operation());
        assertEquals(2, operations("server.move"));
    }

    @Test
    void aMoveWhoseOperationFailsIsReportedWithItsReason() {
        servers(2, "10.1.0.0/24");
        cloud.conversions.refuse();

        cloud.run(cloud.user, all(2, 1, OnFailure.STOP));

        assertEquals(List.of(MoveState.FAILED, MoveState.CANCELLED), states());
        assertEquals(
                cloud.operation(report().moves().get(0).operation().orElseThrow())
                        .reason(),
                report().moves().get(0).reason());
        assertTrue(report().moves().get(1).reason().orElseThrow().contains("onFailure is STOP"));
        assertEquals(1, operations("server.move"));
    }

    @Test
    void aCancelledBatchBeginsNoMoreAndCancelsWhatIsUnderWay() {
        servers(3, "10.1.0.0/24");
        cloud.script().away();
        OperationView begun = cloud.run(cloud.user, all(3, 2, OnFailure.CONTINUE));

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();
        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(5));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        assertEquals(List.of(MoveState.CANCELLED, MoveState.CANCELLED, MoveState.CANCELLED), states());
        assertEquals(2, operations("server.move"));
        assertEquals(ServerState.RUNNING, cloud.server("web-0").state());
    }

    @Test
    void aPlanSaysWhatEachBecomesAndMakesNothing() {
        servers(2, "10.1.0.0/24");

        MoveBatchPlan plan = plan(move(0), move("web-1", Running.SNAPSHOT, false, "far"));

        assertTrue(plan.allowed(), plan::toString);
        PlannedMove first = plan.moves().get(0);
        ServerView source = cloud.server("web-0");
        assertEquals(2, first.flavor().orElseThrow().cpus());
        assertEquals(10L, first.disks().get(0).sizeGiB());
        assertEquals(List.of("VMDK"), first.disks().get(0).formats());
        assertEquals(
                source.nics().get(0).mac(),
                first.nics().get(0).mac().orElseThrow().value());
        assertEquals(
                Optional.of(source.nics().get(0).address()), first.nics().get(0).address());
        assertEquals(Optional.empty(), plan.moves().get(1).nics().get(0).address());
        assertFalse(plan.moves().get(1).nics().get(0).notes().isEmpty());
        assertEquals(20L << 30, plan.bytes());
        assertEquals(
                first.estimate()
                        .orElseThrow()
                        .hourly()
                        .plus(first.estimate().orElseThrow().hourly()),
                plan.estimate().hourly());
        assertEquals(0, cloud.count("select count(*) from mov_batch"));
        assertEquals(0, operations("server.move"));
        assertEquals(2, cloud.servers().size());
    }

    @Test
    void aPlanTellsAllThatIsInTheWayNotOnlyTheFirst() {
        servers(2, "10.9.0.0/24");
        cloud.policy(
                policy -> new Policy(1000, Duration.ofHours(24), Optional.of(List.of("here")), List.of("cost-centre")));
        MoveServer wrong = new MoveServer(
                Cloud.ACME,
                new Ref("web-0"),
                THERE,
                new Name("web-1"),
                List.of(new Ref("far")),
                Running.REFUSE,
                true,
                true);
        MoveServer absent = move("nothing", Running.SNAPSHOT, false, "far");

        MoveBatchPlan plan = plan(wrong, absent);

        assertFalse(plan.allowed());
        assertEquals(
                List.of("server-state", "name-taken", "against-policy", "against-policy", "malformed"),
                problems(plan.moves().get(0)));
        assertEquals(Optional.empty(), plan.moves().get(0).nics().get(0).address());
        assertTrue(plan.moves().get(0).nics().get(0).mac().isPresent());
        assertEquals(List.of("not-found"), problems(plan.moves().get(1)));
        assertEquals(List.of(), plan.reasons());
    }

    @Test
    void aPlanThatIsAffordableOneByOneButNotTogetherSaysSo() {
        servers(3, "10.1.0.0/24");
        Money one = plan(move(0)).estimate().hourly();
        Books books = new Books(cloud.house);
        Money now = books.hour("user", "ada", "1000").rate().orElseThrow().used();
        // room for two, all that is there was made by her
        books.hour("organization", "acme", now.plus(one.times(2)).amount().toPlainString());

        MoveBatchPlan plan = plan(move(0), move(1), move(2));

        plan.moves().forEach(each -> assertEquals(List.of(), each.reasons()));
        assertFalse(plan.allowed());
        assertEquals(
                List.of("limit-exceeded"),
                plan.reasons().stream().map(MoveReason::problem).toList());
    }

    @Test
    void aPlanAsksTheLimitsOfTheDepartmentThatTheServersBelongTo() {
        DepartmentId sales = cloud.house.access.department("sales", "acme");
        cloud.house.access.homeOf(cloud.user, sales);
        servers(3, "10.1.0.0/24");
        Caller bob = cloud.house.access.user("bob", "acme");
        Money one = plan(move(0)).estimate().hourly();
        Books books = new Books(cloud.house);
        Money now = books.hour("user", "ada", "1000").rate().orElseThrow().used();
        books.hour("department", "sales", now.plus(one.times(2)).amount().toPlainString());

        MoveBatchPlan plan = planOf(bob, move(0), move(1), move(2));

        plan.moves().forEach(each -> assertEquals(List.of(), each.reasons()));
        assertEquals(
                List.of("limit-exceeded"),
                plan.reasons().stream().map(MoveReason::problem).toList());
    }

    private int statementsOfPlan(Caller caller, int count) {
        return cloud.house
                .tx
                .of(() -> {
                    MoveServers wish = all(count, 2, OnFailure.CONTINUE);
                    assertTrue(cloud.domain.moveBatches().plan(caller, wish).allowed());
                })
                .size();
    }

    /** Her rights hold on these networks, and on what is on them. */
    private Caller limited(String... networks) {
        Caller bob = cloud.house.access.user("bob", "acme");
        cloud.house.access.limit(
                bob,
                Stream.of(networks)
                        .map(name -> Subject.of(
                                "network",
                                cloud.domain
                                        .networks()
                                        .get(cloud.user, Cloud.ACME, new Ref(name))
                                        .id()))
                        .toArray(Subject[]::new));
        return bob;
    }

    @Test
    void aPlanOfManyAsksTheDatabaseNoMoreOftenThanAPlanOfFew() {
        servers(9, "10.1.0.0/24");
        new Books(cloud.house).hour("organization", "acme", "1000");
        cloud.policy(policy -> policy.approving(Optional.of(Money.usd("1")), 0, false));
        Caller bob = limited("net", "far");

        assertEquals(statementsOfPlan(cloud.user, 1), statementsOfPlan(cloud.user, 9));
        assertEquals(statementsOfPlan(bob, 1), statementsOfPlan(bob, 9));
        assertTrue(statementsOfPlan(bob, 9) < 30);
    }

    @Test
    void aPlanJudgesEachMoveAsTheGateWouldForWhoseRightsHoldInPartsOnly() {
        servers(3, "10.1.0.0/24");
        MoveServer[] moves = {move(0), move(1), move("nothing", Running.SNAPSHOT, true, "far")};
        Caller bob = limited("net", "far");

        MoveBatchPlan plan = planOf(bob, moves);

        assertEquals(List.of(), problems(plan.moves().get(0)));
        assertEquals(List.of("not-found"), problems(plan.moves().get(2)));

        cloud.house.access.limit(
                bob,
                Subject.of("server", cloud.server("web-0").id()),
                Subject.of("server", cloud.server("web-1").id()));
        plan = planOf(bob, moves);
        assertEquals(List.of("not-found"), problems(plan.moves().get(0)));

        // one of them, and what will be on the far network
        cloud.house.access.limit(
                bob,
                Subject.of("server", cloud.server("web-0").id()),
                Subject.of(
                        "network",
                        cloud.domain
                                .networks()
                                .get(cloud.user, Cloud.ACME, new Ref("far"))
                                .id()));
        MoveServer byId = new MoveServer(
                Cloud.ACME,
                Ref.of(cloud.server("web-1").id()),
                THERE,
                new Name("other"),
                List.of(new Ref("far")),
                Running.SNAPSHOT,
                true,
                true);
        plan = planOf(bob, move(0), move(1), byId);
        assertEquals(List.of(), problems(plan.moves().get(0)));
        assertEquals(List.of("not-found"), problems(plan.moves().get(2)));
        assertEquals(List.of(), plan.reasons());

        // the servers are out of her reach, but she sees them
        cloud.house.access.mayEverywhere(bob, Action.SERVER_READ);
        Caller seeing = limited("far");
        ProblemException refused = assertThrows(ProblemException.class, () -> planOf(seeing, moves));
        assertEquals(Problem.FORBIDDEN, refused.type());
    }

    /** The first server by its id, which is another name for it. */
    private MoveServer firstById() {
        return new MoveServer(
                Cloud.ACME,
                Ref.of(cloud.server("web-0").id()),
                THERE,
                new Name("other"),
                List.of(new Ref("far")),
                Running.SNAPSHOT,
                true,
                true);
    }

    @Test
    void aServerThatIsNamedTwiceIsInTheWayOfAPlan() {
        servers(1, "10.1.0.0/24");
        MoveBatchPlan plan = planOf(cloud.user, move(0), firstById());

        assertFalse(plan.allowed());
        assertEquals(
                List.of("malformed"),
                plan.reasons().stream().map(MoveReason::problem).toList());
    }

    @Test
    void aPlanIsWrittenDownOnce() {
        servers(3, "10.1.0.0/24");
        List<AuditLog.Fact> facts = cloud.house.audit.facts;
        int before = facts.size();

        cloud.domain.moveBatches().plan(cloud.user, all(3, 2, OnFailure.CONTINUE));

        assertEquals(before + 1, facts.size());
        assertEquals(AuditLog.Kind.NOTE, facts.get(before).kind());

        MoveServer runs = move("web-0", Running.REFUSE, true, "far");
        MoveServer absent = move("nothing", Running.REFUSE, true, "far");
        cloud.domain.moveBatches().plan(cloud.user, batch("wave-1", 2, OnFailure.CONTINUE, runs, absent, move(1)));

        assertEquals(before + 2, facts.size());
        AuditLog.Fact refused = facts.get(before + 1);
        assertEquals(AuditLog.Kind.REFUSED, refused.kind());
        assertTrue(refused.because().contains("2 of 3 moves; web-0: Server web-0 is running"), refused::because);
        assertTrue(refused.because().contains("nothing: There is no server nothing"), refused::because);

        MoveServers none = batch("wave-1", 2, OnFailure.CONTINUE, absent);
        assertThrows(ProblemException.class, () -> cloud.domain.moveBatches().plan(cloud.user, none));

        assertEquals(before + 3, facts.size());
        assertEquals(AuditLog.Kind.REFUSED, facts.get(before + 2).kind());
    }

    @Test
    void aBatchThatHasEndedLeavesItsNameToTheNextWhichIsThenMeantByIt() {
        servers(2, "10.1.0.0/24");
        OperationView first = cloud.done(cloud.user, batch("wave-1", 1, OnFailure.STOP, move(0)));
        MoveBatchView before = report();
        assertTrue(plan(move(1)).allowed());

        OperationView second = cloud.done(cloud.user, batch("wave-1", 1, OnFailure.STOP, move(1)));

        assertEquals(second.id(), report().operation());
        assertEquals(
                first.id(),
                cloud.domain
                        .moveBatches()
                        .get(cloud.user, Cloud.ACME, Ref.of(before.id()))
                        .operation());
        assertEquals(
                2,
                cloud.domain
                        .moveBatches()
                        .list(cloud.user, Cloud.ACME, Query.all())
                        .items()
                        .size());
    }

    @Test
    void theBatchThatHasANameIsMeantByItAndNotALaterOneThatHadIt() {
        servers(2, "10.1.0.0/24");
        cloud.done(cloud.user, batch("wave-1", 1, OnFailure.STOP, move(0)));
        MoveBatchView first = report();
        cloud.done(cloud.user, batch("wave-1", 1, OnFailure.STOP, move(1)));
        assertFalse(first.id().equals(report().id()));

        // as where the clock of the controller that began it was behind
        cloud.house.tx.execute(() -> cloud.rows()
                .change(
                        "update mov_batch set living_name = name where id = ?",
                        first.id().value()));

        assertEquals(first.id(), report().id());
    }

    @Test
    void aPlanThatIsRefusedForAnotherReasonThanItsOwnIsRefused() {
        servers(1, "10.1.0.0/24");
        CommandHandler<?, ?> real = cloud.domain.handlers().stream()
                .filter(each -> each.handles() == PlanMoves.class)
                .findFirst()
                .orElseThrow();
        cloud.house.gate.remove(real);
        cloud.house.gate.add(new Handling<PlanMoves, MoveBatchView>(PlanMoves.class, (caller, organization, ask) -> {
            @SuppressWarnings("unchecked") // it handles just that
            CommandHandler<PlanMoves, MoveBatchView> planner = (CommandHandler<PlanMoves, MoveBatchView>) real;
            planner.plan(caller, organization, ask);
            throw Problem.FORBIDDEN.because("Not any more.");
        }));

        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> plan(move(0))).type());
    }

    @Test
    void aPlanJudgesEachMoveAsTheGateWouldByPoliciesAndLimits() {
        DepartmentId sales = cloud.house.access.department("sales", "acme");
        cloud.house.access.homeOf(cloud.user, sales);
        servers(2, "10.1.0.0/24");

        cloud.policy(policy -> policy.leasing(Optional.of(Duration.ofDays(1))));
        assertEquals(List.of(), problems(plan(move(0), move(1)).moves().get(0)));

        cloud.policy(policy -> requiring("cost-centre"));
        assertEquals(
                List.of("against-policy"),
                problems(plan(move(0), move(1)).moves().get(0)));

        cloud.policy(policy -> requiring());
        Books books = new Books(cloud.house);
        books.day("department", "sales", 3);
        assertEquals(List.of(), problems(plan(move(0), move(1)).moves().get(0)));
        cloud.deploy("last");
        assertEquals(
                List.of("limit-exceeded"),
                problems(plan(move(0), move(1)).moves().get(0)));

        cloud.house.clock.advance(Duration.ofDays(1));
        LimitView limit = books.month("user", "ada", "100000");
        assertEquals(List.of(), problems(plan(move(0), move(1)).moves().get(0)));
        cloud.submit(
                cloud.operator, new FreezeLimit(Cloud.ACME, Ref.of(limit.id().orElseThrow())));
        assertEquals(
                List.of("limit-frozen"), problems(plan(move(0), move(1)).moves().get(0)));
    }

    private static Policy requiring(String... tags) {
        return new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of(tags));
    }

    @Test
    void aCancelledBatchLeavesItsNameOnlyWhenAllOfItHasEnded() {
        servers(2, "10.1.0.0/24");
        cloud.script().away();
        OperationView begun = cloud.run(cloud.user, batch("wave-1", 1, OnFailure.STOP, move(0)));
        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, begun.id()));
        cloud.house.work();
        MoveServers next = batch("wave-1", 1, OnFailure.STOP, move(1));
        assertEquals(Problem.NAME_TAKEN, refused(next).type());

        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(5));
        cloud.house.work();

        assertEquals(OperationState.CANCELLED, cloud.operation(begun.id()).state());
        cloud.done(cloud.user, next);
    }

    @Test
    void serversOfTheLongestNamesAreMovedThatDifferOnlyAtTheirEnd() {
        servers(2, "10.1.0.0/24");
        String begin = "a".repeat(53) + "-";
        MoveServer first = called(begin + "b", "web-0");
        MoveServer second = called(begin + "c", "web-1");

        OperationView ended = cloud.done(cloud.user, batch("wave-1", 2, OnFailure.CONTINUE, first, second));

        assertEquals(OperationState.SUCCEEDED, ended.state());
        assertEquals(2, report().totals().moved());
    }

    private static MoveServer called(String name, String server) {
        return new MoveServer(
                Cloud.ACME,
                new Ref(server),
                THERE,
                new Name(name),
                List.of(new Ref("far")),
                Running.SNAPSHOT,
                true,
                true);
    }

    @Test
    void aMoveThatMeetsTooManyWaitingApprovalsBeginsWhenSomeAreDecided() {
        servers(1, "10.1.0.0/24");
        cloud.policy(policy -> policy.approving(Optional.of(Money.usd("1")), 0, false));
        List<OperationId> waiting = IntStream.range(0, 20)
                .mapToObj(i ->
                        cloud.house.gate.submit(cloud.user, called("waits-" + i, "web-0"), Gate.Submission.plain()))
                .map(outcome -> assertInstanceOf(Gate.Outcome.Waiting.class, outcome)
                        .operation()
                        .id())
                .toList();

        cloud.run(cloud.user, all(1, 1, OnFailure.CONTINUE));
        assertEquals(List.of(MoveState.WAITING), states());
        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, waiting.get(0)));
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(List.of(MoveState.WAITING_APPROVAL), states());
    }

    @Test
    void othersServersAndBatchesAreNotThere() {
        servers(1, "10.1.0.0/24");
        cloud.done(cloud.user, all(1, 1, OnFailure.CONTINUE));
        cloud.house.access.organization("globex", new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of()));
        Caller stranger = cloud.house.access.user("eve", "globex");
        Ref globex = new Ref("globex");
        MoveServer theirs = new MoveServer(
                globex,
                Ref.of(cloud.server("web-0").id()),
                THERE,
                new Name("mine"),
                List.of(new Ref("far")),
                Running.SNAPSHOT,
                true,
                false);
        MoveServers wish = new MoveServers(globex, new Name("wave-1"), List.of(theirs), 1, OnFailure.CONTINUE);

        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.moveBatches().plan(stranger, wish))
                        .type());
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(ProblemException.class, () -> cloud.submit(stranger, wish))
                        .type());
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.moveBatches().get(stranger, globex, Ref.of(report().id())))
                        .type());
    }

    @Test
    void whatIsNamedTwiceIsRefused() {
        servers(1, "10.1.0.0/24");
        assertEquals(
                Problem.MALFORMED,
                assertThrows(ProblemException.class, () -> batch("wave-1", 1, OnFailure.STOP, move(0), move(0)))
                        .type());
        assertEquals(
                Problem.MALFORMED,
                refused(batch("wave-1", 1, OnFailure.STOP, move(0), firstById()))
                        .type());
        assertEquals(
                Problem.NOT_FOUND,
                refused(batch("wave-1", 1, OnFailure.STOP, move(0), move(1))).type());
        cloud.submit(cloud.user, all(1, 1, OnFailure.STOP));
        assertEquals(Problem.NAME_TAKEN, refused(all(1, 1, OnFailure.STOP)).type());
        assertEquals(
                Problem.MALFORMED,
                assertThrows(ProblemException.class, () -> all(201, 1, OnFailure.STOP))
                        .type());
        assertEquals(
                Problem.MALFORMED,
                assertThrows(ProblemException.class, () -> all(1, 5, OnFailure.STOP))
                        .type());
    }

    @Test
    void aMoveThatNeedsASecondPersonWaitsForOne() {
        servers(2, "10.1.0.0/24");
        cloud.policy(policy -> policy.approving(Optional.of(Money.usd("1")), 0, false));

        OperationView begun = cloud.run(cloud.user, all(2, 1, OnFailure.CONTINUE));

        assertEquals(OperationState.RUNNING, begun.state());
        assertEquals(List.of(MoveState.WAITING_APPROVAL, MoveState.WAITING), states());
        assertEquals(
                OperationState.WAITING_APPROVAL,
                cloud.operation(report().moves().get(0).operation().orElseThrow())
                        .state());

        Caller bob = cloud.house.access.user("bob", "acme");
        Caller second = new Caller(
                bob.kind(),
                bob.user(),
                bob.username(),
                bob.organization(),
                bob.door(),
                bob.address(),
                bob.requestId(),
                bob.onlyActions(),
                false,
                Optional.of(cloud.house.ids.session()));
        ApprovalId asked = cloud.house
                .approvals
                .list(second, Cloud.ACME, Query.all())
                .items()
                .get(0)
                .id();
        cloud.submit(second, new Approve(Cloud.ACME, asked));
        cloud.house.gate.tendApprovals();
        cloud.house.work();

        assertEquals(List.of(MoveState.MOVED, MoveState.WAITING_APPROVAL), states());
    }

    /** What a kill looks like to the worker: nothing of it is caught. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class Countdown implements Worker.Probe {
        private int left = Integer.MAX_VALUE;

        @Override
        public void at(Point point, OperationId operation, String type, String step, boolean undoing) {
            if (left != Integer.MAX_VALUE && --left == 0) {
                throw new Killed();
            }
        }
    }

    @Test
    void killedAtEveryMomentABatchGoesOnWhereItWasAndMovesEachServerOnce() {
        Countdown countdown = new Countdown();
        int killed = 0;
        for (int moment : new int[] {1, 2, 3, 4, 5, 8, 13, 21, 34, 40, 55}) {
            cloud.close();
            cloud = new Cloud("batches", countdown);
            servers(3, "10.1.0.0/24");
            OperationView begun = cloud.submit(cloud.user, all(3, 2, OnFailure.CONTINUE))
                    .operation()
                    .orElseThrow();
            countdown.left = moment;
            try {
                cloud.house.work();
            } catch (Killed e) {
                killed++;
                countdown.left = Integer.MAX_VALUE;
                // the lease of the dead one ends, and another takes over
                cloud.house.clock.advance(Duration.ofMinutes(1));
                cloud.house.work();
            }
            countdown.left = Integer.MAX_VALUE;

            assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state(), "killed at " + moment);
            assertEquals(3, report().totals().moved());
            assertEquals(3, operations("server.move"), "killed at " + moment);
            assertEquals(6, cloud.servers().size());
        }
        assertEquals(11, killed);
    }
}
