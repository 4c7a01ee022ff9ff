// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.event.Event;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases.ChangeLease;
import org.isthmus.api.lease.ServerLeases.CreateLease;
import org.isthmus.api.lease.ServerLeases.DeleteLease;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.core.limit.Books;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From noon of Monday, the 23rd of November on. */
final class LeasesTest {
    private static final Ref ONE = new Ref("one");
    private static final Schedule OFFICE =
            new Schedule("UTC", Set.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY), "08:00", "18:00");

    private Cloud cloud;
    private CoreLeases leases;
    private Caller system;
    private ServerView server;

    @BeforeEach
    void open() {
        cloud = new Cloud("leases").furnished();
        system = Caller.system(cloud.house.access.platform(), "lease-1");
        leases = again();
        server = cloud.deploy("one");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private CoreLeases again() {
        LeaseStore store = new LeaseStore(
                new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core")));
        return new CoreLeases(
                cloud.house.database.tx(),
                cloud.house.clock,
                cloud.house.swaps,
                store,
                new LeaseBook(
                        cloud.house.database.tx(),
                        cloud.house.clock,
                        cloud.house.ids,
                        cloud.house.swaps,
                        store,
                        touched -> {}),
                cloud.house.events);
    }

    private Instant in(Duration time) {
        return cloud.house.clock.instant().plus(time);
    }

    private LeaseView lease(Optional<Instant> end, OnExpiry then, Optional<Schedule> schedule) {
        return cloud.house
                .gate
                .submit(cloud.user, new CreateLease(ACME, ONE, end, then, schedule))
                .result();
    }

    private LeaseView shown() {
        return leases.get(cloud.user, ACME, Ref.of(server.id()));
    }

    private ServerState state() {
        return cloud.domain
                .servers()
                .get(cloud.operator, ACME, Ref.of(server.id()))
                .state();
    }

    private void goesOn() {
        leases.tend(cloud.house.gate, system);
        cloud.house.work();
    }

    private void at(String moment) {
        cloud.house.clock.advance(Duration.between(cloud.house.clock.instant(), Instant.parse(moment)));
        goesOn();
    }

    private List<String> told(String... types) {
        cloud.house.stream.runOnce();
        return cloud.house.stream.after(cloud.user, 0, 1000, Duration.ZERO).stream()
                .filter(event -> List.of(types).contains(event.type()))
                .map(LeasesTest::text)
                .toList();
    }

    private static String text(Event event) {
        return event.type()
                + Optional.ofNullable(event.data().get("within"))
                        .map(within -> " " + within)
                        .orElse("");
    }

    private ProblemException refused(Caller caller, Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.house.gate.submit(caller, command));
    }

    @Test
    void somebodyIsToldInDueTimeOnceEachThenItIsStoppedAndNotStartedAgain() {
        lease(Optional.of(Instant.parse("2026-12-05T12:00:00Z")), OnExpiry.STOP, Optional.empty());
        goesOn();
        assertEquals(List.of(), told("server.expiring"));
        for (String moment : List.of(
                "2026-11-28T12:00:00Z",
                "2026-11-28T12:05:00Z",
                "2026-12-04T11:59:59Z",
                "2026-12-04T12:00:00Z",
                "2026-12-05T11:00:00Z",
                "2026-12-05T11:30:00Z")) {
            at(moment);
        }
        assertEquals(
                List.of("server.expiring PT168H", "server.expiring PT24H", "server.expiring PT1H"),
                told("server.expiring"));
        assertEquals(ServerState.RUNNING, state());

        at("2026-12-05T12:00:00Z");
        goesOn();

        assertEquals(ServerState.STOPPED, state());
        assertTrue(shown().expired());
        assertEquals(List.of("server.expired"), told("server.expired"));
        ProblemException start = refused(cloud.user, new StartServer(ACME, ONE));
        assertEquals(Problem.CONFLICT, start.type());
        assertTrue(start.getMessage().contains("Give its lease a later end first"), start.getMessage());
        at("2026-12-20T12:00:00Z");
        assertEquals(ServerState.STOPPED, state(), "and not deleted");
    }

    @Test
    void whoExtendsItMayStartItAgain() {
        lease(Optional.of(in(Duration.ofHours(2))), OnExpiry.STOP, Optional.empty());
        at("2026-11-23T13:00:00Z");
        at("2026-11-23T14:00:00Z");
        assertEquals(ServerState.STOPPED, state());

        extend(Instant.parse("2026-12-23T12:00:00Z"));
        cloud.done(cloud.user, new StartServer(ACME, ONE));
        at("2026-11-24T12:00:00Z");

        assertEquals(ServerState.RUNNING, state());
        at("2026-12-23T11:30:00Z");
        assertEquals(List.of("server.expiring PT1H", "server.expiring PT1H"), told("server.expiring"), "told anew");
    }

    private void extend(Instant end) {
        cloud.house.gate.submit(
                cloud.user,
                new ChangeLease(
                        ACME,
                        ONE,
                        shown().version(),
                        Optional.of(Optional.of(end)),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void whatIsToBeDeletedIsStoppedFirstAndCanBeRecoveredWithinTheGrace() {
        lease(Optional.of(in(Duration.ofHours(2))), OnExpiry.DELETE, Optional.empty());
        at("2026-11-23T14:00:00Z");
        assertEquals(ServerState.STOPPED, state());

        at("2026-11-23T14:01:00Z");

        assertEquals(ServerState.DELETED, state());
        assertEquals(1, cloud.count("select count(*) from srv_server where deleted_until is not null"));
    }

    @Test
    void oneThatIsProtectedIsStoppedAndStays() {
        ServerView is = cloud.server("one");
        cloud.house.gate.submit(
                cloud.user,
                new ChangeServer(
                        ACME,
                        ONE,
                        is.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(true)));
        lease(Optional.of(in(Duration.ofHours(2))), OnExpiry.DELETE, Optional.empty());

        for (String moment : List.of("2026-11-23T14:00:00Z", "2026-11-23T14:01:00Z", "2026-11-23T14:02:00Z")) {
            at(moment);
        }

        assertEquals(ServerState.STOPPED, state());
        assertEquals(List.of("lease.refused"), told("lease.refused"), "once");
        assertTrue(shown().refused().orElseThrow().contains("is protected"));
    }

    @Test
    void theScheduleStartsAndStopsItOnItsTurnsAndNotBetween() {
        lease(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE));
        goesOn();
        assertEquals(ServerState.RUNNING, state(), "what it is now it stays");
        assertEquals(Optional.of(Instant.parse("2026-11-23T18:00:00Z")), shown().nextOff());
        at("2026-11-23T18:00:00Z");
        assertEquals(ServerState.STOPPED, state());
        cloud.done(cloud.user, new StartServer(ACME, ONE));
        at("2026-11-23T23:00:00Z");
        assertEquals(ServerState.RUNNING, state(), "who works at night is left alone");
        cloud.done(cloud.user, new StopServer(ACME, ONE, true));

        at("2026-11-24T08:00:00Z");
        assertEquals(ServerState.RUNNING, state());
        at("2026-11-24T18:00:30Z");
        assertEquals(ServerState.STOPPED, state());
        at("2026-11-26T12:00:00Z");
        assertEquals(ServerState.STOPPED, state());
        at("2026-11-30T08:00:00Z");
        assertEquals(ServerState.RUNNING, state());
    }

    @Test
    void limitsAreAskedAtTheStartAndARefusalIsToldOnce() {
        lease(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE));
        at("2026-11-23T18:00:00Z");
        new Books(cloud.house).hour("user", "ada", "0.01");

        at("2026-11-24T08:00:00Z");
        at("2026-11-24T08:01:00Z");
        at("2026-11-24T09:00:00Z");

        assertEquals(ServerState.STOPPED, state());
        assertEquals(List.of("lease.refused"), told("lease.refused"));
        assertTrue(shown().refused().orElseThrow().contains("It was not started: "));
    }

    @Test
    void itActsWithItsOwnersRightsOfThatMoment() {
        lease(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE));
        cloud.house.access.take(cloud.user, Action.SERVER_STOP);

        at("2026-11-23T18:00:00Z");

        assertEquals(ServerState.RUNNING, state());
        assertEquals(List.of("lease.refused"), told("lease.refused"));
    }

    @Test
    void whoMayNotStopAServerGivesItNoLease() {
        cloud.house.access.take(cloud.user, Action.SERVER_STOP, Action.SERVER_DELETE);

        assertEquals(
                Problem.FORBIDDEN,
                refused(
                                cloud.user,
                                new CreateLease(
                                        ACME,
                                        ONE,
                                        Optional.of(in(Duration.ofHours(1))),
                                        OnExpiry.STOP,
                                        Optional.empty()))
                        .type());
        assertEquals(
                Problem.FORBIDDEN,
                refused(cloud.user, new CreateLease(ACME, ONE, Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE)))
                        .type());
    }

    @Test
    void whoIsKilledAfterTheCommandRepeatsTheRequestAndNotTheDeed() {
        lease(Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE));
        cloud.house.clock.advance(Duration.ofHours(6));
        Gate dying = new Gate() {
            @Override
            public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
                cloud.house.gate.submit(caller, command, submission);
                throw new IllegalStateException("killed");
            }

            @Override
            public void refused(Caller caller, String action, org.isthmus.api.Subject about, ProblemException problem) {
                throw new IllegalStateException(action);
            }
        };
        assertThrows(IllegalStateException.class, () -> leases.tend(dying, system));
        cloud.house.work();
        assertEquals(ServerState.STOPPED, state());
        cloud.done(cloud.user, new StartServer(ACME, ONE));
        leases = again();

        goesOn();
        goesOn();

        assertEquals(ServerState.RUNNING, state());
        assertEquals(1, told("server.stopped").size());
    }

    @Test
    void aServerHasOneLeaseAndWhenItIsTakenAwayNothingHappensAnyMore() {
        LeaseView made = lease(Optional.of(in(Duration.ofHours(2))), OnExpiry.DELETE, Optional.empty());
        assertEquals(
                Problem.CONFLICT,
                refused(cloud.user, new CreateLease(ACME, ONE, Optional.empty(), OnExpiry.STOP, Optional.of(OFFICE)))
                        .type());
        assertEquals(
                List.of(made.id()),
                leases.list(cloud.user, ACME, Query.all()).items().stream()
                        .map(LeaseView::id)
                        .toList());

        cloud.house.gate.submit(cloud.user, new DeleteLease(ACME, Ref.of(made.id())));
        at("2026-11-30T12:00:00Z");

        assertEquals(ServerState.RUNNING, state());
        assertEquals(List.of(), leases.list(cloud.user, ACME, Query.all()).items());
        assertEquals(
                Problem.MALFORMED,
                refused(
                                cloud.user,
                                new CreateLease(
                                        ACME,
                                        ONE,
                                        Optional.of(in(Duration.ofHours(-1))),
                                        OnExpiry.STOP,
                                        Optional.empty()))
                        .type());
    }

    @Test
    void whoReachesAServerOnlyReachesItsLeaseOnly() {
        cloud.deploy("two");
        lease(Optional.of(in(Duration.ofHours(2))), OnExpiry.STOP, Optional.empty());
        Caller nora = cloud.house.access.user("nora", "acme");
        cloud.house.access.limit(
                nora, org.isthmus.api.Subject.of("server", cloud.server("two").id()));

        assertEquals(List.of(), leases.list(nora, ACME, Query.all()).items());
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(ProblemException.class, () -> leases.get(nora, ACME, ONE))
                        .type());
        assertEquals(
                Problem.NOT_FOUND, refused(nora, new DeleteLease(ACME, ONE)).type());
        cloud.house.gate.submit(
                nora,
                new CreateLease(
                        ACME, new Ref("two"), Optional.of(in(Duration.ofHours(2))), OnExpiry.STOP, Optional.empty()));
        assertEquals(1, leases.list(nora, ACME, Query.all()).items().size());
    }
}
