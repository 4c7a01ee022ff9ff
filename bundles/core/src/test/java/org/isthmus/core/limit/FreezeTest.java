// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.isthmus.core.Cloud.ACME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.core.Cloud;
import org.isthmus.model.Money;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A network, 0.20 an hour, from noon of the 23rd of November on, and servers for 0.133 an hour each. */
final class FreezeTest {
    private Cloud cloud;
    private Books books;
    private Caller system;

    @BeforeEach
    void open() {
        cloud = new Cloud("freeze").furnished();
        books = new Books(cloud.house);
        system = Caller.system(cloud.house.access.platform(), "freeze-1");
    }

    @AfterEach
    void close() {
        books.mustBeTrue("at the end");
        cloud.close();
    }

    private LimitView freezing(String monthly) {
        return cloud.house
                .gate
                .submit(
                        cloud.operator,
                        new CreateLimit(
                                ACME,
                                new Subject("user", "ada"),
                                Optional.of(Money.usd(monthly)),
                                Optional.empty(),
                                Optional.empty(),
                                true))
                .result();
    }

    /** A round of what a clock does, and all that follows. */
    private void goesOn() {
        cloud.house.limits.freeze(cloud.house.gate, system);
        cloud.house.work();
    }

    private LimitView now(LimitView limit) {
        return books.now(limit);
    }

    private ServerState state(ServerView server) {
        return cloud.domain
                .servers()
                .get(cloud.operator, ACME, Ref.of(server.id()))
                .state();
    }

    private static Ref ref(LimitView limit) {
        return Ref.of(limit.id().orElseThrow());
    }

    private ProblemException refused(Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.house.gate.submit(cloud.user, command));
    }

    private List<String> told() {
        cloud.house.stream.runOnce();
        return cloud.house.stream.after(cloud.operator, 0, 1000, Duration.ZERO).stream()
                .map(event -> event.type())
                .filter(type -> type.endsWith("frozen"))
                .toList();
    }

    @Test
    void whatIsUsedUpFreezesAndWhatRunsIsStoppedAndNothingDeleted() {
        ServerView one = cloud.deploy("one");
        LimitView limit = freezing("100");
        goesOn();
        assertEquals(ServerState.RUNNING, state(one));
        books.raise(limit, "3.33");
        cloud.house.clock.advance(Duration.ofHours(10));

        goesOn();

        assertEquals(Optional.of("system"), now(limit).frozen().map(frozen -> frozen.by()));
        assertEquals(ServerState.STOPPED, state(one));
        assertEquals(List.of("limit.frozen"), told());
        ProblemException start = refused(new StartServer(ACME, new Ref("one")));
        assertEquals(LimitProblem.FROZEN, start.type());
        assertTrue(start.getMessage().contains("is frozen since 2026-11-23T22:00:00Z by system"), start.getMessage());
        assertTrue(start.getMessage().contains("Somebody with limit.set in acme can lift it"), start.getMessage());
        goesOn();
        assertEquals(List.of("limit.frozen"), told(), "once");
    }

    @Test
    void itIsLiftedWhenTheLimitIsRaisedAtOnce() {
        cloud.deploy("one");
        LimitView limit = freezing("1");
        cloud.house.clock.advance(Duration.ofHours(10));
        goesOn();
        assertTrue(now(limit).frozen().isPresent());

        books.raise(limit, "500");

        assertEquals(Optional.empty(), now(limit).frozen());
        cloud.done(cloud.user, new StartServer(ACME, new Ref("one")));
        assertEquals(List.of("limit.frozen", "limit.unfrozen"), told());
    }

    @Test
    void itIsLiftedWhenTheMonthBegins() {
        ServerView one = cloud.deploy("one");
        LimitView limit = freezing("1");
        cloud.house.clock.advance(Duration.ofHours(10));
        goesOn();
        assertTrue(now(limit).frozen().isPresent());
        cloud.house.clock.advance(Duration.ofHours(171));

        goesOn();

        assertEquals(Optional.empty(), now(limit).frozen());
        assertEquals(ServerState.STOPPED, state(one), "nothing is started by that");
    }

    @Test
    void whoLiftsItByHandDoesNotFindItFrozenAgainInThisMonth() {
        cloud.deploy("one");
        LimitView limit = freezing("1");
        cloud.house.clock.advance(Duration.ofHours(10));
        goesOn();

        cloud.house.gate.submit(cloud.user, new UnfreezeLimit(ACME, ref(limit)));
        goesOn();
        assertEquals(Optional.empty(), now(limit).frozen());

        // in the next one it does, when that is used up
        cloud.house.clock.advance(Duration.ofDays(8));
        goesOn();
        assertTrue(now(limit).frozen().isPresent());
    }

    @Test
    void byHandItStaysUntilItIsLiftedByHand() {
        ServerView one = cloud.deploy("one");
        LimitView limit = books.day("organization", "acme", 100);
        cloud.house.gate.submit(cloud.user, new FreezeLimit(ACME, ref(limit)));
        assertEquals(
                Problem.CONFLICT, refused(new FreezeLimit(ACME, ref(limit))).type());
        goesOn();
        assertEquals(ServerState.STOPPED, state(one));
        assertEquals(
                LimitProblem.FROZEN,
                assertThrows(ProblemException.class, () -> cloud.deploy("two")).type());
        cloud.house.clock.advance(Duration.ofDays(30));
        goesOn();
        assertEquals(Optional.of("ada@acme"), now(limit).frozen().map(frozen -> frozen.by()));

        cloud.house.gate.submit(cloud.user, new UnfreezeLimit(ACME, ref(limit)));

        assertEquals(
                Problem.CONFLICT, refused(new UnfreezeLimit(ACME, ref(limit))).type());
        cloud.done(cloud.user, new StartServer(ACME, new Ref("one")));
        assertEquals(ServerState.RUNNING, state(one));
    }

    @Test
    void onlyWhoIsLimitedIsFrozen() {
        Caller bob = cloud.house.access.user("bob", "acme");
        ServerView adas = cloud.deploy("adas");
        LimitView limit = books.month("user", "bob", "100");
        cloud.house.gate.submit(cloud.operator, new FreezeLimit(ACME, ref(limit)));

        goesOn();

        assertEquals(ServerState.RUNNING, state(adas));
        assertEquals(
                LimitProblem.FROZEN,
                assertThrows(ProblemException.class, () -> cloud.house.gate.submit(bob, Cloud.wish("bobs")))
                        .type());
    }

    @Test
    void whoeverLooksAfterARestartDoesNothingTwice() {
        ServerView one = cloud.deploy("one");
        LimitView limit = freezing("1");
        cloud.house.clock.advance(Duration.ofHours(10));
        goesOn();
        Limits another = new Limits(
                cloud.house.database.tx(),
                cloud.house.ids,
                cloud.house.clock,
                cloud.house.swaps,
                cloud.house.prices,
                cloud.house.events);
        int before = cloud.house.audit.facts.size();

        another.freeze(cloud.house.gate, system);

        assertEquals(before, cloud.house.audit.facts.size());
        assertEquals(ServerState.STOPPED, state(one));
        assertTrue(now(limit).frozen().isPresent());
    }

    @Test
    void freezingIsAboutMoneyOfAMonth() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new CreateLimit(
                        ACME, new Subject("user", "ada"), Optional.empty(), Optional.empty(), Optional.of(3), true));
        LimitView limit = books.day("user", "ada", 3);

        assertEquals(
                Problem.CONFLICT,
                refused(new ChangeLimit(
                                ACME,
                                ref(limit),
                                limit.version(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(true)))
                        .type());
    }
}
