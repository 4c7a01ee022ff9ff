// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What browsers and providers see of a login at a provider. */
final class SignOnTest {
    private static final String WAY = "/api/v1/organizations/demo/sign-on/corp";
    private static Client client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        client = new Client(folder);
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
    }

    private static String kept(Client.Got begun) {
        return begun.header("Set-Cookie").split(";")[0];
    }

    @Test
    void theBrowserKeepsItsPartWhereNoScriptAndNoOtherSiteComesByIt() {
        Client.Got begun = client.get(WAY);

        assertEquals(302, begun.status());
        assertTrue(begun.header("Location").startsWith("https://idp.example/authorize"));
        String cookie = begun.header("Set-Cookie");
        assertTrue(
                cookie.matches("__Host-isthmus-sign-on-[0-9a-f]{12}=kept-by-the-browser; Path=/; HttpOnly; Secure;"
                        + " SameSite=Lax; Max-Age=600"),
                cookie);
        assertTrue(begun.header("Cache-Control").contains("no-store"));
        assertFalse(begun.header("Location").contains("kept-by-the-browser"));
    }

    @Test
    void withItALoginIsFinishedAndItIsForgotten() {
        String cookie = kept(client.get(WAY));

        Client.Got opened =
                client.get(WAY + "/callback?code=c&state=plain&session_state=ignored", "Cookie", "a=b; " + cookie);

        assertEquals(200, opened.status(), opened.text());
        assertEquals(FakeCloud.MEMBER, opened.json().get("token").asText());
        assertTrue(opened.header("Set-Cookie").endsWith("Max-Age=0"), opened.header("Set-Cookie"));
        assertTrue(opened.header("Cache-Control").contains("no-store"));
    }

    @Test
    void withoutItNobodyIsLetIn() {
        kept(client.get(WAY));

        assertEquals(401, client.get(WAY + "/callback?code=c&state=plain").status());
        assertEquals(
                401,
                client.get(WAY + "/callback?code=c&state=other", "Cookie", kept(client.get(WAY)))
                        .status());
    }

    @Test
    void aBrowserThatIsToGoOnElsewhereIsSentThereWithoutAnyToken() {
        String cookie = kept(client.get(WAY + "?next=%2Fconsole%2Fstart"));
        String back = WAY + "/callback?code=c%2F1&state=%2Fconsole%2Fstart&iss=https%3A%2F%2Fidp.example";

        Client.Got sent = client.get(back, "Cookie", cookie, "Accept", "text/html,*/*;q=0.8");

        assertEquals(303, sent.status());
        assertEquals(
                "/console/start#organization=demo&directory=corp&code=c%2F1&state=%2Fconsole%2Fstart&iss=https%3A%2F%2Fidp.example",
                sent.header("Location"));
        Client.Got asked = client.get(back, "Cookie", cookie, "Accept", "application/json");
        assertEquals(200, asked.status(), asked.text());
    }

    @Test
    void nobodyIsSentToAnotherOrigin() {
        assertEquals(400, client.get(WAY + "?next=https%3A%2F%2Fevil.example").status());
    }

    @Test
    void aLookAtTheHeadersUsesNothingUp() {
        assertEquals(405, client.send("HEAD", WAY, Optional.empty()).status());
        assertEquals(
                405,
                client.send("HEAD", WAY + "/callback?code=c&state=plain", Optional.empty())
                        .status());
    }

    @Test
    void aProviderEndsSessionsByAForm() {
        assertEquals(
                200,
                logout("application/x-www-form-urlencoded", "logout_token=right")
                        .status());
        assertEquals(
                401,
                logout("application/x-www-form-urlencoded", "logout_token=wrong")
                        .status());
        assertEquals(
                400, logout("application/x-www-form-urlencoded", "other=right").status());
        assertEquals(
                400,
                logout("application/x-www-form-urlencoded", "logout_token=right&logout_token=right")
                        .status());
        assertEquals(
                415, logout("application/json", "{\"logout_token\":\"right\"}").status());
        assertEquals(
                413,
                logout("application/x-www-form-urlencoded", "logout_token=" + "x".repeat(9_000))
                        .status());
    }

    private static Client.Got logout(String type, String body) {
        return client.send(
                "POST", WAY + "/logout", Optional.of(body.getBytes(StandardCharsets.UTF_8)), "Content-Type", type);
    }
}
