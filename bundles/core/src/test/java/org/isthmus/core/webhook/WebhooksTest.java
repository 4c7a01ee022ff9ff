// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.event.Event;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.webhook.Webhooks.ChangeWebhook;
import org.isthmus.api.webhook.Webhooks.CreateWebhook;
import org.isthmus.api.webhook.Webhooks.DeleteWebhook;
import org.isthmus.api.webhook.Webhooks.State;
import org.isthmus.api.webhook.Webhooks.WebhookCreated;
import org.isthmus.api.webhook.Webhooks.WebhookView;
import org.isthmus.core.House;
import org.isthmus.core.RowStore;
import org.isthmus.core.TxAround;
import org.isthmus.core.outward.Block;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.outward.Reach;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deliveries to real servers, over real connections; the clock is set by hand. */
@Timeout(60)
final class WebhooksTest {
    private static final Ref ACME = new Ref("acme");
    private static final Ref HOOK = new Ref("hook");
    private static final Secret SECRET = new Secret("a secret of the test");
    private static final Policy POLICY = new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of());
    private static final Settings LOCAL =
            new Settings(new Reach(true, List.of(Block.of("127.0.0.0/8"))), Duration.ofSeconds(20));

    private static final Seal MARKED = new Seal() {
        @Override
        public String seal(Secret secret, String place) {
            return place + "|" + new StringBuilder(secret.reveal()).reverse();
        }

        @Override
        public Secret open(String text, String place) {
            assertTrue(text.startsWith(place + "|"), "sealed elsewhere");
            return new Secret(new StringBuilder(text.substring(place.length() + 1))
                    .reverse()
                    .toString());
        }
    };

    private final House house = new House("webhooks");
    private final Receiver receiver = Receiver.https();
    private final Caller ada;
    private final Caller bob;
    private final List<CommandHandler<?, ?>> handlers;
    private CoreWebhooks webhooks;

    WebhooksTest() {
        house.access.organization("acme", POLICY);
        house.access.organization("globex", POLICY);
        ada = house.access.user("ada", "acme");
        bob = house.access.user("bob", "acme");
        webhooks = courier("one", house.database.tx(), LOCAL, WebhooksTest::here);
        handlers = webhooks.handlers();
        handlers.forEach(house.gate::add);
    }

    @AfterEach
    void close() {
        webhooks.close();
        receiver.close();
        house.close();
    }

    private static InetAddress[] here(String host) throws UnknownHostException {
        return InetAddress.getAllByName("127.0.0.1");
    }

    private CoreWebhooks courier(String holder, Tx tx, Settings settings, Outward.Names names) {
        return courier(holder, tx, settings, names, Receiver.trusting());
    }

    private CoreWebhooks courier(
            String holder, Tx tx, Settings settings, Outward.Names names, SSLSocketFactory trusting) {
        return new CoreWebhooks(
                new CoreWebhooks.Given(
                        tx,
                        house.clock,
                        house.ids,
                        house.database.leases(),
                        holder,
                        house.swaps,
                        house.stream,
                        house.events,
                        () -> MARKED,
                        new SecureRandom()),
                settings,
                new Outward(settings.reach(), names, () -> trusting));
    }

    private void instead(Settings settings, Outward.Names names) {
        webhooks.close();
        webhooks = courier("one", house.database.tx(), settings, names);
    }

    private WebhookCreated create(String name, String url, String... events) {
        WebhookCreated made = house.gate
                .submit(ada, new CreateWebhook(ACME, new Name(name), url, Optional.of(SECRET), List.of(events), true))
                .result();
        house.stream.runOnce();
        return made;
    }

    private void happens(String... types) {
        for (String type : types) {
            house.database
                    .tx()
                    .execute(() -> house.events.append(
                            house.clock.instant(),
                            ada.organization(),
                            type,
                            new Subject("server", "srv_1"),
                            Map.of("z", "last", "a", "first")));
            house.stream.runOnce();
        }
    }

    private void goesOn() {
        webhooks.runOnce();
        house.stream.runOnce();
    }

    private void goesOnAfter(Duration time) {
        house.clock.advance(time);
        goesOn();
    }

    private WebhookView shown() {
        return webhooks.get(ada, ACME, HOOK);
    }

    private List<String> told() {
        return house.stream.after(ada, 0, 1000, Duration.ZERO).stream()
                .map(Event::type)
                .toList();
    }

    @Test
    void eventsArriveInOrderEachOnceAndNoneOfBefore() {
        happens("server.before");
        create("hook", receiver.url(), "server.*");

        happens("server.started", "network.created", "server.stopped");
        goesOn();
        goesOn();

        assertEquals(List.of("server.started 1", "server.stopped 1"), receiver.events());
        assertEquals(State.ACTIVE, shown().state());
        assertEquals("server.stopped", shown().lastDelivery().orElseThrow().type());
        assertEquals(Optional.of(204), shown().lastDelivery().orElseThrow().status());
    }

    @Test
    void whatArrivesIsTheEventAsItIsStreamed() throws IOException {
        create("hook", receiver.url(), "server.started");
        happens("server.started");
        Event event = house.stream.after(ada, 0, 10, Duration.ZERO).get(1);
        goesOn();

        JsonNode body = new ObjectMapper().readTree(receiver.taken.get(0).body());
        assertEquals("/in?from=isthmus", receiver.taken.get(0).path());
        assertEquals(event.id().value(), receiver.taken.get(0).delivery());
        assertEquals(
                "{\"id\":\"" + event.id() + "\",\"sequence\":" + event.sequence() + ",\"organization\":\""
                        + ada.organization() + "\",\"type\":\"server.started\",\"subject\":{\"kind\":\"server\",\"id\":"
                        + "\"srv_1\"},\"at\":\"2026-11-23T12:00:00Z\",\"data\":{\"a\":\"first\",\"z\":\"last\"}}",
                body.toString());
    }

    /** As RFC 2104 has it, out of nothing but SHA-256. */
    private static String hmac(String key, byte[] text) throws GeneralSecurityException {
        byte[] inner = new byte[64];
        byte[] outer = new byte[64];
        Arrays.fill(inner, (byte) 0x36);
        Arrays.fill(outer, (byte) 0x5c);
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            inner[i] ^= bytes[i];
            outer[i] ^= bytes[i];
        }
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        sha.update(inner);
        byte[] first = sha.digest(text);
        sha.update(outer);
        return HexFormat.of().formatHex(sha.digest(first));
    }

    @Test
    void theSignatureIsThatOfTheTimeAndTheBody() throws GeneralSecurityException {
        create("hook", receiver.url(), "server.*");
        happens("server.started");
        goesOn();

        Receiver.Taken taken = receiver.taken.get(0);
        long seconds = house.clock.instant().getEpochSecond();
        byte[] text = (seconds + "." + taken.body()).getBytes(StandardCharsets.UTF_8);
        assertEquals("t=" + seconds + ",v1=" + hmac(SECRET.reveal(), text), taken.signature());
    }

    @Test
    void anAnswerThatIsNoSuccessIsTriedAgainAndNothingOvertakesIt() {
        create("hook", receiver.url(), "server.*");
        receiver.answers(Receiver.status(500));
        happens("server.started", "server.stopped");

        goesOn();
        goesOn();
        assertEquals(List.of("server.started 1"), receiver.events(), "not at once");
        assertEquals(State.FAILING, shown().state());
        assertEquals(
                Optional.of("Answered 500: not now"),
                shown().lastDelivery().orElseThrow().error());
        goesOnAfter(Duration.ofSeconds(10));
        receiver.answers(Receiver.status(200));
        goesOnAfter(Duration.ofSeconds(20));

        assertEquals(
                List.of("server.started 1", "server.started 2", "server.started 3", "server.stopped 1"),
                receiver.events());
        assertEquals(
                1,
                receiver.taken.stream()
                        .limit(3)
                        .map(Receiver.Taken::delivery)
                        .distinct()
                        .count());
        assertEquals(State.ACTIVE, shown().state());
        assertEquals(0, shown().failures());
    }

    @Test
    void itIsTriedForADayEverMoreRarelyThenSuspendedAndGoesOnWhereItWas() {
        create("hook", receiver.url(), "server.*");
        receiver.answers(Receiver.status(503));
        happens("server.started");
        goesOn();
        for (int attempt = 1; shown().state() == State.FAILING; attempt++) {
            goesOnAfter(Courier.again(attempt));
        }

        WebhookView suspended = shown();
        assertEquals(State.SUSPENDED, suspended.state());
        assertTrue(suspended.reason().orElseThrow().contains("since 2026-11-23T12:00:00Z"), suspended::toString);
        assertTrue(receiver.taken.size() > 24 && receiver.taken.size() < 40, () -> receiver.taken.size() + " attempts");
        assertTrue(told().contains("webhook.suspended"));
        assertEquals(
                List.of(ada.user().orElseThrow().value()),
                house.stream.after(ada, 0, 1000, Duration.ZERO).stream()
                        .filter(event -> event.type().equals("webhook.suspended"))
                        .map(event -> event.data().get("owner"))
                        .toList());
        receiver.answers(Receiver.status(200));
        happens("server.stopped");
        receiver.taken.clear();
        goesOnAfter(Duration.ofDays(1));
        assertEquals(List.of(), receiver.events(), "nothing while it is suspended");

        resume(ada, suspended.version());
        goesOn();

        assertEquals(List.of("server.started 1", "server.stopped 1"), receiver.events());
    }

    private WebhookView resume(Caller caller, long version) {
        return house.gate
                .submit(
                        caller,
                        new ChangeWebhook(
                                ACME,
                                HOOK,
                                version,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()))
                .result();
    }

    @Test
    void aRedirectionIsNotFollowed() {
        try (Receiver inside = Receiver.https()) {
            create("hook", receiver.url(), "server.*");
            receiver.answers(Receiver.status(307, "Location", inside.url()));
            happens("server.started");

            goesOn();

            assertEquals(List.of(), inside.events());
            assertEquals(
                    Optional.of("Answered 307 (redirections are not followed): not now"),
                    shown().lastDelivery().orElseThrow().error());
        }
    }

    @Test
    void whoDoesNotTakeConnectionsIsToldSo() {
        String url = receiver.url();
        receiver.close();
        create("hook", url, "server.*");
        happens("server.started");

        goesOn();

        assertEquals(
                Optional.of("Nobody takes connections there."),
                shown().lastDelivery().orElseThrow().error());
        assertEquals(Optional.empty(), shown().lastDelivery().orElseThrow().status());
    }

    @Test
    void whoAnswersALetterAtATimeIsNotWaitedForLongerThanTheTimeout() throws Exception {
        instead(new Settings(LOCAL.reach(), Duration.ofSeconds(1)), WebhooksTest::here);
        CountDownLatch over = new CountDownLatch(1);
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> trickle = CompletableFuture.runAsync(() -> {
                try (Socket socket = server.accept()) {
                    while (!over.await(50, TimeUnit.MILLISECONDS)) {
                        socket.getOutputStream().write('H');
                    }
                } catch (IOException | InterruptedException e) {
                    // the other side went away: that is what is tested
                    over.countDown();
                }
            });
            create("hook", "http://" + Receiver.NAME + ":" + server.getLocalPort() + "/", "server.*");
            happens("server.started");

            goesOn();

            assertEquals(
                    Optional.of("There was no answer within 1.0 seconds."),
                    shown().lastDelivery().orElseThrow().error());
            over.countDown();
            trickle.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aCertificateOfAnotherNameOrOfNobodyKnownIsRefused() {
        String other = receiver.url().replace(Receiver.NAME, "other.example.org");
        create("hook", other, "server.*");
        happens("server.started");
        goesOn();
        String wrongName = shown().lastDelivery().orElseThrow().error().orElseThrow();
        webhooks.close();
        webhooks = courier("one", house.database.tx(), LOCAL, WebhooksTest::here, (SSLSocketFactory)
                SSLSocketFactory.getDefault());
        goesOnAfter(Duration.ofMinutes(1));

        assertTrue(wrongName.startsWith("No encrypted connection came about: "), wrongName);
        assertEquals(List.of(), receiver.events());
        assertEquals(2, shown().failures());
    }

    @Test
    void addressesInsideAreRefusedWhateverTheirNamesMeant() throws IOException {
        try (Receiver plain = Receiver.http()) {
            AtomicInteger asked = new AtomicInteger();
            // the first answer is for whoever checks, all others are for whoever connects
            instead(new Settings(new Reach(true, List.of()), Duration.ofSeconds(5)), host -> {
                return InetAddress.getAllByName(asked.getAndIncrement() == 0 ? "192.0.2.1" : "127.0.0.1");
            });
            create("hook", plain.url(), "server.*");
            happens("server.started");

            goesOn();
            goesOnAfter(Duration.ofMinutes(1));

            assertEquals(
                    Optional.of("The address is not on the public Internet, and the platform has not allowed its"
                            + " network."),
                    shown().lastDelivery().orElseThrow().error());
            assertEquals(2, asked.get(), "asked once an attempt, and what was checked is what is connected to");
            assertEquals(List.of(), plain.events());
        }
    }

    @Test
    void addressesThatAreNoneAreRefusedWhenTheyAreSet() {
        CoreWebhooks strict = courier("strict", house.database.tx(), Settings.DEFAULT, WebhooksTest::here);
        handlers.forEach(house.gate::remove);
        strict.handlers().forEach(house.gate::add);
        for (String url : List.of(
                "http://example.org/",
                "ftp://example.org/",
                "https://user:password@example.org/",
                "https://example.org/#part",
                "https:///nowhere",
                "https://exa mple.org/",
                "https://example.org:99999/",
                "example.org")) {
            ProblemException refused = assertThrows(ProblemException.class, () -> create("hook", url));
            assertEquals(Problem.MALFORMED, refused.type(), url);
        }
    }

    @Test
    void aWebhookDiesWithItsOwnersRightAndBelongsToWhoChangesIt() {
        create("hook", receiver.url(), "server.*");
        house.access.take(ada, Action.EVENT_READ);
        happens("server.started");

        goesOn();

        WebhookView dead = webhooks.get(bob, ACME, HOOK);
        assertEquals(State.SUSPENDED, dead.state());
        assertEquals(Optional.of("Its owner ada@acme has lost the right event.read."), dead.reason());
        assertEquals(List.of(), receiver.events());
        assertEquals(
                Problem.FORBIDDEN,
                assertThrows(ProblemException.class, () -> resume(ada, dead.version()))
                        .type());

        assertEquals("bob@acme", resume(bob, dead.version()).owner());
        goesOn();
        assertEquals(List.of("server.started 1"), receiver.events());
    }

    @Test
    void theSecretIsSealedAndShownOnce() {
        WebhookCreated made = house.gate
                .submit(
                        ada,
                        new CreateWebhook(ACME, new Name("hook"), receiver.url(), Optional.empty(), List.of(), true))
                .result();
        assertTrue(made.secret().reveal().length() > 40);
        RowStore rows = new RowStore(house.database.tx(), house.database.entityManagerFactory("core"));

        String kept = house.database
                .tx()
                .read(() -> rows.query("select secret from whk_webhook", row -> row.getString(1)))
                .get(0);
        assertFalse(kept.contains(made.secret().reveal()), kept);
        assertFalse(
                webhooks.get(ada, ACME, HOOK).toString().contains(made.secret().reveal()));
        assertFalse(made.toString().contains(made.secret().reveal()));
        house.stream.runOnce();
        assertFalse(house.stream
                .after(ada, 0, 10, Duration.ZERO)
                .toString()
                .contains(made.secret().reveal()));
    }

    @Test
    void whoIsKilledAfterADeliveryDeliversItAgainAndLosesNothing() {
        create("hook", receiver.url(), "server.*");
        happens("server.started", "server.stopped");
        TxAround dying = new TxAround(house.database.tx()) {
            @Override
            public <R, X extends Exception> R retrying(Work<R, X> work) throws X {
                throw new IllegalStateException("killed");
            }
        };
        try (CoreWebhooks killed = courier("killed", dying, LOCAL, WebhooksTest::here)) {
            killed.runOnce();
        }
        assertEquals(List.of("server.started 1"), receiver.events());

        // nobody gave the lease back
        goesOnAfter(Duration.ofMinutes(2));

        assertEquals(List.of("server.started 1", "server.started 1", "server.stopped 1"), receiver.events());
        assertEquals(receiver.taken.get(0).delivery(), receiver.taken.get(1).delivery());
    }

    @Test
    void oneOfSeveralControllersDelivers() throws Exception {
        create("hook", receiver.url(), "server.*");
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        receiver.answers(exchange -> {
            arrived.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Receiver.status(200).answer(exchange);
        });
        happens("server.started");
        CompletableFuture<Void> first = CompletableFuture.runAsync(webhooks::runOnce);
        arrived.await();
        try (CoreWebhooks other = courier("other", house.database.tx(), LOCAL, WebhooksTest::here)) {
            other.runOnce();
            assertEquals(1, receiver.taken.size(), "the other waits for its lease");

            // and takes over when the first one seems to be gone
            house.clock.advance(Duration.ofMinutes(2));
            receiver.answers(Receiver.status(200));
            other.runOnce();
            assertEquals(2, receiver.taken.size());
            long done = shown().delivered();
            goOn.countDown();
            first.get(20, TimeUnit.SECONDS);

            assertEquals(done, shown().delivered());
            assertEquals(
                    house.clock.instant(), shown().lastDelivery().orElseThrow().at(), "the late one wrote nothing");
            other.runOnce();
        }
        assertEquals(2, receiver.taken.size());
    }

    @Test
    void whatNobodyWantsMovesTheCursorNowAndThenOnly() {
        create("hook", receiver.url(), "server.started");
        long before = shown().delivered();
        happens("server.stopped", "server.stopped");
        goesOn();
        assertEquals(before, shown().delivered());
        house.database.tx().execute(() -> {
            for (int i = 0; i < 1000; i++) {
                house.events.append(
                        house.clock.instant(),
                        ada.organization(),
                        "server.stopped",
                        new Subject("server", "x"),
                        Map.of());
            }
        });
        house.stream.runOnce();

        goesOn();

        assertEquals(house.stream.newest(), shown().delivered());
    }

    @Test
    void oneThatIsDisabledDeliversLaterAndOneThatIsDeletedNever() {
        WebhookView made = create("hook", receiver.url(), "server.*").webhook();
        WebhookView off = enabled(made.version(), false);
        assertEquals(State.DISABLED, off.state());
        happens("server.started");
        goesOn();
        assertEquals(List.of(), receiver.events());
        enabled(off.version(), true);
        goesOn();
        assertEquals(List.of("server.started 1"), receiver.events());

        happens("server.stopped");
        house.gate.submit(ada, new DeleteWebhook(ACME, HOOK));
        goesOn();

        assertEquals(List.of("server.started 1"), receiver.events());
        assertEquals(List.of(), webhooks.list(ada, ACME, Query.all()).items());
    }

    private WebhookView enabled(long version, boolean enabled) {
        return house.gate
                .submit(
                        ada,
                        new ChangeWebhook(
                                ACME,
                                HOOK,
                                version,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(enabled)))
                .result();
    }

    @Test
    void aNameIsOfOneAndAnotherOrganizationSeesNothing() {
        create("hook", receiver.url());
        Caller eve = house.access.user("eve", "globex");

        assertEquals(
                Problem.NAME_TAKEN,
                assertThrows(ProblemException.class, () -> create("hook", receiver.url()))
                        .type());
        assertEquals(
                List.of(), webhooks.list(eve, new Ref("globex"), Query.all()).items());
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(ProblemException.class, () -> webhooks.get(eve, new Ref("globex"), HOOK))
                        .type());
        assertEquals(Optional.of("1 webhook"), webhooks.stillOwned(ada.organization()));
        house.database
                .tx()
                .execute(() -> house.events.append(
                        house.clock.instant(),
                        eve.organization(),
                        "server.secret",
                        new Subject("server", "x"),
                        Map.of()));
        house.stream.runOnce();
        goesOn();
        assertEquals(List.of("webhook.created 1"), receiver.events(), "its own only");
    }
}
