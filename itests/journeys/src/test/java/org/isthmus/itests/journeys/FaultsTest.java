// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 11: hosts fill up, answers get lost, drivers are away; servers that belong together or apart. */
@ExtendWith(Journey.class)
final class FaultsTest {
    /** As long as a driver's call may take. */
    private static final Duration CALL = Duration.ofSeconds(12);

    private static final Duration RECOVERED = Duration.ofSeconds(30);

    private static Map<String, Object> fault(String on, String kind, int times) {
        return Map.of("on", on, "kind", kind, "times", times);
    }

    private static ObjectNode grouped(String name, String group, String rule, boolean strict) {
        ObjectNode wish = Tenant.server(name);
        wish.putObject("placement").set("group", Api.json("name", group, "rule", rule, "strict", strict));
        return wish;
    }

    /** The host a server was made on, as the hosts' own books say: only operators see it. */
    private static Map<String, Long> used(Place place) {
        return place.hosts().stream()
                .collect(Collectors.toMap(host -> host.path("name").asText(), host -> host.path("usedMemoryMiB")
                        .asLong()));
    }

    @Test
    void whatIsAwayForAWhileIsAskedAgainAndTheServerRuns(Platform platform) {
        Place place = platform.place(
                "flaky-place",
                Api.json(
                        "faults",
                        List.of(
                                fault("ensurePort", "UNAVAILABLE", 2),
                                fault("create", "THROTTLED", 1),
                                Map.of("on", "create", "kind", "UNAVAILABLE", "times", 1, "afterEffect", true),
                                fault("power", "UNAVAILABLE", 1))));
        Tenant tenant = platform.tenant("flaky").furnished(place);

        tenant.deploy("web-1");

        assertTrue(place.calls("ensurePort") >= 3, "asked until it was there");
        assertEquals(Set.of(), place.ledger().doubled(), "an answer that was lost doubled nothing");
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());
        Books.everyAttemptHasOneOutcome(tenant);
    }

    /** It takes what a call may take, and what a worker waits after that. */
    @Test
    @Tag("whole")
    void aDriverThatHangsInACallHoldsUpNobodyElseAndGoesOnByItself(Platform platform) {
        Place place = platform.place("hanging-place", Api.json("faults", List.of(fault("create", "HANG", 1))));
        Tenant tenant = platform.tenant("hanging").furnished(place);
        Tenant other = platform.tenant("not-hanging").furnished(platform.place("answering-place"));

        Answer begun = tenant.post("/servers", Tenant.server("web-1")).must(202);
        Waiting.untilTrue("the call hangs", CALL, () -> place.calls("create") > 0);
        long asked = System.nanoTime();
        other.deploy("web-1");
        assertTrue(Duration.ofNanos(System.nanoTime() - asked).compareTo(CALL) < 0, "the other was not held up");

        Waiting.untilTrue("the server runs without a hand", CALL.plus(RECOVERED), () -> tenant.get("/servers/web-1")
                .get("state")
                .equals("RUNNING"));
        tenant.admin().succeeded(begun);
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());
        assertEquals(Set.of(), place.ledger().doubled());
        Books.everyAttemptHasOneOutcome(tenant);
    }

    @Test
    void aHostThatIsFullAfterAllIsPassedOverForTheNext(Platform platform) {
        Place place = platform.place("full-place", Api.json("faults", List.of(fault("create", "NO_CAPACITY", 1))));
        Tenant tenant = platform.tenant("next").furnished(place);

        tenant.deploy("web-1");

        assertEquals(Map.of("fake-1", 0L, "fake-2", 128L), used(place), "the first gave back what was claimed of it");
        assertEquals(1, place.ledger().living(Ledger.Thing.SERVER).size());
    }

    @Test
    void whenNoHostWillDoTheOperationSaysWhyNotForEachAndKeepsNothing(Platform platform) {
        Place place = platform.place("none-place");
        Tenant tenant = platform.tenant("none").furnished(place);
        String policy = tenant.get("/policy").text();

        JsonNode tooLarge = tenant.admin()
                .ended(tenant.postAndWait("/servers", Tenant.server("giant").put("memoryMiB", 300_000)));
        assertEquals("FAILED", tooLarge.path("state").asText());
        assertTrue(
                tooLarge.path("reason").asText().contains("fake-1")
                        && tooLarge.path("reason").asText().contains("fake-2")
                        && tooLarge.path("reason").asText().contains("memory"),
                tooLarge::toString);

        place.set("faults", List.of(Map.of("on", "create", "kind", "NO_CAPACITY")));
        JsonNode refused = tenant.admin().ended(tenant.postAndWait("/servers", Tenant.server("small")));
        assertEquals("FAILED", refused.path("state").asText());
        assertTrue(
                refused.path("reason").asText().contains("fake-1")
                        && refused.path("reason").asText().contains("fake-2"),
                refused::toString);

        Tenant.state(tenant.get("/servers/small"), "FAILED");
        assertEquals(Map.of("fake-1", 0L, "fake-2", 0L), used(place), "capacity was given back");
        assertEquals(0, tenant.all("/limits").get(0).path("used").asInt(), "failed deployments are given back");
        assertEquals(List.of(), tenant.all("/usage?open=true&item=cpu"), "nothing is billed");
        assertEquals(Set.of(), place.ledger().living(Ledger.Thing.SERVER));
        assertEquals(Set.of(), place.ledger().living(Ledger.Thing.PORT));
        assertEquals(policy, tenant.get("/policy").text());
        Books.everyAttemptHasOneOutcome(tenant);

        // the name is free, and so is the address: the next one gets it
        place.set("faults", List.of());
        String address = tenant.deploy("small").body().path("addresses").path(0).asText();
        assertTrue(address.startsWith("10.1.0."), address);
    }

    @Test
    void aProtectedServerIsNotDeletedUntilItNoLongerIs(Platform platform) {
        Place place = platform.place("guarded-place");
        Tenant tenant = platform.tenant("guarded").furnished(place);
        Answer server = tenant.deploy(Tenant.server("web-1").put("protected", true));
        assertTrue(server.body().path("protected").asBoolean());

        tenant.delete("/servers/web-1").refused(409, "server-protected");
        tenant.delete("/servers/web-1?dryRun=true").refused(409, "server-protected");
        Tenant.state(tenant.get("/servers/web-1"), "RUNNING");
        tenant.patch("/servers/web-1", server, Api.json("protected", false)).must(200);
        tenant.admin().succeeded(tenant.deleteAndWait("/servers/web-1"));
    }

    @Test
    void aGroupIsApartOrTogetherAsItSaysAndAStrictOneRatherNotAtAll(Platform platform) {
        Place place = platform.place("group-place");
        Tenant tenant = platform.tenant("group").furnished(place);

        tenant.deploy(grouped("apart-1", "web", "apart", true));
        tenant.deploy(grouped("apart-2", "web", "apart", true));
        assertEquals(Map.of("fake-1", 128L, "fake-2", 128L), used(place));
        JsonNode third = tenant.admin().ended(tenant.postAndWait("/servers", grouped("apart-3", "web", "apart", true)));
        assertEquals("FAILED", third.path("state").asText());
        assertTrue(third.path("reason").asText().contains("apart"), third::toString);
        JsonNode preferring =
                tenant.admin().ended(tenant.postAndWait("/servers", grouped("apart-4", "web", "apart", false)));
        assertEquals("FAILED", preferring.path("state").asText(), "those that insist are not joined either");

        for (int i = 1; i <= 3; i++) {
            tenant.deploy(grouped("preferred-" + i, "cache", "apart", false));
        }
        Map<String, Long> before = used(place);
        assertNotEquals(before.get("fake-1"), before.get("fake-2"), "a preference gives way");

        tenant.deploy(grouped("together-1", "db", "together", true));
        String home = changed(before, used(place));
        for (int i = 2; i <= 3; i++) {
            Map<String, Long> then = used(place);
            tenant.deploy(grouped("together-" + i, "db", "together", true));
            assertEquals(home, changed(then, used(place)), "where the others are");
        }
    }

    private static String changed(Map<String, Long> before, Map<String, Long> after) {
        return after.keySet().stream()
                .filter(host -> !after.get(host).equals(before.get(host)))
                .collect(Collectors.joining(","));
    }

    @Test
    void aHostInMaintenanceTakesNothingNew(Platform platform) {
        Place place = platform.place("maintained-place");
        Tenant tenant = platform.tenant("maintained").furnished(place);
        Answer host = platform.operator()
                .get("/locations/maintained-place/hosts/fake-1")
                .must(200);
        platform.operator()
                .patch("/locations/maintained-place/hosts/fake-1", host, Api.json("maintenance", true))
                .must(200);

        tenant.deploy("web-1");
        tenant.deploy("web-2");

        assertEquals(Map.of("fake-1", 0L, "fake-2", 256L), used(place));
    }
}
