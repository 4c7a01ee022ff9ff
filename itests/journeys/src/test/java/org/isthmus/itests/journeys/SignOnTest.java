// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Story 18: people log in at their company's provider, and what they may do comes from their groups there. */
@ExtendWith(Journey.class)
@Own
final class SignOnTest {
    private static final String SECRET = "the-clients-secret-of-32-characters";
    private static final String ANNAS = "annas-password";

    /** A session, and how it began. */
    private record In(Api api, JsonNode user) {}

    private static Provider started(Controller controller, Path folder) {
        String here = controller.http("").toString();
        return Provider.start(
                folder,
                Api.json(
                        "clients",
                        List.of(Map.of(
                                "client_id",
                                "isthmus",
                                "client_secret",
                                SECRET,
                                "redirect_uris",
                                List.of(
                                        here + "/api/v1/organizations/acme/sign-on/corp/callback",
                                        here + "/api/v1/organizations/staffed/sign-on/corp/callback"),
                                "backchannel_logout_uri",
                                here + "/api/v1/organizations/acme/sign-on/corp/logout",
                                "backchannel_logout_session_required",
                                true)),
                        "people",
                        Map.of(
                                "anna",
                                Map.of(
                                        "password",
                                        ANNAS,
                                        "claims",
                                        Map.of(
                                                "preferred_username", "anna",
                                                "name", "Anna Smith",
                                                "email", "anna@acme.example",
                                                "email_verified", true,
                                                "groups", List.of("cloud-readers", "canteen"))))));
    }

    private static Answer begun(Platform platform, String organization) {
        return platform.anonymous()
                .get("/organizations/" + organization + "/sign-on/corp")
                .must(302);
    }

    private static URI to(Answer begun) {
        return URI.create(begun.header("Location").orElseThrow());
    }

    private static Answer back(Platform platform, URI address, String cookie) {
        String path = address.getRawPath().substring("/api/v1".length());
        return platform.anonymous()
                .request("GET", path + "?" + address.getRawQuery())
                .header("Cookie", cookie)
                .send();
    }

    private static String cookie(Answer begun) {
        return begun.header("Set-Cookie").orElseThrow().split(";")[0];
    }

    private static Answer tried(Platform platform, String organization, Provider.Browser browser) {
        Answer begun = begun(platform, organization);
        return back(platform, browser.login(to(begun), "anna", ANNAS), cookie(begun));
    }

    private static In login(Platform platform, String organization, Provider.Browser browser) {
        Answer session = tried(platform, organization, browser).must(200);
        return new In(
                platform.anonymous().with(session.get("token")), session.body().path("user"));
    }

    private static Answer linked(Controller controller, Tenant tenant, Provider provider, Map<String, String> more) {
        ObjectNode settings = Api.json(
                "issuer",
                provider.issuer(),
                "client.id",
                "isthmus",
                "scopes",
                "openid profile email groups",
                "redirect.base",
                controller.http("").toString());
        more.forEach(settings::put);
        return tenant.post(
                        "/directories",
                        Api.json(
                                "name",
                                "corp",
                                "kind",
                                "OIDC",
                                "settings",
                                settings,
                                "secrets",
                                Api.json("client.secret", SECRET)))
                .must(201);
    }

    private static void mayRead(Tenant tenant, String group) {
        tenant.post(
                        "/grants",
                        Api.json(
                                "subject",
                                Api.json("kind", "group", "id", group),
                                "role",
                                "read-only",
                                "scope",
                                Api.json("kind", "organization", "id", tenant.id())))
                .must(201);
    }

    @Test
    void whoLogsInAtTheProviderHoldsWhatTheirGroupsHoldUntilTheyLogOutThere(
            Controller controller, Platform platform, @TempDir Path folder) {
        assumeTrue(Provider.here(), "node and npm are needed (apt-get install nodejs npm)");
        controller.configure("org.isthmus.identity.sso", Map.of("loopback", "true"));
        Tenant acme = platform.tenant("acme");
        try (Provider provider = started(controller, folder)) {
            Provider.Browser browser = provider.new Browser();
            Answer directory = linked(controller, acme, provider, Map.of());
            assertFalse(directory.text().contains(SECRET));
            Answer group = acme.post("/groups", Api.json("name", "cloud-readers", "directory", directory.id()))
                    .must(201);
            mayRead(acme, group.id());
            JsonNode ways = platform.anonymous()
                    .get("/organizations/acme/sign-on")
                    .must(200)
                    .body();
            assertEquals(
                    "/api/v1/organizations/acme/sign-on/corp",
                    ways.path("items").path(0).path("begin").asText());
            awaitLoopback(platform, "acme");

            In anna = login(platform, "acme", browser);
            assertEquals("Anna Smith", anna.user().path("displayName").asText());
            anna.api().get(acme.path("/networks")).must(200);

            // somebody who stole the response has no cookie, and it is used up by that
            Answer begun = begun(platform, "acme");
            URI stolen = browser.login(to(begun), "anna", ANNAS);
            back(platform, stolen, "none=here").refused(401, "sign-on-refused");
            back(platform, stolen, cookie(begun)).refused(401, "sign-on-refused");

            provider.test("people/anna", Api.json("groups", List.of("canteen")));
            In without = login(platform, "acme", browser);
            without.api().get(acme.path("/networks")).refused(403, "forbidden");
            anna.api().get(acme.path("/networks")).refused(403, "forbidden");

            provider.test("people/anna", Api.json("groups", List.of("cloud-readers")));
            provider.test("rotate", "");
            provider.test("forget", "");
            login(platform, "acme", browser).api().get(acme.path("/networks")).must(200);

            browser.logout();
            Waiting.untilTrue("the sessions are over", Duration.ofSeconds(5), () -> List.of(anna, without).stream()
                    .allMatch(each -> each.api().get("/sessions/current").status() == 401));
            String entries = acme.admin().all(acme.path("/audit/entries")).toString();
            assertTrue(entries.contains("single sign-on by corp"), "how the login was made");
            assertTrue(entries.contains("begun in another browser"), "why one was refused");
            assertTrue(entries.contains("logout at the provider"), "how the session ended");
            assertFalse(entries.contains(SECRET));
        }
    }

