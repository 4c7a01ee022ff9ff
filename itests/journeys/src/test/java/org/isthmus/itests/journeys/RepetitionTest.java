// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 4: a request can be repeated without harm, and tried without effect. */
@ExtendWith(Journey.class)
final class RepetitionTest {
    private static final int IN_FLIGHT = 20;

    private static Api.Request keyed(Tenant tenant, String path, String key, Object body) {
        return tenant.admin()
                .request("POST", tenant.path(path))
                .header("Idempotency-Key", key)
                .body(body);
    }

    @Test
    void theSameKeyAndBodyRepeatTheFirstAnswerAndMakeNothingNew(Platform platform) {
        Place place = platform.place("repeat-place");
        Tenant tenant = platform.tenant("repeat").furnished(place);

        Answer first = keyed(tenant, "/servers", "web-1 once", Tenant.server("web-1"))
                .send()
                .must(202);
        tenant.admin().succeeded(first);
        Answer second = keyed(tenant, "/servers", "web-1 once", Tenant.server("web-1"))
                .send()
                .must(202);

        assertEquals(first.id(), second.id(), "the first operation");
        assertEquals(first.header("Location"), second.header("Location"));
        assertEquals(Optional.of("true"), second.header("Idempotent-Replayed"));
        Answer waited = keyed(tenant, "/servers", "web-1 once", Tenant.server("web-1"))
                .waiting()
                .send();
        assertEquals("SUCCEEDED", waited.must(200).get("state"), "waiting works on a repetition too");

        ObjectNode other = Tenant.server("web-1").put("cpus", 2);
        keyed(tenant, "/servers", "web-1 once", other).send().refused(409, "idempotency-key-reused");
        keyed(tenant, "/networks", "web-1 once", Api.json("name", "n", "location", place.name(), "cidr", "10.9.0.0/24"))
                .send()
                .refused(409, "idempotency-key-reused");
        assertEquals(1, tenant.all("/servers").size());
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());

