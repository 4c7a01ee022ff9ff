// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The story of docs/guides/provisioning.md: what the personnel department does in its own system is what people may here. Over
 * HTTP, as a provisioning client speaks.
 */
@ExtendWith(Journey.class)
final class HrTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private static Tenant company(Platform platform, String name) {
        Tenant tenant = platform.tenant(name);
        for (String department : List.of("sales", "cloud-operations")) {
            tenant.post("/departments", Api.json("name", department)).must(201);
        }
        return tenant;
    }

    private static void grant(Tenant tenant, String kind, String id, String role) {
        tenant.post(
                        "/grants",
                        Api.json(
                                "subject",
                                Map.of("kind", kind, "id", id),
                                "role",
                                role,
                                "scope",
                                Map.of("kind", "organization", "id", tenant.id())))
                .must(201);
    }

    private static boolean may(Tenant tenant, String user, String action) {
        return tenant.get("/access?user=" + user + "&action=" + action)
                .must(200)
                .body()
                .path("allowed")
                .asBoolean();
    }

    /** Somebody who works here already, with an API token of their own. */
    private static Api employed(Tenant tenant, String username) {
        Answer made = tenant.post(
                        "/users",
                        Api.json("username", username, "email", username + "@before.example", "kind", "person"))
                .must(201);
        Api session = Platform.changed(
                tenant.platform().anonymous(),
                username + "@" + tenant.name(),
                made.get("oneTimePassword"),
                "seven tall ships at anchor");
        String token = session.post(
                        tenant.path("/tokens"),
                        Api.json(
                                "name",
                                "tools",
                                "expiresAt",
                                Instant.now().plus(Duration.ofDays(1)).toString()))
                .must(201)
                .get("secret");
        return session.with(token);
    }

    @Test
    void whoIsHiredMovesAndLeavesThereIsAndMayHereWhatFollowsFromIt(Platform platform) throws Exception {
        Tenant tenant = company(platform, "hr-story");
        Scim hr = Scim.linked(tenant, "personnel", Api.json("departments", "MATCH"));
        Api bea = employed(tenant, "bea");
        tenant.post("/users/bea/hand-over", Api.json("directory", "personnel")).must(200);
        String operators = hr.group("Cloud Operators");
        grant(tenant, "group", operators, "network-admin");
        grant(tenant, "department", tenant.get("/departments/sales").must(200).id(), "finance");

        // hired: a new person, and one whom personnel finds here
        String ada = hr.hire("Ada.Lovelace@hr-story.example", "Cloud Operations");
        JsonNode found = Scim.only(hr.find("/Users", "userName eq \"bea@hr-story.example\""));
        String beas = found.path("id").asText();
        hr.patch(
                        "/Users/" + beas,
                        Scim.op("Replace", "userName", "Bea@hr-story.example"),
                        Scim.op("Add", "externalId", "4711"),
                        Scim.op("Add", Scim.ENTERPRISE + ":department", "Cloud Operations"))
                .must(200);
        bea.get(tenant.path("/networks")).refused(403, "forbidden");
        hr.patch(
                        "/Groups/" + operators,
                        Scim.op("Add", "members", List.of(Map.of("value", ada), Map.of("value", beas))))
                .must(204);
        assertEquals("ada.lovelace", tenant.get("/users/" + ada).must(200).get("username"));
        assertEquals(
                tenant.get("/departments/cloud-operations").id(),
                tenant.get("/users/" + ada).get("department"));
        assertTrue(may(tenant, ada, "network.create"));
        bea.get(tenant.path("/networks")).must(200);

        // moved: from the operators to sales
        hr.patch("/Groups/" + operators, Api.json("op", "Remove", "path", "members[value eq \"" + beas + "\"]"))
                .must(204);
        hr.patch("/Users/" + beas, Scim.op("Replace", Scim.ENTERPRISE + ":department", "Sales"))
                .must(200);
        bea.get(tenant.path("/networks")).refused(403, "forbidden");
        bea.get(tenant.path("/usage")).must(200);
        assertEquals(
                tenant.get("/departments/sales").id(), tenant.get("/users/bea").get("department"));

        // gone: while a client of hers listens, with what she was given here by hand as well
        grant(tenant, "user", beas, "read-only");
        HttpResponse<InputStream> stream = bea.request("GET", "/events")
                .header("Accept", "text/event-stream")
                .open();
        assertEquals(200, stream.statusCode());
        try (InputStream in = stream.body()) {
            CompletableFuture<Boolean> over = CompletableFuture.supplyAsync(() -> over(in));
            hr.patch("/Users/" + beas, Scim.op("Replace", "active", "False")).must(200);
            bea.get(tenant.path("/usage")).refused(401, "not-logged-in");
            assertTrue(over.get(AT_ONCE.toSeconds(), TimeUnit.SECONDS), "the stream ends");
        }
        assertEquals("DISABLED", tenant.get("/users/bea").get("state"));
        hr.delete("/Users/" + beas).must(204);
        tenant.get("/users/bea").refused(404, "not-found");
        hr.get("/Users/" + beas).must(404);

        List<String> told = new ArrayList<>();
        for (JsonNode entry : tenant.audit()) {
            if (entry.path("actor").asText().equals("directory:personnel@hr-story")) {
                told.add(
                        entry.path("action").asText() + " " + entry.path("door").asText());
            }
        }
        assertTrue(told.size() > 8, told::toString);
        assertTrue(told.stream().allMatch("directory.provision SCIM"::equals), told::toString);
    }

    /** True once the stream has ended; what it says before does not matter. */
    private static boolean over(InputStream in) {
        try {
            while (in.read() >= 0) {
                Thread.onSpinWait();
            }
            return true;
        } catch (java.io.IOException e) {
            // cut off is over too
            return true;
        }
    }

    @Test
    void whatPersonnelKeepsIsNotChangedHereAndTheRefusalSaysWhere(Platform platform) {
        Tenant tenant = company(platform, "hr-keeps");
        Scim hr = Scim.linked(tenant, "personnel", Api.json("departments", "MATCH"));
        String ada = hr.hire("ada@hr-keeps.example", "Sales");
        String guides = hr.group("Guides", ada);
        Answer seen = tenant.get("/users/ada").must(200);

        List<Answer> refusals = List.of(
                tenant.patch("/users/ada", seen, Api.json("email", "x@x.example")),
                tenant.patch("/users/ada", seen, Api.json("department", "cloud-operations")),
                tenant.post("/users/ada/password", Api.json()),
                tenant.delete("/users/ada"),
                tenant.patch("/groups/" + guides, tenant.get("/groups/" + guides), Api.json("name", "Others")));

        refusals.forEach(refusal ->
                assertTrue(refusal.refused(409, "kept-elsewhere").detail().contains("personnel"), refusal.text()));
        tenant.patch("/users/ada", seen, Api.json("state", "DISABLED")).must(200);
        assertTrue(
                hr.get("/Users/" + ada).body().path("active").asBoolean(), "what personnel said is what it is shown");
        hr.patch("/Users/" + ada, Scim.op("replace", "displayName", "Ada")).must(200);
        assertEquals("DISABLED", tenant.get("/users/ada").get("state"), "whom we shut out stays outside");
    }

    @Test
    void aDirectorySeesItsOwnAndNothingElse(Platform platform) {
        Tenant tenant = company(platform, "hr-own");
        Tenant other = company(platform, "hr-other");
        Scim hr = Scim.linked(tenant, "personnel", Api.json());
        Scim second = Scim.linked(tenant, "contractors", Api.json());
        Scim.linked(other, "personnel", Api.json());
        String ada = hr.hire("ada@hr-own.example", "");
        String bob = second.hire("bob@hr-own.example", "");
        String guides = second.group("Guides", bob);

        assertEquals(ada, Scim.only(hr.get("/Users")).path("id").asText());
        assertEquals(0, hr.get("/Groups").number("totalResults"));
        assertEquals(0, hr.find("/Users", "userName eq \"bob@hr-own.example\"").number("totalResults"));
        assertEquals(0, hr.find("/Users", "userName eq \"ann\"").number("totalResults"));
        String ann = tenant.get("/users/ann").id();
        for (String path : List.of("/Users/" + bob, "/Users/" + ann, "/Groups/" + guides)) {
            hr.get(path).must(404);
            hr.delete(path).must(404);
            hr.patch(path, Scim.op("replace", "displayName", "Mine")).must(404);
        }
        String mine = hr.group("Mine");
        hr.patch("/Groups/" + mine, Scim.op("add", "members", List.of(Map.of("value", bob))))
                .must(400);
        hr.send(
                        "POST",
                        "/Users",
                        Api.json(
                                "schemas",
                                List.of("urn:ietf:params:scim:schemas:core:2.0:User"),
                                "userName",
                                "Ann@hr-own.example"))
                .must(409);

        // another organization's address answers like one that is not there
        Answer foreign = Scim.of(tenant, other, "personnel").get("/Users").must(404);
        Answer absent = hr.api().get("/organizations/nowhere/scim/v2/Users").must(404);
        assertEquals(absent.detail(), foreign.detail().replace("hr-other", "nowhere"));
        // its tokens are good for nothing else, and nobody else's are good here
        for (String path : List.of("", "/users", "/groups", "/directories", "/audit/entries")) {
            hr.api().get(tenant.path(path)).refused(401, "not-logged-in");
        }
        hr.api().get("/events").refused(401, "not-logged-in");
        hr.api().get("/sessions/current").refused(401, "not-logged-in");
        hr.with(tenant.admin().token()).get("/Users").must(401);
        hr.with("isd_" + "0".repeat(43)).get("/Users").must(401);

        tenant.patch("/directories/personnel", tenant.get("/directories/personnel"), Api.json("enabled", false))
                .must(200);
        hr.get("/Users").must(401);
        hr.get("/ServiceProviderConfig").must(401);
        assertFalse(second.get("/Users").must(200).text().isEmpty());
    }
}
