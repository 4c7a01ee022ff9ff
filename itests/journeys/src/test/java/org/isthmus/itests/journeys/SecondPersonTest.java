// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What costs more than one person may spend alone waits until another one lets it go on. */
@ExtendWith(Journey.class)
final class SecondPersonTest {
    @Test
    void aDearServerIsMadeOnceASecondPersonApprovesAndNotByTheFirst(Platform platform) {
        Tenant tenant = platform.tenant("four-eyes");
        tenant.furnished(platform.place("four-eyes"));
        Api bea = colleague(tenant, "bea");
        tenant.admin()
                .request("PUT", tenant.path("/policy"))
                .header("If-Match", tenant.get("/policy").must(200).tag())
                .body(Api.json("approvalAbove", Map.of("amount", "5", "currency", "USD")))
                .send()
                .must(200);

        Answer told = tenant.post("/servers?dryRun=true", Tenant.server("web")).must(200);
        Answer waiting = tenant.postAndWait("/servers", Tenant.server("web")).must(202);
        String operation = waiting.id();

        assertTrue(told.body().path("approval").get(0).asText().startsWith("approvalAbove of four-eyes"), told.text());
        assertEquals("WAITING_APPROVAL", waiting.get("state"));
        assertEquals(List.of(), tenant.all("/servers"));
        JsonNode request = tenant.all("/approvals?state=WAITING").get(0);
        assertEquals(operation, request.path("operation").asText());
        assertEquals("private", request.path("wish").path("nics.0.network").asText(), request.toString());
        String approval = "/approvals/" + request.path("id").asText();
        tenant.post(approval + "/approve", "").refused(403, "own-request");

        bea.post(tenant.path(approval + "/approve"), "").must(200);

        JsonNode ended = tenant.admin().ended(operation);
        assertEquals("SUCCEEDED", ended.path("state").asText(), ended.toString());
        Answer server = tenant.get("/servers/web").must(200);
        Tenant.state(server, "RUNNING");
        assertEquals("ann@four-eyes", server.get("createdBy"));
        assertTrue(tenant.audit().stream().anyMatch(entry -> entry.toString().contains("approved by bea@four-eyes")));
        assertEquals(1, tenant.all("/approvals?state=DONE").size());
    }

    private static Api colleague(Tenant tenant, String name) {
        Answer made = tenant.post(
                        "/users", Api.json("username", name, "email", name + "@example.org", "kind", "person"))
                .must(201);
        tenant.post("/grants", Api.json("subject", Map.of("kind", "user", "id", name), "role", "organization-admin"))
                .must(201);
        return Platform.changed(
                tenant.platform().anonymous(),
                name + "@" + tenant.name(),
                made.get("oneTimePassword"),
                Platform.PASSWORD);
    }
}
