// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 14: drivers that do what no driver may. Their own servers wait or fail; nobody else notices. */
@ExtendWith(Journey.class)
final class HangingDriverTest {
    /** With a driver beside it that hangs, deploying takes a little longer than alone, not as long as a call that hangs. */
    private static final Duration UNHURT = Duration.ofSeconds(8);

    private static final Duration SOON = Duration.ofSeconds(45);

    @Test
    void aDriverThatHangsHoldsUpNobodyElseAndGoesOnWhenItAnswers(Platform platform) {
        Place hanging = platform.place("hanging-place");
        Tenant stuck = platform.tenant("stuck").furnished(hanging);
        Place healthy = platform.place("healthy-place");
        Tenant other = platform.tenant("unhurt").furnished(healthy);
        hanging.set("faults", List.of(Map.of("on", "create", "kind", "HANG")));
        List<Answer> begun = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            begun.add(stuck.post("/servers", Tenant.server("stuck-" + i)).must(202));
        }
        Waiting.untilTrue("calls hang, more than there are workers", SOON, () -> hanging.calls("create") >= 8);

        long began = System.nanoTime();
        other.deploy("web-1");
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(UNHURT) < 0, () -> "beside a driver that hangs it took " + took);
        Waiting.untilTrue("the operations say why they wait", SOON, () -> stuck.admin()
                .get("/operations/" + begun.get(0).id())
                .body()
                .path("reason")
                .asText()
                .contains("did not answer"));

        hanging.set("faults", List.of());
        for (Answer each : begun) {
            JsonNode operation = stuck.admin().ended(each.id());
            assertEquals("SUCCEEDED", operation.path("state").asText(), operation::toString);
        }
        assertEquals(java.util.Set.of(), hanging.ledger().doubled());
        Books.everyAttemptHasOneOutcome(stuck);
    }

    @Test
    void aDriverThatLiesOrAnswersNonsenseFailsItsOwnOperationsAndNothingElse(Platform platform) {
        for (String kind : List.of("LIE", "NOTHING", "MISSING_CODE")) {
            String name = "bad-" + kind.toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            Place place = platform.place(name + "-place");
            Tenant tenant = platform.tenant(name).furnished(place);

            place.set("faults", List.of(Map.of("on", "create", "kind", kind)));
            JsonNode failed = tenant.admin().ended(tenant.postAndWait("/servers", Tenant.server("web-1")));
            assertEquals("FAILED", failed.path("state").asText(), failed::toString);
            assertTrue(failed.path("reason").asText().length() > 10, failed::toString);
            Tenant.state(tenant.get("/servers/web-1"), "FAILED");
            place.set("faults", List.of(Map.of("on", "list", "kind", kind), Map.of("on", "health", "kind", kind)));
            Books.everyAttemptHasOneOutcome(tenant);

            place.set("faults", List.of());
            tenant.deploy("web-2");
        }
    }
}
