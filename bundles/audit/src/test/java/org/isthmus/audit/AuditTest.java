// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog.Kind;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.audit.merkle.Verifier;
import org.isthmus.audit.note.NoteVerifier;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.store.ClockSteps;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The services as others see them, sequenced by hand: the component's own thread is not started. */
final class AuditTest {
    private final Desk desk = new Desk();

    @TempDir
    private Path directory;

    private Audit audit;
    private Duration setBy = Duration.ZERO;

    @BeforeEach
    void open() {
        audit = component();
        audit.bindAccess(new FakeAccess(desk), Map.of());
    }

    private Audit component() {
        return component("k");
    }

    private Audit component(String key) {
        return component(key, desk.tx);
    }

    private Audit component(String key, Tx tx) {
        return new Audit(
                tx,
                desk.database.leases(),
                desk.clock,
                desk.ids,
                new Settings(
                        "test/log", directory.resolve(key + ".p12"), directory.resolve(key + ".password"), 1000, 3));
    }

    @AfterEach
    void close() {
        desk.close();
    }

    private Query query(Map<String, String> equal, int limit, Optional<String> cursor) {
        return new Query(equal, Optional.empty(), new Page.Request(limit, cursor));
    }

    private List<EntryView> bakery(Map<String, String> equal) {
        return audit.entries(desk.ann(), Ref.of(desk.bakery), query(equal, 1000, Optional.empty()))
                .items();
    }

    @Test
    void anEntryIsShownAtOnceAndWithItsPlaceAfterItWasSequenced() {
        audit.append(desk.attempt(desk.bakery));
        EntryView waiting = bakery(Map.of()).get(0);
        assertEquals(Optional.empty(), waiting.index());

        desk.sequencer.runOnce();
        EntryView placed = bakery(Map.of()).get(0);

        assertEquals(Optional.of(0L), placed.index());
        assertEquals(Optional.of(0L), placed.organizationIndex());
        assertEquals(waiting.id(), placed.id());
        assertEquals("ann@bakery", placed.actor());
        assertEquals("192.0.2.7", placed.address());
        assertEquals(new Subject("server", "web-1"), placed.subject());
        assertEquals(Map.of("name", "web-1"), placed.data());
        assertEquals(waiting.at(), placed.at());
        assertEquals(Kind.ATTEMPT, placed.kind());
    }

    @Test
    void anEntryThatGetsItsPlaceWhileTheLogIsReadIsShown() {
        audit.append(desk.attempt(desk.bakery));
        AtomicInteger queries = new AtomicInteger();
        Audit meanwhile = component("k", afterEachQuery(desk.tx, () -> {
            if (queries.incrementAndGet() == 1) {
                // on another thread: on this one it would be in the reader's transaction
                CompletableFuture.runAsync(desk.sequencer::runOnce).join();
            }
        }));
        meanwhile.bindAccess(new FakeAccess(desk), Map.of());

        Page<EntryView> page = meanwhile.entries(
                desk.ann(), Ref.of(desk.bakery), query(Map.of("kind", "attempt"), 10, Optional.empty()));

        assertEquals(1, page.items().size());
        assertTrue(queries.get() > 1, "it was read in several queries");
    }

    /** Transactions in which something happens after each query for entries. */
    private static Tx afterEachQuery(Tx tx, Runnable happens) {
        return watched(
                Tx.class,
                tx,
                (method, given, connection) -> !method.equals("connection")
                        ? connection
                        : watched(
                                Connection.class,
                                (Connection) connection,
                                (prepare, sql, statement) -> !isQuery(sql)
                                        ? statement
                                        : watched(
                                                PreparedStatement.class,
                                                (PreparedStatement) statement,
                                                (end, none, result) -> {
                                                    if (end.equals("close")) {
                                                        happens.run();
                                                    }
                                                    return result;
                                                })));
    }

    private static boolean isQuery(Object... given) {
        return given != null
                && given.length > 0
                && String.valueOf(given[0]).matches("select .* from aud_(entry|pending) .*");
    }

    private interface Answer {
        Object to(String method, Object[] given, Object result);
    }

