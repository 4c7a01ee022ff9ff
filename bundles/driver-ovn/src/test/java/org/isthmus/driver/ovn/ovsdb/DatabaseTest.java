// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.isthmus.driver.ovn.ovsdb.Database.Outcome;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DatabaseTest {
    private static final Timing QUICK = new Timing(
            Duration.ofSeconds(1),
            Duration.ofMillis(600),
            Duration.ofMillis(150),
            Duration.ofMillis(5),
            Duration.ofMillis(40),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));

    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<Change> hints = new LinkedBlockingQueue<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private FakeServer server() {
        FakeServer server = new FakeServer();
        open.add(server);
        return server;
    }

    private Database database(Timing timing, FakeServer... servers) {
        Database database = new Database(
                "D",
                Stream.of(servers).map(FakeServer::remote).toList(),
                true,
                Optional.empty(),
                List.of(FakeServer.TABLE),
                timing,
                hints::addAll);
        open.add(database);
        database.open();
        return database;
    }

    /** Quick, and a call waits this long for a connection. */
    private static Timing patient(long millis) {
        return new Timing(
                QUICK.connect(),
                QUICK.handshake(),
                QUICK.probe(),
                QUICK.backoff(),
                QUICK.longestBackoff(),
                Duration.ofMillis(millis),
                Duration.ofMillis(millis));
    }

    /** Does not take a moment in which nothing comes for silence. */
    private static Timing patient() {
        return new Timing(
                QUICK.connect(),
                QUICK.handshake(),
                Duration.ofSeconds(20),
                QUICK.backoff(),
                QUICK.longestBackoff(),
                QUICK.firstReady(),
                QUICK.ready());
    }

    private static Budget budget() {
        return Budget.of(Duration.ofSeconds(8));
    }

    private static List<String> names(Database database) {
        return database.replica().read(view -> view.rows("T").stream()
                .map(row -> row.text("name"))
                .sorted()
                .toList());
    }

    private static DriverException failure(Database database) {
        return assertThrows(DriverException.class, () -> database.refresh(budget()));
    }

    private static void awaitName(Database database, String name) throws InterruptedException {
        assertTrue(
                database.replica()
                        .await(
                                view -> !view.indexed("T", name).isEmpty(),
                                Duration.ofSeconds(20).toNanos()),
                name);
    }

    @Test
    void aFirstCallWaitsForTheFirstConnection() {
        Database database = database(QUICK, server());

        database.refresh(budget());

        assertEquals(List.of("a"), names(database));
        assertEquals(Optional.empty(), database.trouble());
    }

    @Test
    void whatTheServerTellsIsInTheReplicaBeforeTheAnswerThatFollows() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        server.transact(params -> {
            server.notify(
                    "update3",
                    "[\"isthmus\",\"" + FakeServer.B + "\",{\"T\":{\"" + FakeServer.B
                            + "\":{\"insert\":{\"name\":\"b\"}}}}]");
            return "[{\"rows\":[]}]";
        });

        database.refresh(budget());

        assertEquals(List.of("a", "b"), names(database));
        assertEquals("b", hints.remove().after().orElseThrow().text("name"));
    }

    @Test
    void theServersEchoIsAnswered() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());

        server.say("{\"method\":\"echo\",\"params\":[\"you there?\"],\"id\":\"echo\"}");

        JsonNode answer = server.heard("answer");
        assertEquals("echo", answer.get("id").asText());
        assertEquals("you there?", answer.get("result").get(0).asText());
        assertTrue(answer.get("error").isNull());
    }

    @Test
    void aQuietServerIsAskedWhetherItIsThere() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());

        assertEquals("echo", server.heard("echo").get("method").asText());

        assertEquals(1, server.accepted());
    }

    @Test
    void afterABreakItGoesOnWhereItWas() throws Exception {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        assertEquals(
                "00000000-0000-0000-0000-000000000000",
                server.heard("monitor_cond_since").get("params").get(3).asText());
        server.notify(
                "update3",
                "[\"isthmus\",\"" + FakeServer.B + "\",{\"T\":{\"" + FakeServer.B
                        + "\":{\"insert\":{\"name\":\"b\"}}}}]");
        awaitName(database, "b");
        server.monitorSince(params ->
                "[true,\"" + FakeServer.B + "\",{\"T\":{\"" + FakeServer.A + "\":{\"modify\":{\"name\":\"c\"}}}}]");

        server.hangUp();
        awaitName(database, "c");

        assertEquals(
                FakeServer.B,
                server.heard("monitor_cond_since").get("params").get(3).asText());
        assertEquals(List.of("b", "c"), names(database));
    }

    @Test
    void aServerThatForgotDumpsEverythingAnew() throws Exception {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        server.monitorSince(params ->
                "[false,\"" + FakeServer.B + "\",{\"T\":{\"" + FakeServer.B + "\":{\"initial\":{\"name\":\"new\"}}}}]");

        server.hangUp();
        awaitName(database, "new");

        assertEquals(List.of("new"), names(database));
    }

    @Test
    void aRequestInFlightAtABreakIsUnavailableAndNotSentAgain() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        AtomicInteger times = new AtomicInteger();
        server.transact(params -> {
            times.incrementAndGet();
            server.hangUp();
            return null;
        });

        assertEquals(Kind.UNAVAILABLE, failure(database).kind());
        server.transact(params -> "[{\"rows\":[]}]");
        database.refresh(budget());

        assertEquals(1, times.get());
    }

    @Test
    void anOldServerIsFollowedByTheOldMethods() throws Exception {
        FakeServer server = server().monitorSince(params -> {
                    throw new FakeServer.Refusal("unknown method");
                })
                .monitorCond(params -> "{\"T\":{\"" + FakeServer.A + "\":{\"initial\":{\"name\":\"two\"}}}}");
        Database database = database(QUICK, server);
        database.refresh(budget());
        assertEquals(List.of("two"), names(database));
        server.notify("update2", "[\"isthmus\",{\"T\":{\"" + FakeServer.A + "\":{\"modify\":{\"name\":\"three\"}}}}]");
        awaitName(database, "three");

        server.monitorCond(params -> {
            throw new FakeServer.Refusal("unknown method");
        });
        server.monitor(params -> "{\"T\":{\"" + FakeServer.A + "\":{\"new\":{\"name\":\"one\"}}}}");
        server.hangUp();
        awaitName(database, "one");

        server.notify("update", "[\"isthmus\",{\"T\":{\"" + FakeServer.A + "\":{\"new\":{\"name\":\"last\"}}}}]");
        awaitName(database, "last");
    }

    @Test
    void ofAClusterTheLeaderIsFound() {
        FakeServer follower = server().clustered(false);
        FakeServer leader = server().clustered(true);
        leader.transact(params -> "[{\"rows\":[\"from the leader\"]}]");
        Database database = database(QUICK, follower, leader);

        Outcome outcome = database.transact(Transaction.barrier("T"), budget());

        assertEquals(
                "from the leader",
                assertInstanceOf(Outcome.Committed.class, outcome)
                        .results()
                        .at("/0/rows/0")
                        .asText());
    }

    @Test
    void whenLeadershipMovesSoDoesTheConnection() throws Exception {
        FakeServer first = server().clustered(true);
        FakeServer second = server().clustered(false);
        second.monitorSince(params -> "[false,\"" + FakeServer.B + "\",{\"T\":{\"" + FakeServer.B
                + "\":{\"initial\":{\"name\":\"second\"}}}}]");
        Database database = database(QUICK, first, second);
        database.refresh(budget());

        second.lead(true);
        first.lead(false);
        awaitName(database, "second");

        database.refresh(budget());
        assertEquals(List.of("second"), names(database));
    }

    @Test
    void aClusterWithoutLeaderIsSaidToBeThat() throws Exception {
        FakeServer one = server().clustered(false);
        FakeServer two = server().clustered(false);
        Database database = database(patient(300), one, two);

        DriverException failure = failure(database);

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertTrue(failure.getMessage().contains("does not lead"), failure::getMessage);
        assertTrue(database.leaderless());
    }

    @Test
    void anAbsentServerIsUnavailableAtOnceAndFoundWhenItComes() {
        FakeServer server = new FakeServer();
        int port = server.port();
        server.close();
        Database database = database(QUICK, server);
        long before = System.nanoTime();

        assertEquals(
                Kind.UNAVAILABLE,
                assertThrows(DriverException.class, () -> database.refresh(Budget.of(Duration.ofMillis(300))))
                        .kind());

        assertTrue(Duration.ofNanos(System.nanoTime() - before).toSeconds() < 3);
        open.add(new FakeServer(port));
        database.refresh(budget());
        assertEquals(List.of("a"), names(database));
    }

    @Test
    void aServerThatSpeaksSomethingElseIsBroken() {
        for (String greeting : List.of("220 mail.example ESMTP\r\n", "{\"hello\":\"world\"}", "{]}", "[\"a\"]")) {
            Database database = database(patient(300), server().greeting(greeting));

            assertEquals(Kind.BROKEN, failure(database).kind(), greeting);
        }
    }

    @Test
    void aServerWhoseDumpMakesNoSenseIsBroken() {
        for (String dump : List.of(
                "7",
                "[]",
                "[false,\"x\",{\"Unasked\":{}}]",
                "[true,\"x\",{\"T\":{\"" + FakeServer.A + "\":{\"modify\":{\"name\":\"b\"}}}}]",
                "[false,\"x\",{\"T\":{\"" + FakeServer.A + "\":{\"initial\":{\"name\":true}}}}]")) {
            Database database = database(patient(300), server().monitorSince(params -> dump));

            assertEquals(Kind.BROKEN, failure(database).kind(), dump);
        }
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() {
        FakeServer server = server().schema(params -> null);
        Database database = database(patient(1500), server);

        assertEquals(Kind.UNAVAILABLE, failure(database).kind());

        assertTrue(server.accepted() > 1, "it was tried again");
    }

    @Test
    void aServerThatFallsSilentIsLeftAndFoundAgain() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());

        server.deaf(true);
        DriverException failure = failure(database);
        server.deaf(false);
        database.refresh(budget());

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertTrue(failure.getMessage().contains("silent"), failure::getMessage);
    }

    @Test
    void aServerThatTakesNothingIsLeftThoughTheWriterIsStuck() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        server.transact(params -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "[]";
        });
        Transaction large = new Transaction();
        large.insert("T", Transaction.row().put("name", "x".repeat(20_000_000)));

        assertThrows(DriverException.class, () -> database.transact(large, Budget.of(Duration.ofMillis(100))));
        assertThrows(DriverException.class, () -> database.transact(large, Budget.of(Duration.ofSeconds(1))));
        server.transact(params -> "[{\"rows\":[]}]");

        database.refresh(budget());
        end.countDown();
    }

    @Test
    void aServerThatTalksWithoutEndIsBroken() {
        FakeServer server = server();
        Database database = database(patient(), server);
        database.refresh(budget());
        server.transact(params -> {
            server.say("{\"a\":\"");
            String much = "x".repeat(1 << 20);
            for (int sent = 0; sent <= Session.LARGEST; sent += much.length()) {
                server.say(much);
            }
            return null;
        });

        assertEquals(Kind.BROKEN, failure(database).kind());
    }

    @Test
    void aServerThatOnlyAsksIsLeftWhenItTakesNoAnswers() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());
        server.transact(params -> {
            // in the thread that reads our answers: they pile up
            String echo = "{\"method\":\"echo\",\"params\":[\"" + "x".repeat(60_000) + "\"],\"id\":\"echo\"}";
            for (int i = 0; i < 3000; i++) {
                server.say(echo);
            }
            return null;
        });

        assertEquals(Kind.UNAVAILABLE, failure(database).kind());
    }

    @Test
    void aServerThatStopsAnsweringDoesNotHoldACallForLong() {
        FakeServer server = server().transact(params -> null);
        Database database = database(QUICK, server);
        long before = System.nanoTime();

        DriverException failure =
                assertThrows(DriverException.class, () -> database.refresh(Budget.of(Duration.ofMillis(400))));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertTrue(Duration.ofNanos(System.nanoTime() - before).toSeconds() < 3);
    }

    @Test
    void aDatabaseTooOldIsNamedAsSuch() {
        Database database = database(
                patient(300), server().schema(params -> "{\"version\":\"0.1.0\",\"tables\":{\"T\":{\"columns\":{}}}}"));

        DriverException failure = failure(database);

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertTrue(failure.getMessage().contains("T.name"), failure::getMessage);
    }

    @Test
    void anAnswerNobodyWaitsForAndAForeignNotificationAreIgnored() {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());

        server.say("{\"id\":4711,\"result\":{},\"error\":null}");
        server.notify("locked", "[\"x\"]");
        server.notify("update3", "[\"somebody-elses\",\"x\",{\"Unasked\":7}]");
        database.refresh(budget());

        assertEquals(1, server.accepted());
    }

    @Test
    void refusalsBecomeWhatTheHostUnderstands() {
        FakeServer server = server();
        Database database = database(QUICK, server);

        assertInstanceOf(Outcome.Overtaken.class, outcome(server, database, "timed out"));
        assertInstanceOf(Outcome.Overtaken.class, outcome(server, database, "constraint violation"));
        assertEquals(Kind.DENIED, refused(server, database, "permission error"));
        assertEquals(Kind.UNAVAILABLE, refused(server, database, "cluster error"));
        assertEquals(Kind.BROKEN, refused(server, database, "syntax error"));
        server.transact(params -> "{}");
        assertEquals(Kind.BROKEN, failure(database).kind());
        server.transact(params -> {
            throw new FakeServer.Refusal("unknown database");
        });
        assertEquals(Kind.UNAVAILABLE, failure(database).kind());
    }

    private static Outcome outcome(FakeServer server, Database database, String error) {
        server.transact(params -> "[{},{\"error\":\"" + error + "\",\"details\":\"why\"},null]");
        return database.transact(Transaction.barrier("T"), budget());
    }

    private static Kind refused(FakeServer server, Database database, String error) {
        return assertThrows(DriverException.class, () -> outcome(server, database, error))
                .kind();
    }

    @Test
    void aClosedDatabaseAnswersAtOnceAndItsThreadsEnd() throws Exception {
        FakeServer server = server();
        Database database = database(QUICK, server);
        database.refresh(budget());

        database.close();
        database.close();

        assertEquals(Kind.UNAVAILABLE, failure(database).kind());
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("ovsdb-D")) {
                thread.join(TimeUnit.SECONDS.toMillis(5));
                assertFalse(thread.isAlive(), thread::getName);
            }
        }
    }
}
