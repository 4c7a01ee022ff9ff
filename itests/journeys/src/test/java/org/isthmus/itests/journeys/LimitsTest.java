// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 3: fifty at once never pass a limit together, and never make one name twice. */
@ExtendWith(Journey.class)
final class LimitsTest {
    private static final int AT_ONCE = 50;
    private static final int LIMIT = 25;
    private static final Duration BUILT = Duration.ofSeconds(90);

    private static List<Answer> atOnce(Tenant tenant, String path, IntFunction<ObjectNode> wish) {
        List<CompletableFuture<Answer>> under = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            under.add(tenant.admin()
                    .request("POST", tenant.path(path))
                    .body(wish.apply(i))
                    .sendAsync());
        }
        return under.stream().map(CompletableFuture::join).toList();
    }

    private static Map<Integer, Long> statuses(List<Answer> answers) {
        return answers.stream().collect(Collectors.groupingBy(Answer::status, Collectors.counting()));
    }

    /** Limits are counted in UTC days: a story about them does not go over midnight. */
    private static void awayFromMidnight() {
        Waiting.untilTrue("midnight is over", Duration.ofMinutes(2), () -> LocalTime.now(ZoneOffset.UTC)
                .isBefore(LocalTime.of(23, 58, 30)));
    }

    @Test
    void ofFiftyDeploysAtOnceExactlyTwentyFiveAreAcceptedAndAllOfThemRun(Platform platform) {
        awayFromMidnight();
        Place place = platform.place("limit-place");
        Tenant tenant = platform.tenant("limited").furnished(place);

        List<Answer> answers = atOnce(tenant, "/servers", i -> Tenant.server("d-" + i));

        assertEquals(Map.of(202, (long) LIMIT, 409, (long) (AT_ONCE - LIMIT)), statuses(answers));
        String midnight = LocalDate.now(ZoneOffset.UTC).plusDays(1) + "T00:00:00Z";
        for (Answer refused :
                answers.stream().filter(answer -> answer.status() == 409).toList()) {
            refused.refused(409, "limit-exceeded");
            assertEquals("deploymentsPerDay", refused.get("limit"));
            assertEquals(0, refused.number("left"));
            assertEquals(midnight, refused.get("resetsAt"));
        }
        Waiting.untilTrue(
                "all that were accepted run",
                BUILT,
                () -> tenant.all("/servers?state=RUNNING").size() == LIMIT);
        assertEquals(LIMIT, tenant.all("/servers").size(), "what was refused left nothing");
        assertEquals(LIMIT, place.ledger().living(Ledger.Thing.SERVER).size());

        List<JsonNode> limits = tenant.all("/limits");
        assertEquals(1, limits.size());
        assertEquals(LIMIT, limits.get(0).path("used").asInt());
        assertEquals(0, limits.get(0).path("left").asInt());
        tenant.post("/servers?dryRun=true", Tenant.server("one-more")).refused(409, "limit-exceeded");
        long refusals = tenant.audit().stream()
                .filter(entry -> entry.path("kind").asText().equals("REFUSED"))
                .filter(entry -> entry.path("action").asText().equals("server.deploy"))
                .count();
        assertEquals(AT_ONCE - LIMIT + 1, refusals, "every refusal is audited");
        Books.everyAttemptHasOneOutcome(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
    }

    @Test
    void ofFiftyDeploysAtOnceAsManyAreAcceptedAsTheDepartmentHasMoneyFor(Platform platform) {
        Place place = platform.place("money-place");
        Tenant tenant = platform.tenant("thrifty").furnished(place);
        tenant.post("/departments", Api.json("name", "web")).must(201);
        tenant.patch("/users/ann", tenant.get("/users/ann"), Api.json("department", "web"))
                .must(200);
        // each is 0.0653 an hour: a CPU, a GiB of memory begun, a GiB of disk
        Answer limit = tenant.post(
                        "/limits",
                        Api.json(
                                "subject",
                                Map.of("kind", "department", "id", "web"),
                                "hourlyRate",
                                Map.of("amount", "0.3265", "currency", "USD")))
                .must(201);

        List<Answer> answers = atOnce(tenant, "/servers", i -> Tenant.server("m-" + i));

        assertEquals(Map.of(202, 5L, 409, AT_ONCE - 5L), statuses(answers));
        for (Answer refused :
                answers.stream().filter(answer -> answer.status() == 409).toList()) {
            refused.refused(409, "limit-exceeded");
            assertEquals("hourlyRate", refused.get("limit"));
            assertEquals(limit.body().path("subject"), refused.body().path("subject"));
            assertEquals("0", refused.body().path("left").path("amount").asText());
        }
        tenant.post("/servers?dryRun=true", Tenant.server("one-more")).refused(409, "limit-exceeded");
        Waiting.untilTrue(
                "all that were accepted run",
                BUILT,
                () -> tenant.all("/servers?state=RUNNING").size() == 5);
        Answer full = tenant.get("/limits/" + limit.id()).must(200);
        assertEquals("0.3265", full.body().at("/rate/used/amount").asText());
        assertEquals("0", full.body().at("/rate/reserved/amount").asText());

        Answer raised = tenant.patch(
                        "/limits/" + limit.id(),
                        full,
                        Api.json("hourlyRate", null, "monthly", Map.of("amount", "500", "currency", "USD")))
                .must(200);
        assertTrue(raised.body().path("hourlyRate").isMissingNode(), raised::text);
        tenant.deploy("one-more");
        tenant.patch("/limits/" + limit.id(), full, Api.json("hourlyRate", null))
                .refused(412, "stale");
        tenant.delete("/limits/" + limit.id()).must(204);
        tenant.get("/limits/" + limit.id()).must(404);
        Books.everyAttemptHasOneOutcome(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
    }

    @Test
    void fiftyRequestsForOneNameMakeOne(Platform platform) {
        awayFromMidnight();
        Place place = platform.place("name-place");
        Tenant tenant = platform.tenant("names").furnished(place);

        List<Answer> answers = atOnce(tenant, "/servers", i -> Tenant.server("the-one"));

        assertEquals(Map.of(202, 1L, 409, AT_ONCE - 1L), statuses(answers));
        answers.stream()
                .filter(answer -> answer.status() == 409)
                .forEach(answer -> assertTrue(
                        List.of("name-taken", "limit-exceeded", "conflict").contains(answer.problem()), answer::text));
        Waiting.untilTrue(
                "it runs", BUILT, () -> tenant.all("/servers?state=RUNNING").size() == 1);
        assertEquals(1, tenant.all("/servers").size());
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());
        assertEquals(
                List.of(1),
                tenant.all("/limits").stream()
                        .map(limit -> limit.path("used").asInt())
                        .toList(),
                "refused requests took nothing out of the limit");

        List<Answer> networks = atOnce(
                tenant,
                "/networks",
                i -> Api.json("name", "one-net", "location", place.name(), "cidr", "10." + (100 + i) + ".0.0/24"));
        assertEquals(Map.of(202, 1L, 409, AT_ONCE - 1L), statuses(networks));
        assertEquals(1, tenant.all("/networks?name=one-net").size());
    }
}
