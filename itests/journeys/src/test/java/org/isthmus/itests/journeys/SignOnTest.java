// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
                                List.of(here + "/api/v1/organizations/acme/sign-on/corp/callback"),
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

    private static Answer begun(Platform platform) {
        return platform.anonymous().get("/organizations/acme/sign-on/corp").must(302);
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

    private static In login(Platform platform, Provider.Browser browser) {
        Answer begun = begun(platform);
        Answer session = back(platform, browser.login(to(begun), "anna", ANNAS), cookie(begun))
                .must(200);
        return new In(
                platform.anonymous().with(session.get("token")), session.body().path("user"));
    }

    @Test
    void whoLogsInAtTheProviderHoldsWhatTheirGroupsHoldUntilTheyLogOutThere(
            Controller controller, Platform platform, @TempDir Path folder) {
        assumeTrue(Provider.here(), "node and npm are needed (apt-get install nodejs npm)");
        controller.configure("org.isthmus.identity.sso", Map.of("loopback", "true"));
        Tenant acme = platform.tenant("acme");
        try (Provider provider = started(controller, folder)) {
            Provider.Browser browser = provider.new Browser();
            Answer directory = acme.post(
                            "/directories",
                            Api.json(
                                    "name",
                                    "corp",
                                    "kind",
                                    "OIDC",
                                    "settings",
                                    Api.json(
                                            "issuer",
                                            provider.issuer(),
                                            "client.id",
                                            "isthmus",
                                            "scopes",
                                            "openid profile email groups",
                                            "redirect.base",
                                            controller.http("").toString()),
                                    "secrets",
                                    Api.json("client.secret", SECRET)))
                    .must(201);
            assertFalse(directory.text().contains(SECRET));
            Answer group = acme.post("/groups", Api.json("name", "cloud-readers", "directory", directory.id()))
                    .must(201);
            acme.post(
                            "/grants",
                            Api.json(
                                    "subject",
                                    Api.json("kind", "group", "id", group.id()),
                                    "role",
                                    "read-only",
                                    "scope",
                                    Api.json("kind", "organization", "id", acme.id())))
                    .must(201);
            JsonNode ways = platform.anonymous()
                    .get("/organizations/acme/sign-on")
                    .must(200)
                    .body();
            assertEquals(
                    "/api/v1/organizations/acme/sign-on/corp",
                    ways.path("items").path(0).path("begin").asText());
            awaitLoopback(platform);

            In anna = login(platform, browser);
            assertEquals("Anna Smith", anna.user().path("displayName").asText());
            anna.api().get(acme.path("/networks")).must(200);

            // somebody who stole the response has no cookie, and it is used up by that
            Answer begun = begun(platform);
            URI stolen = browser.login(to(begun), "anna", ANNAS);
            back(platform, stolen, "none=here").refused(401, "sign-on-refused");
            back(platform, stolen, cookie(begun)).refused(401, "sign-on-refused");

            provider.test("people/anna", Api.json("groups", List.of("canteen")));
            In without = login(platform, browser);
            without.api().get(acme.path("/networks")).refused(403, "forbidden");
            anna.api().get(acme.path("/networks")).refused(403, "forbidden");

            provider.test("people/anna", Api.json("groups", List.of("cloud-readers")));
            provider.test("rotate", "");
            provider.test("forget", "");
            login(platform, browser).api().get(acme.path("/networks")).must(200);

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

    /** The edit of the setting is taken as soon as the controller sees the file. */
    private static void awaitLoopback(Platform platform) {
        Waiting.untilTrue(
                "providers on this machine are allowed",
                Duration.ofSeconds(30),
                () -> platform.anonymous()
                                .get("/organizations/acme/sign-on/corp")
                                .status()
                        == 302);
    }
}
