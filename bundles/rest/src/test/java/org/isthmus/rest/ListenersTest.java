// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.isthmus.model.Ids;
import org.isthmus.rest.tls.SelfSigned;
import org.isthmus.rest.web.WebSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where it listens, and with which certificate. */
final class ListenersTest {
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir
    Path folder;

    private WebSettings settings(boolean https, boolean http, int httpPort) {
        return new WebSettings(
                https, 0, "127.0.0.1", http, httpPort, Optional.empty(), Optional.empty(), folder.resolve("tls"));
    }

    private RestServer start(WebSettings settings) throws IOException {
        return RestServer.start(settings, new FakeCloud().services(), new Ids(CLOCK), CLOCK);
    }

    private HttpClient trusting(Path certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "isthmus", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static int status(HttpClient client, URI server) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(server + "/healthz")).build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void karafIsGivenAsManyThreadsAsThePlainServer() throws IOException {
        Properties shipped = new Properties();
        try (Reader file =
                Files.newBufferedReader(Path.of("../../karaf-assembly/src/main/resources/etc/org.ops4j.pax.web.cfg"))) {
            shipped.load(file);
        }

        assertEquals(
                Integer.toString(RestServer.MAX_THREADS), shipped.getProperty("org.ops4j.pax.web.server.maxThreads"));
    }

    @Test
    void aClientThatTrustsTheCertificateComesInByTheMachinesName() throws Exception {
        try (RestServer server = start(settings(true, true, 0))) {
            HttpClient client = trusting(folder.resolve("tls/certificate.pem"));

            assertEquals(200, status(client, server.https()));
            assertEquals(
                    200,
                    status(
                            client,
                            URI.create("https://localhost:" + server.https().getPort())));
            assertEquals(200, status(client, server.http()));
        }
    }

    @Test
    void theKeyIsForTheOwnerOnlyAndKeptOverARestart() throws Exception {
        SelfSigned.Made first = SelfSigned.ensure(folder, CLOCK);
        SelfSigned.Made again = SelfSigned.ensure(folder, CLOCK);

        assertEquals(first.fingerprint(), again.fingerprint());
        assertEquals(first.password(), again.password());
        for (String secret : new String[] {"keystore.p12", "keystore.password"}) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(secret))));
        }
    }

    @Test
    void aCertificateThatIsAboutToEndIsMadeAnew() throws Exception {
        Clock longAgo = Clock.fixed(CLOCK.instant().minus(Duration.ofDays(800)), ZoneOffset.UTC);
        SelfSigned.Made old = SelfSigned.ensure(folder, longAgo);

        assertNotEquals(old.fingerprint(), SelfSigned.ensure(folder, CLOCK).fingerprint());
    }

    @Test
    void aKeyStoreThatCannotBeReadIsSaidSo() throws Exception {
        SelfSigned.ensure(folder, CLOCK);
        Files.writeString(folder.resolve("keystore.password"), "another");

        IOException problem = assertThrows(IOException.class, () -> SelfSigned.ensure(folder, CLOCK));
        assertFalse(problem.getMessage().isBlank());
    }

    @Test
    void changedSettingsAreAppliedWhileItRuns() throws Exception {
        try (RestServer server = start(settings(true, true, 0))) {
            int port = server.http().getPort();
            server.listeners().apply(settings(true, false, 0));

            assertThrows(
                    IOException.class,
                    () -> status(HttpClient.newHttpClient(), URI.create("http://127.0.0.1:" + port)));
            assertEquals(200, status(trusting(folder.resolve("tls/certificate.pem")), server.https()));
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            IOException problem =
                    assertThrows(IOException.class, () -> start(settings(false, true, taken.getLocalPort())));

            assertTrue(problem.getMessage().contains(":" + taken.getLocalPort()), problem.getMessage());
        }
    }

    @Test
    void settingsThatCannotBeAreRefusedAllAtOnce() {
        IllegalArgumentException problem = assertThrows(
                IllegalArgumentException.class,
                () -> new WebSettings(true, 99_999, " ", true, -1, Optional.empty(), Optional.empty(), folder));

        assertTrue(problem.getMessage().contains("https.port"));
        assertTrue(problem.getMessage().contains("http.port"));
        assertTrue(problem.getMessage().contains("https.address"));
    }
}
