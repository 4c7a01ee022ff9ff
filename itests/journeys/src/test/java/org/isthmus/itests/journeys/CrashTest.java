// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Story 6: the whole controller is killed in the middle of its work, again and again, and nothing is lost, doubled or left
 * over. A seeded sample; {@code -Disthmus.whole=true} runs the loop whole, {@code -Disthmus.seed} repeats one.
 */
@Own
@ExtendWith(Journey.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrashTest {
    private static final boolean WHOLE = Boolean.getBoolean("isthmus.whole");
    private static final int ROUNDS = WHOLE ? 25 : 3;
    private static final long SEED = Long.getLong("isthmus.seed", 20_261_123L);
    private static final int NEW_SERVERS = 4;
    private static final int LATEST_KILL_MILLIS = 1500;
    private static final Duration CALM = Duration.ofSeconds(90);

    /** One thing that is asked for before the kill and, as its answer may be lost, again after it. */
    private record Wish(String method, String path, String body, String key) {
        Api.Request request(Api api) {
            Api.Request request = api.request(method, path);
            if (method.equals("POST")) {
                request.header("Idempotency-Key", key).body(body);
            }
            return request;
        }
    }

    private static Tenant tenant(Platform platform, Place place, String name) {
        return platform.tenant(name, Optional.of(Api.json("deploymentsPerDay", 10_000, "deletionGrace", "PT0S")))
                .furnished(place);
    }

    private static List<Wish> wishes(Tenant tenant, int round, Random random) {
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < NEW_SERVERS; i++) {
            String name = "s-" + round + "-" + i;
            wishes.add(new Wish(
                    "POST", tenant.path("/servers"), Tenant.server(name).toString(), "deploy " + name));
        }
        List<JsonNode> running = new ArrayList<>(tenant.all("/servers?state=RUNNING"));
        java.util.Collections.shuffle(running, random);
        for (int i = 0; i < Math.min(3, running.size()); i++) {
            String path = tenant.path("/servers/" + running.get(i).path("id").asText());
            wishes.add(
                    i < 2
                            ? new Wish("DELETE", path, "", "")
                            : new Wish("POST", path + "/resize", "{\"cpus\":2,\"memoryMiB\":256}", "resize " + round));
        }
        return wishes;
    }

    @Test
    void killedAgainAndAgainInTheMiddleOfDeploysAndDeletesEverythingIsFinishedOnce(Platform platform) {
        Controller controller = platform.controller();
        Random random = new Random(SEED);
        Place place = platform.place(
                "crash-place",
                Api.json(
                        "pendingSteps",
                        1,
                        "askAgainAfter",
                        "PT0.1S",
                        "faults",
                        List.of(
                                Map.of("on", "create", "delay", "PT0.15S"),
                                Map.of("on", "delete", "delay", "PT0.15S"),
                                Map.of("on", "ensurePort", "delay", "PT0.1S"))));
        Tenant tenant = tenant(platform, place, "crash");
        LocalDate day = LocalDate.now(ZoneOffset.UTC);

        for (int round = 0; round < ROUNDS; round++) {
            List<Wish> wishes = wishes(tenant, round, random);
            List<CompletableFuture<Answer>> under = wishes.stream()
                    .map(wish -> wish.request(tenant.admin()).sendAsync())
                    .toList();
            Waiting.pass(Duration.ofMillis(random.nextInt(LATEST_KILL_MILLIS)));
            controller.kill();
            List<Optional<Answer>> before =
                    under.stream().map(CrashTest::answer).toList();

            controller.start();
            for (int i = 0; i < wishes.size(); i++) {
                again(tenant, wishes.get(i), before.get(i));
            }
            agree(tenant, place, "seed " + SEED + ", round " + round);
            if (day.equals(LocalDate.now(ZoneOffset.UTC))) {
                assertEquals(
                        (round + 1) * NEW_SERVERS,
                        tenant.all("/limits").get(0).path("used").asInt(),
                        "every deployment was counted once");
            }
        }
    }

    /** The answer, or nothing when the kill came first. */
    static Optional<Answer> answer(CompletableFuture<Answer> future) {
        try {
            return Optional.of(future.join());
        } catch (CompletionException e) {
            if (e.getCause() instanceof AssertionError wrong) {
                throw wrong;
            }
            return Optional.empty();
        }
    }

    private static void again(Tenant tenant, Wish wish, Optional<Answer> before) {
        Answer answer = wish.request(tenant.admin()).send();
        if (wish.method().equals("POST")) {
            answer.must(202);
            // an answer that was given holds: the same operation, not another
            before.ifPresent(first -> assertEquals(first.must(202).id(), answer.id(), wish::toString));
        } else {
            // deleted meanwhile, being deleted, or deleted by this one
            answer.must(200, 202, 404, 409);
        }
    }

    /** All ended well; what is recorded, what is paid, what is proved and what is below are the same. */
    static void agree(Tenant tenant, Place place, String which) {
        Waiting.untilTrue("all operations have ended: " + which, CALM, () -> tenant.all("/operations").stream()
                .allMatch(operation -> operation.hasNonNull("finishedAt")));
        for (JsonNode operation : tenant.all("/operations")) {
            assertEquals("SUCCEEDED", operation.path("state").asText(), () -> which + ": " + operation);
        }
        Waiting.untilTrue("what was deleted is purged: " + which, CALM, () -> tenant.all("/servers").stream()
                .allMatch(server -> server.path("state").asText().equals("RUNNING")));

        Ledger.Contents ledger = place.ledger();
        assertEquals(Set.of(), ledger.doubled(), which);
        Set<String> recorded = new TreeSet<>();
        Set<String> ports = new TreeSet<>();
        for (JsonNode server : tenant.all("/servers")) {
            recorded.add(server.path("id").asText());
            server.path("nics").forEach(nic -> ports.add(nic.path("id").asText()));
        }
        assertEquals(recorded, new TreeSet<>(ledger.living(Ledger.Thing.SERVER)), which);
        assertEquals(ports, new TreeSet<>(ledger.living(Ledger.Thing.PORT)), which);
        Books.intervalsAreHalfOpenAndNeverOverlap(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
        Books.everyAttemptHasOneOutcome(tenant);
        Books.everyEntryIsInTheTreeWithItsHash(tenant);
        long used = 0;
        for (JsonNode host : place.hosts()) {
            used += host.path("usedMemoryMiB").asLong();
        }
        long given = tenant.all("/servers").stream().collect(Collectors.summingLong(server -> server.path("memoryMiB")
                .asLong()));
        assertEquals(given, used, () -> "the hosts' capacity: " + which);
    }

    @Test
    void aCallThatHadItsEffectButWhoseAnswerDiedWithTheControllerIsNotDoneTwice(Platform platform) {
        Controller controller = platform.controller();
        Place place = platform.place("dying-place");
        Tenant tenant = tenant(platform, place, "dying");
        List<String> calls = new ArrayList<>(List.of("create", "ensurePort", "power"));
        java.util.Collections.shuffle(calls, new Random(SEED));

        for (String call : WHOLE ? calls : calls.subList(0, 1)) {
            place.set("faults", List.of(Map.of("on", call, "kind", "CRASH", "times", 1, "afterEffect", true)));
            Api.Request request = tenant.admin()
                    .request("POST", tenant.path("/servers"))
                    .header("Idempotency-Key", "dies in " + call)
                    .body(Tenant.server("dies-in-" + call.toLowerCase(java.util.Locale.ROOT)));
            CompletableFuture<Answer> answer = request.sendAsync();
            controller.awaitEnd(CALM);
            answer(answer);
            controller.start();

            tenant.admin().succeeded(request.send());
            agree(tenant, place, "dying in " + call);
            assertTrue(place.calls(call) >= 2, "it was asked again, and did it once");
        }
    }
}