    /** Personnel tells who is there, the provider who it is that comes in: two systems, one person. */
    @Test
    void whoLeavesThePersonnelSystemIsOutWithinFiveSecondsHoweverTheyCameIn(
            Controller controller, Platform platform, @TempDir Path folder) throws Exception {
        assumeTrue(Provider.here(), "node and npm are needed (apt-get install nodejs npm)");
        controller.configure("org.isthmus.identity.sso", Map.of("loopback", "true"));
        Tenant staffed = platform.tenant("staffed");
        try (Provider provider = started(controller, folder)) {
            Provider.Browser browser = provider.new Browser();
            Scim hr = Scim.linked(staffed, "personnel", Api.json());
            linked(controller, staffed, provider, Map.of("users.of", "personnel", "create.users", "false"));
            awaitLoopback(platform, "staffed");
            tried(platform, "staffed", browser).refused(401, "sign-on-refused");

            String annas = hr.send(
                            "POST",
                            "/Users",
                            Api.json(
                                    "schemas",
                                    List.of("urn:ietf:params:scim:schemas:core:2.0:User"),
                                    "userName",
                                    "anna@staffed.example",
                                    "externalId",
                                    "anna",
                                    "active",
                                    true))
                    .must(201)
                    .id();
            mayRead(staffed, hr.group("Readers", annas));
            In anna = login(platform, "staffed", browser);
            assertEquals(annas, anna.user().path("id").asText(), "it is the person that personnel told of");
            assertEquals(1, hr.get("/Users").number("totalResults"));
            In second = login(platform, "staffed", browser);
            Api token = anna.api()
                    .with(anna.api()
                            .post(
                                    staffed.path("/tokens"),
                                    Api.json(
                                            "name",
                                            "tools",
                                            "expiresAt",
                                            Instant.now()
                                                    .plus(Duration.ofDays(1))
                                                    .toString()))
                            .must(201)
                            .get("secret"));
            List<Api> ways = List.of(anna.api(), second.api(), token);
            ways.forEach(way -> way.get(staffed.path("/networks")).must(200));

            HttpResponse<InputStream> bySession = listening(anna.api());
            HttpResponse<InputStream> byToken = listening(token);
            try (InputStream one = bySession.body();
                    InputStream other = byToken.body()) {
                CompletableFuture<Void> over = CompletableFuture.allOf(
                        CompletableFuture.runAsync(() -> drained(one)),
                        CompletableFuture.runAsync(() -> drained(other)));
                hr.patch("/Users/" + annas, Scim.op("replace", "active", false)).must(200);
                over.get(5, TimeUnit.SECONDS);
            }
            for (Api way : ways) {
                way.get(staffed.path("/networks")).refused(401, "not-logged-in");
                way.get("/sessions/current").refused(401, "not-logged-in");
                way.post(staffed.path("/networks"), Api.json("name", "late", "cidr", "10.9.0.0/24"))
                        .refused(401, "not-logged-in");
            }
            tried(platform, "staffed", browser).refused(401, "sign-on-refused");
            assertEquals("DISABLED", staffed.get("/users/" + annas).get("state"));

            // who comes back comes in anew; what was taken from them stays taken
            hr.patch("/Users/" + annas, Scim.op("replace", "active", true)).must(200);
            ways.forEach(way -> way.get(staffed.path("/networks")).refused(401, "not-logged-in"));
            login(platform, "staffed", browser)
                    .api()
                    .get(staffed.path("/networks"))
                    .must(200);
        }
    }

    private static HttpResponse<InputStream> listening(Api api) throws IOException, InterruptedException {
        HttpResponse<InputStream> stream = api.request("GET", "/events")
                .header("Accept", "text/event-stream")
                .open();
        assertEquals(200, stream.statusCode());
        return stream;
    }

    /** Until it ends; cut off is over too. */
    private static void drained(InputStream in) {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            assertFalse(e.toString().isEmpty());
        }
    }

    /** The edit of the setting is taken as soon as the controller sees the file. */
    private static void awaitLoopback(Platform platform, String organization) {
        Waiting.untilTrue(
                "providers on this machine are allowed",
                Duration.ofSeconds(30),
                () -> platform.anonymous()
                                .get("/organizations/" + organization + "/sign-on/corp")
                                .status()
                        == 302);
    }
}
