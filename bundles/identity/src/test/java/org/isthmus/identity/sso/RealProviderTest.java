// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The core of single sign-on with a provider others wrote: oidc-provider, certified by the OpenID Foundation. */
final class RealProviderTest {
    private static final String SECRET = "the-clients-secret-of-32-characters";

    private final BlockingQueue<String> logoutTokens = new LinkedBlockingQueue<>();
    private final List<RealProvider> started = new ArrayList<>();
    private HttpServer ours;

    @TempDir
    Path folder;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(RealProvider.here(), "node and npm are needed (apt-get install nodejs npm)");
        ours = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ours.createContext("/logout", on -> {
            String form = new String(on.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            logoutTokens.add(FakeProvider.form(form).get("logout_token"));
            on.sendResponseHeaders(200, -1);
            on.close();
        });
        ours.start();
    }

    @AfterEach
    void stop() {
        started.forEach(RealProvider::close);
        if (ours != null) {
            ours.stop(0);
        }
    }

    private String address() {
        return "http://127.0.0.1:" + ours.getAddress().getPort();
    }

    private RealProvider provider(boolean claimsByUserinfo) throws IOException {
        Map<String, Object> client = new HashMap<>(Map.of(
                "client_id",
                "isthmus",
                "client_secret",
                SECRET,
                "redirect_uris",
                List.of(address() + "/callback"),
                "backchannel_logout_uri",
                address() + "/logout",
                "backchannel_logout_session_required",
                true));
        Map<String, Object> open = new HashMap<>(Map.of(
                "client_id", "public",
                "token_endpoint_auth_method", "none",
                "redirect_uris", List.of(address() + "/callback")));
        Map<String, Object> anna = Map.of(
                "password",
                "anna's",
                "amr",
                List.of("pwd", "mfa"),
                "claims",
                Map.of(
                        "preferred_username", "anna",
                        "name", "Anna Smith",
                        "email", "anna@example.com",
                        "email_verified", true,
                        "groups", List.of("staff", "admins")));
        RealProvider provider = RealProvider.start(
                folder,
                Map.of("clients", List.of(client, open), "people", Map.of("anna", anna), "conform", claimsByUserinfo));
        started.add(provider);
        return provider;
    }

    private Provider settings(RealProvider real, String client, Optional<Secret> secret) {
        return new Provider(
                "dir_real",
                real.issuer,
                client,
                secret,
                URI.create(address() + "/callback"),
                List.of("openid", "profile", "email", "groups"),
                Optional.of(Duration.ofHours(1)),
                Set.of("mfa"),
                Set.of(),
                new Provider.ClaimNames("sub", "preferred_username", "email", "name", "groups"));
    }

    /** What a controller has. */
    private static final class Ours {
        private final Wire wire = new HttpWire(true);
        private final Discovery discovery = new Discovery(wire, Clock.systemUTC());
        private final SignedTokens tokens = new SignedTokens(new KeySets(wire, Clock.systemUTC()));
        private final Memory memory = new ListedMemory();
        private final CodeFlow flow = new CodeFlow(wire, discovery, tokens, memory, Clock.systemUTC());
        private final LogoutTokens logouts = new LogoutTokens(discovery, tokens, memory, Clock.systemUTC());
        private int logins;

        Signed login(RealProvider real, Provider provider) {
            logins++;
            Begun begun = flow.begin(
                    provider,
                    new Secret("state-" + logins + "-".repeat(30)),
                    new Secret("pledge-" + logins + "-".repeat(30)),
                    Optional.empty(),
                    "127.0.0.1");
            Map<String, List<String>> back =
                    real.login(begun.to(), provider.redirect().toString(), "anna", "anna%27s");
            return flow.finish(provider, new Secret(back.get("state").get(0)), Optional.of(begun.pledge()), back);
        }
    }

    @Test
    void somebodyLogsInAndWhoTheyAreIsInTheIdToken() throws IOException {
        RealProvider real = provider(false);

        Signed who = new Ours().login(real, settings(real, "isthmus", Optional.of(new Secret(SECRET))));

        assertEquals("anna", who.subject());
        assertEquals(Optional.of("anna"), who.username());
        assertEquals(Optional.of("anna@example.com"), who.email());
        assertEquals(List.of("staff", "admins"), who.groups());
        assertTrue(who.session().isPresent());
        assertTrue(who.strongAt().isPresent(), "amr says mfa");
    }

    @Test
    void whoTheyAreMayBeAskedForAndTheClientMayHaveNoSecret() throws IOException {
        RealProvider real = provider(true);

        Signed who = new Ours().login(real, settings(real, "public", Optional.empty()));

        assertEquals(Optional.of("Anna Smith"), who.name());
        assertEquals(List.of("staff", "admins"), who.groups());
    }

    @Test
    void aWrongSecretIsRefusedByTheProvider() throws IOException {
        RealProvider real = provider(false);

        Untrusted refused = assertThrows(Untrusted.class, () -> new Ours()
                .login(real, settings(real, "isthmus", Optional.of(new Secret("another")))));

        assertEquals(Refusal.CODE, refused.refusal());
    }

    @Test
    void theProvidersKeysMayChangeBetweenTwoLogins() throws IOException {
        RealProvider real = provider(false);
        Ours ours = new Ours();
        Provider provider = settings(real, "isthmus", Optional.of(new Secret(SECRET)));
        ours.login(real, provider);
        real.test("rotate", "");

        assertEquals("anna", ours.login(real, provider).subject());
    }

    @Test
    void aLogoutAtTheProviderComesAsATokenThatIsGoodOnce() throws Exception {
        RealProvider real = provider(false);
        Ours ours = new Ours();
        Provider provider = settings(real, "isthmus", Optional.of(new Secret(SECRET)));
        Signed who = ours.login(real, provider);

        real.logout();
        String token = logoutTokens.poll(10, TimeUnit.SECONDS);

        LogoutTokens.Logout logout = ours.logouts.logout(provider, token);
        assertEquals(who.session(), logout.session());
        ours.logouts.use(provider, logout);
        assertEquals(
                Refusal.REPLAYED,
                assertThrows(Untrusted.class, () -> ours.logouts.use(provider, logout))
                        .refusal());
    }
}