    private static <T> T watched(Class<T> type, T real, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                AuditTest.class.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
                    try {
                        return answer.to(method.getName(), given, method.invoke(real, given));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Test
    void readingIsItselfAnEntry() {
        bakery(Map.of("actor", "ann@bakery"));

        EntryView reading = bakery(Map.of("action", "audit.read")).get(0);

        assertEquals("ann@bakery", reading.actor());
        assertEquals(Map.of("actor", "(given)"), reading.data(), "whom was looked for is not kept for ever");
    }

    @Test
    void pagesFollowEachOtherWithoutGapWhileEntriesCome() {
        desk.append(25, desk.bakery);
        desk.append(25, desk.brewery);
        desk.sequencer.runOnce();
        List<Long> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<EntryView> page =
                    audit.entries(desk.ann(), Ref.of(desk.bakery), query(Map.of("kind", "attempt"), 10, cursor));
            page.items().forEach(each -> each.organizationIndex().ifPresent(seen::add));
            cursor = page.next();
            desk.append(1, desk.brewery);
            desk.sequencer.runOnce();
        } while (cursor.isPresent());

        assertEquals(LongStream.range(0, 25).boxed().toList(), seen);
    }

    @Test
    void filtersFindWhatMatchesWaitingOrPlaced() {
        Subject thing = Subject.of("server", desk.ids.server());
        audit.append(Desk.fact(Kind.NOTE, desk.user("bob@bakery", desk.bakery), desk.bakery, thing, Map.of()));
        audit.append(desk.attempt(desk.bakery));
        for (int i = 0; i < 2; i++) {
            assertEquals(1, bakery(Map.of("actor", "bob@bakery")).size());
            assertEquals(1, bakery(Map.of("subject", thing.id())).size());
            assertEquals(1, bakery(Map.of("subject", "web-1")).size());
            assertEquals(1, bakery(Map.of("kind", "ATTEMPT")).size());
            assertEquals(2, bakery(Map.of("outcome", "PENDING")).size());
            assertEquals(
                    2,
                    bakery(Map.of("action", "server.deploy", "from", "2026-11-23T08:00:00Z"))
                            .size());
            assertEquals(0, bakery(Map.of("to", "2026-11-23T08:00:00Z")).size());
            assertEquals(0, bakery(Map.of("from", "9999-12-31T23:59:59Z")).size());
            assertEquals(
                    2,
                    bakery(Map.of("action", "server.deploy", "to", "2026-11-23T10:00:01+01:00"))
                            .size());
            desk.sequencer.runOnce();
        }
    }

    @Test
    void wrongFiltersAndCursorsAreNamed() {
        ProblemException thrown = assertThrows(
                ProblemException.class,
                () -> bakery(Map.of("colour", "red", "from", "yesterday", "kind", "GOSSIP", "outcome", "SUCCESS")));

        assertEquals(Problem.MALFORMED, thrown.type());
        assertEquals(
                List.of("colour", "from", "kind"),
                thrown.errors().stream()
                        .map(ProblemException.FieldError::pointer)
                        .toList());
        for (String cursor : List.of("!", "Zm9v")) {
            ProblemException wrong = assertThrows(
                    ProblemException.class,
                    () -> audit.entries(desk.ann(), Ref.of(desk.bakery), query(Map.of(), 10, Optional.of(cursor))));
            assertEquals("cursor", wrong.errors().get(0).pointer());
        }
    }

    @Test
    void othersEntriesAreNotThereAndLookingForThemIsAnEntry() {
        audit.append(desk.attempt(desk.brewery));
        desk.sequencer.runOnce();

        ProblemException list = assertThrows(
                ProblemException.class, () -> audit.entries(desk.ann(), Ref.of(desk.brewery), Query.first()));
        ProblemException leaf = assertThrows(ProblemException.class, () -> audit.leaf(desk.ann(), 0));
        ProblemException absent = assertThrows(ProblemException.class, () -> audit.leaf(desk.ann(), 99));

        assertEquals(Problem.NOT_FOUND, list.type());
        assertEquals(Problem.NOT_FOUND, leaf.type());
        assertEquals(
                absent.getMessage().replace("99", "0"), leaf.getMessage(), "another's leaf looks like an absent one");
        List<EntryView> refused = bakery(Map.of("kind", "REFUSED"));
        assertEquals(3, refused.size(), "another's leaf is audited like an absent one");
        assertEquals(refused.get(1).because(), refused.get(2).because());
        assertEquals("ann@bakery", refused.get(0).actor());
    }

    @Test
    void aMemberWithoutTheRightIsForbidden() {
        Caller clerk = desk.user("clerk@bakery", desk.bakery);

        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> audit.entries(clerk, Ref.of(desk.bakery), Query.first()))
                        .type());
        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> audit.checkpoint(clerk))
                        .type());
        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> audit.inclusionProof(clerk, 0, 1))
                        .type());
        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> audit.consistencyProof(clerk, 0, 0))
                        .type());
    }

    @Test
    void aCustomerProvesItsEntryWithTheCheckpointAndTheLeafAlone() {
        desk.append(40, desk.brewery);
        audit.append(desk.attempt(desk.bakery));
        desk.append(40, desk.brewery);
        desk.sequencer.runOnce();
        EntryView mine = bakery(Map.of("kind", "ATTEMPT")).get(0);

        String[] head = audit.checkpoint(desk.ann()).split("\n");
        long size = Long.parseLong(head[1]);
        byte[] leaf =
                Base64.getDecoder().decode(audit.leaf(desk.ann(), mine.index().orElseThrow()));
        List<byte[]> path = audit.inclusionProof(desk.ann(), 40, size).stream()
                .map(HexFormat.of()::parseHex)
                .toList();

        assertEquals(81, size);
        assertTrue(Verifier.inclusion(leaf, 40, size, path, Base64.getDecoder().decode(head[2])));
        assertTrue(new String(leaf, StandardCharsets.UTF_8).contains(mine.id().value()));
    }

    @Test
    void anEarlierCheckpointIsProvedToBeAPrefix() {
        desk.append(33, desk.bakery);
        desk.sequencer.runOnce();
        byte[] before = Verifier.root(desk.leaves());
        desk.append(70, desk.bakery);
        desk.sequencer.runOnce();

        List<byte[]> path = audit.consistencyProof(desk.ann(), 33, 103).stream()
                .map(HexFormat.of()::parseHex)
                .toList();

        assertTrue(Verifier.consistency(33, 103, before, Verifier.root(desk.leaves()), path));
    }

    @Test
    void proofsBeyondTheLogAreMalformed() {
        desk.append(2, desk.bakery);
        desk.sequencer.runOnce();

        assertEquals(
                "size",
                assertThrows(ProblemException.class, () -> audit.inclusionProof(desk.ann(), 0, 3))
                        .errors()
                        .get(0)
                        .pointer());
        assertEquals(
                "index",
                assertThrows(ProblemException.class, () -> audit.inclusionProof(desk.ann(), 2, 2))
                        .errors()
                        .get(0)
                        .pointer());
        assertEquals(
                "from",
                assertThrows(ProblemException.class, () -> audit.consistencyProof(desk.ann(), 2, 1))
                        .errors()
                        .get(0)
                        .pointer());
        assertEquals(
                "to",
                assertThrows(ProblemException.class, () -> audit.consistencyProof(desk.ann(), -1, 9))
                        .errors()
                        .get(0)
                        .pointer());
    }

    @Test
    void anEmptyLogHasACheckpointToo() {
        String[] head = audit.checkpoint(desk.ann()).split("\n");

        assertEquals("0", head[1]);
        assertEquals("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", head[2]);
    }

    @Test
    void anErasedPersonIsShownAsErased() {
        audit.append(desk.attempt(desk.bakery));
        desk.sequencer.runOnce();
        desk.erase("ann@bakery");

        EntryView entry = bakery(Map.of("kind", "ATTEMPT")).get(0);

        assertEquals("(erased)", entry.actor());
        assertEquals("(erased)", entry.address());
    }

    @Test
    void whoeverRunsItRecordsItsStartItsStopAndItsKey() {
        Audit running = component();
        running.bindAccess(new FakeAccess(desk), Map.of());
        running.start();
        running.stop();

        assertEquals(
                List.of("audit.start", "audit.stop"), desk.texts("select action from aud_entry order by position"));
        String start = new String(desk.leaves().get(0), StandardCharsets.UTF_8);
        String note = audit.checkpoint(desk.ann());
        String verifier = start.replaceAll(".*\"verifier\":\"([^\"]*)\".*", "$1");
        assertTrue(NoteVerifier.of(verifier).accepts(note));
        assertEquals("2", note.split("\n")[1]);
        assertTrue(running.report().get(0).up());
        assertFalse(running.report().get(0).needed());
        assertEquals(3, running.samples().size());
    }

    @Test
    void besideAnotherThatSignsWithAnotherKeyItDoesNotStart() {
        Audit first = component("first");
        first.bindAccess(new FakeAccess(desk), Map.of());
        first.start();
        first.stop();
        // a controller that lives: the first log's last checkpoint, and the lease
        Leases.Lease lives = desk.sequencer.hold().orElseThrow();

        String why = assertThrows(
                        IllegalStateException.class, () -> component("second").start())
                .getMessage();
        assertTrue(why.contains(directory.resolve("second.p12").toString()), why);
        Audit same = component("first");
        same.start();
        same.stop();

        // all are stopped: a new key may begin
        desk.sequencer.release(lives);
        Audit second = component("second");
        second.start();
        second.stop();
    }

    /** Entries of a log for which as much time passes as by its clock since then, but for what it was set by. */
    private OwnEntries own(Instant since) {
        return new OwnEntries(desk.intake, desk.clock, desk.signer, new ClockSteps(desk.clock, () -> passed(since)));
    }

    private long passed(Instant since) {
        return Duration.between(since, desk.clock.instant()).minus(setBy).toNanos();
    }

    @Test
    void aClockThatIsSetIsAnEntryAndTheLogGoesOnInItsOrder() {
        OwnEntries own = own(desk.clock.instant());
        Optional<OrganizationId> platform = Optional.of(desk.platform);
        own.round(() -> platform);
        desk.sequencer.runOnce();

        setBy = Duration.ofHours(-1);
        desk.clock.pass(setBy);
        own.round(() -> platform);
        own.round(() -> platform);
        desk.sequencer.runOnce();

        assertEquals(
                List.of("audit.start", "clock.step"), desk.texts("select action from aud_entry order by position"));
        assertTrue(
                new String(desk.leaves().get(1), StandardCharsets.UTF_8).contains("\"by\":\"PT-1H\""),
                () -> new String(desk.leaves().get(1), StandardCharsets.UTF_8));
    }

    @Test
    void anIdleLogShowsASignOfLifeEachHour() {
        OwnEntries own = own(desk.clock.instant());
        Optional<OrganizationId> platform = Optional.of(desk.platform);

        own.round(Optional::empty);
        own.round(() -> platform);
        own.round(() -> platform);
        desk.clock.pass(Duration.ofHours(1));
        own.round(() -> platform);
        own.round(() -> platform);

        assertEquals(List.of("audit.start", "audit.alive"), desk.texts("select action from aud_pending order by id"));
    }

    @Test
    void veryLongAndForgedTextsAreRecordedHarmlessly() {
        audit.append(Desk.fact(
                Kind.ATTEMPT,
                desk.user("x\r\ny".repeat(500), desk.bakery),
                desk.bakery,
                new Subject("server", "\ud83d" + "s".repeat(5000)),
                Map.of("k".repeat(500), "\"\\\n".repeat(20_000), "z", "last")));
        desk.sequencer.runOnce();

        EntryView entry = bakery(Map.of("kind", "ATTEMPT")).get(0);

        assertTrue(entry.actor().startsWith("x\\u000d\\u000ay"), entry.actor());
        assertEquals(300, entry.subject().id().length());
        assertTrue(entry.data().toString().length() < 10_000);
    }
}
