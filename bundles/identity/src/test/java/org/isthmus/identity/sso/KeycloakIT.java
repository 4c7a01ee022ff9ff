// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

/** The core of single sign-on with a Keycloak; see itests/provider/keycloak.sh for how it is started and this is run. */
final class KeycloakIT {
    /** Where keycloak-realm.json says that logouts are told. */
    private static final int OURS = 19_555;

    @Test
    void somebodyLogsInAndIsLoggedOut() throws Exception {
        RealProvider keycloak = RealProvider.running(System.getProperty("isthmus.keycloak"));
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        HttpServer ours = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), OURS), 0);
        ours.createContext("/logout", on -> {
            String form = new String(on.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            told.add(FakeProvider.form(form).get("logout_token"));
            on.sendResponseHeaders(200, -1);
            on.close();
        });
        ours.start();
        try {
            Provider provider = new Provider(
                    "dir_keycloak",
                    keycloak.issuer,
                    "isthmus",
                    Optional.of(new Secret("the-clients-secret-of-32-characters")),
                    URI.create("http://127.0.0.1:" + OURS + "/callback"),
                    List.of("openid", "profile", "email"),
                    Optional.of(Duration.ofHours(1)),
                    Set.of("mfa"),
                    Set.of(),
                    new Provider.ClaimNames("sub", "preferred_username", "email", "name", "groups"));
            Wire wire = new HttpWire(true);
            Discovery discovery = new Discovery(wire, Clock.systemUTC());
            SignedTokens tokens = new SignedTokens(new KeySets(wire, Clock.systemUTC()));
            Memory memory = new ListedMemory();
            CodeFlow flow = new CodeFlow(wire, discovery, tokens, memory, Clock.systemUTC());
            LogoutTokens logouts = new LogoutTokens(discovery, tokens, memory, Clock.systemUTC());
            Begun begun = flow.begin(
                    provider,
                    new Secret("state-" + "-".repeat(37)),
                    new Secret("pledge-" + "-".repeat(36)),
                    Optional.empty(),
                    "127.0.0.1");

            Map<String, List<String>> back =
                    keycloak.login(begun.to(), provider.redirect().toString(), "username=anna&password=annas-password");
            Signed who = flow.finish(provider, begun.state(), Optional.of(begun.pledge()), back);

            assertEquals(Optional.of("anna"), who.username());
            assertEquals(Optional.of("anna@example.com"), who.email());
            assertEquals(Optional.of("Anna Smith"), who.name());
            assertEquals(Set.of("staff", "admins"), Set.copyOf(who.groups()));
            assertTrue(who.session().isPresent());
            keycloak.logoutOfKeycloak();
            String token = told.poll(10, TimeUnit.SECONDS);
            assertEquals(who.session(), logouts.logout(provider, token).session());
        } finally {
            ours.stop(0);
        }
    }
}