        // a refusal is not kept: the same key goes through once the reason is gone
        keyed(tenant, "/departments", "later", Api.json("name", "web", "parent", "absent"))
                .send()
                .must(400, 404);
        keyed(tenant, "/departments", "later", Api.json("name", "web")).send().must(201);
        keyed(tenant, "/departments", "x".repeat(129), Api.json("name", "long"))
                .send()
                .refused(400, "malformed");
    }

    @Test
    void twentyOfTheSameInFlightMakeOneAndAllGetItsAnswer(Platform platform) {
        Place place = platform.place("flight-place");
        Tenant tenant = platform.tenant("flight").furnished(place);

        List<CompletableFuture<Answer>> under = new ArrayList<>();
        for (int i = 0; i < IN_FLIGHT; i++) {
            under.add(keyed(tenant, "/servers", "all together", Tenant.server("web-1"))
                    .sendAsync());
        }
        List<Answer> answers = under.stream().map(CompletableFuture::join).toList();

        answers.forEach(answer -> answer.must(202));
        Set<String> operations = answers.stream().map(Answer::id).collect(Collectors.toSet());
        assertEquals(1, operations.size(), "all were answered with one operation");
        tenant.admin().succeeded(answers.get(0));
        assertEquals(1, tenant.all("/servers").size());
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());
    }

    @Test
    void oneTimeSecretsAreNotRepeated(Platform platform) {
        Tenant tenant = platform.tenant("secrets");
        ObjectNode user = Api.json("username", "bob", "email", "bob@secrets.example");

        Answer first = keyed(tenant, "/users", "bob", user).send().must(201);
        Answer second = keyed(tenant, "/users", "bob", user).send().must(201);
        assertFalse(first.get("oneTimePassword").isEmpty());
        assertEquals(first.id(), second.id());
        assertFalse(second.text().contains(first.get("oneTimePassword")), second::text);
        assertFalse(second.body().hasNonNull("oneTimePassword"), second::text);

        ObjectNode token = Api.json("name", "robot", "expiresAt", "2027-01-01T00:00:00Z");
        Answer made = keyed(tenant, "/tokens", "robot", token).send().must(201);
        Answer again = keyed(tenant, "/tokens", "robot", token).send().must(201);
        assertFalse(again.body().hasNonNull("secret"), again::text);
        platform.anonymous()
                .with(made.get("secret"))
                .get("/organizations/secrets/users")
                .must(200);
        assertTrue(tenant.all("/users").stream()
                .noneMatch(each -> each.toString().contains(first.get("oneTimePassword"))));
        assertFalse(tenant.audit().toString().contains(made.get("secret")), "no secret is ever logged");
        assertFalse(platform.controller().log().contains(made.get("secret")), "no secret is ever logged");
        assertFalse(platform.controller().log().contains(Platform.PASSWORD), "no password is ever logged");
    }

    @Test
    void aDryRunSaysWhatItWouldCostAndDoesNothing(Platform platform) {
        Place place = platform.place("dry-place");
        Tenant tenant = platform.tenant("dry").furnished(place);
        String before = tenant.everything();
        long effects = place.ledger().effects().size();

        Answer network = tenant.post(
                        "/networks?dryRun=true",
                        Api.json("name", "other", "location", place.name(), "cidr", "10.9.0.0/24"))
                .must(200);
        assertTrue(network.body().path("allowed").asBoolean());
        assertPrice(network.body().path("estimate"), "0.2", "146");

        ObjectNode wish = Tenant.server("large").put("cpus", 4).put("memoryMiB", 8192);
        wish.putArray("disks").addObject().put("sizeGiB", 100);
        JsonNode estimate =
                tenant.post("/servers?dryRun=true", wish).must(200).body().path("estimate");
        assertPrice(estimate, "0.39", "284.7");
        assertEquals(
                Set.of("cpu", "memoryGiB", "storageGiB"),
                Set.copyOf(estimate.path("items").findValuesAsText("item")));

        // the oracle: 1 network, 4 CPUs, 8 GiB, 100 GiB of storage and 3 VPN users for 730 hours
        JsonNode book = tenant.get("/price-book").must(200).body().path("hourly");
        BigDecimal vpn = new BigDecimal(book.path("vpnUser").path("amount").asText());
        BigDecimal hourly = amount(network.body().path("estimate").path("hourly"))
                .add(amount(estimate.path("hourly")))
                .add(vpn.multiply(BigDecimal.valueOf(3)));
        assertEquals(0, hourly.compareTo(new BigDecimal("0.611")), hourly::toString);
        assertEquals(
                new BigDecimal("446.03"),
                hourly.multiply(BigDecimal.valueOf(730)).setScale(2, RoundingMode.HALF_EVEN));

        // what would be refused is refused, in the same words
        tenant.post("/servers?dryRun=true", Tenant.server("web-1").put("network", "absent"))
                .must(404, 400);
        tenant.post("/users?dryRun=true", Api.json("username", "bob", "email", "bob@dry.example"))
                .must(200);
        tenant.delete("/networks/private?dryRun=true").must(200);
        assertEquals(before, tenant.everything(), "nothing has changed");
        assertEquals(effects, place.ledger().effects().size(), "nothing was done below");
    }

    private static BigDecimal amount(JsonNode money) {
        assertEquals("USD", money.path("currency").asText());
        assertTrue(money.path("amount").isTextual(), "money is a text");
        return new BigDecimal(money.path("amount").asText());
    }

    private static void assertPrice(JsonNode estimate, String hourly, String monthly) {
        assertEquals(0, amount(estimate.path("hourly")).compareTo(new BigDecimal(hourly)), estimate::toString);
        assertEquals(0, amount(estimate.path("monthly")).compareTo(new BigDecimal(monthly)), estimate::toString);
    }
}
