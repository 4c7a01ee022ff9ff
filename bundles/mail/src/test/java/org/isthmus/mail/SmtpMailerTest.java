// SPDX-License-Identifier: Apache-2.0
package org.isthmus.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.isthmus.api.mail.Mailer.Mail;
import org.isthmus.api.mail.Mailer.NotTaken;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real mail server. */
@Timeout(60)
final class SmtpMailerTest {
    private static final String PASSWORD = "test-only";
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);
    private static final Mail MAIL =
            new Mail("evt_1.usr_1", "ada@example.org", "acme: 80 % – müde\r\nBcc: x@y.z", "Grüße\n.\nEnde\n");

    @TempDir
    static Path keys;

    @TempDir
    Path directory;

    private Optional<GreenMail> server = Optional.empty();

    @BeforeAll
    static void makeKeys() throws IOException, InterruptedException {
        Path file = keys.resolve("keys.p12");
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "mail",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .inheritIO()
                .start();
        assertTrue(tool.waitFor(60, TimeUnit.SECONDS) && tool.exitValue() == 0);
        System.setProperty("greenmail.tls.keystore.file", file.toString());
        System.setProperty("greenmail.tls.keystore.password", PASSWORD);
    }

    @AfterEach
    void stop() {
        server.ifPresent(GreenMail::stop);
    }

    private GreenMail start(String protocol) {
        ServerSetup setup = new ServerSetup(0, "localhost", protocol);
        setup.setServerStartupTimeout(TimeUnit.SECONDS.toMillis(30));
        GreenMail started = new GreenMail(setup);
        started.start();
        server = Optional.of(started);
        return started;
    }

    private static int port(GreenMail mail, boolean secure) {
        return secure ? mail.getSmtps().getPort() : mail.getSmtp().getPort();
    }

    private static Config config(Map<String, Object> otherwise) {
        return (Config) Proxy.newProxyInstance(
                Config.class.getClassLoader(),
                new Class<?>[] {Config.class},
                (proxy, method, arguments) -> otherwise.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    private SmtpMailer mailer(int port, String tls) {
        return mailer(Map.of("port", port, "tls", tls));
    }

    private SmtpMailer mailer(Map<String, Object> otherwise) {
        Map<String, Object> all = new HashMap<>(Map.of("host", "localhost", "from", "isthmus@example.org"));
        all.putAll(otherwise);
        return new SmtpMailer(Settings.of(config(all), directory).orElseThrow(), NOON);
    }

    private static SSLSocketFactory trusting() throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys.resolve("keys.p12"))) {
            own.load(in, PASSWORD.toCharArray());
        }
        KeyStore certificates = KeyStore.getInstance("PKCS12");
        certificates.load(null, null);
        certificates.setCertificateEntry("mail", own.getCertificate("mail"));
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(certificates);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusted.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    @Test
    void whatIsSentArrivesAsItWasWrittenToOnePersonOnly() throws Exception {
        GreenMail mail = start("smtp");

        mailer(port(mail, false), "NONE").send(MAIL);

        MimeMessage came = mail.getReceivedMessages()[0];
        assertEquals(1, mail.getReceivedMessages().length);
        assertEquals("acme: 80 % – müde  Bcc: x@y.z", came.getSubject());
        assertEquals(
                "Grüße\n.\nEnde",
                ((String) came.getContent()).replace("\r\n", "\n").strip());
        assertEquals("isthmus@example.org", came.getFrom()[0].toString());
        assertEquals("ada@example.org", came.getAllRecipients()[0].toString());
        assertEquals(1, came.getAllRecipients().length);
        assertEquals("<evt_1.usr_1@isthmus>", came.getMessageID());
        assertEquals("auto-generated", came.getHeader("Auto-Submitted")[0]);
        assertEquals(NOON.instant(), came.getSentDate().toInstant());
    }

    @Test
    void encryptedFromTheBeginningWithALogin() throws Exception {
        GreenMail mail = start("smtps");
        mail.setUser("isthmus@example.org", "isthmus", "a password");
        Files.writeString(directory.resolve("password"), "a password\n");
        Map<String, Object> login =
                Map.of("port", port(mail, true), "tls", "TLS", "user", "isthmus", "password_file", "password");

        mailer(login).trusting(trusting()).send(MAIL);
        assertEquals(1, mail.getReceivedMessages().length);

        Files.writeString(directory.resolve("password"), "another\n");
        NotTaken refused = assertThrows(
                NotTaken.class, () -> mailer(login).trusting(trusting()).send(MAIL));
        assertFalse(refused.forGood());
        assertFalse(refused.getMessage().contains("another"), refused.getMessage());
    }

    @Test
    void nothingIsSentToAServerThatNobodyKnowsOrUnderAnotherName() throws Exception {
        GreenMail mail = start("smtps");

        NotTaken unknown = assertThrows(
                NotTaken.class, () -> mailer(port(mail, true), "TLS").send(MAIL));
        NotTaken misnamed = assertThrows(
                NotTaken.class, () -> mailer(Map.of("host", "127.0.0.1", "port", port(mail, true), "tls", "TLS"))
                        .trusting(trusting())
                        .send(MAIL));

        assertFalse(unknown.forGood());
        assertFalse(misnamed.forGood());
        assertEquals(0, mail.getReceivedMessages().length);
    }

    @Test
    void nothingIsSentUnencryptedWhereItShallNotBe() {
        GreenMail mail = start("smtp");

        NotTaken refused = assertThrows(
                NotTaken.class, () -> mailer(port(mail, false), "STARTTLS").send(MAIL));

        assertFalse(refused.forGood());
        assertEquals(0, mail.getReceivedMessages().length);
    }

    @Test
    void aServerThatIsAwayTakesItLater() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }

        NotTaken refused =
                assertThrows(NotTaken.class, () -> mailer(free, "NONE").send(MAIL));

        assertFalse(refused.forGood());
    }

    @Test
    void anAddressThatIsNoneIsGivenUp() {
        GreenMail mail = start("smtp");

        NotTaken refused = assertThrows(
                NotTaken.class, () -> mailer(port(mail, false), "NONE").send(new Mail("x", "ada@", "subject", "text")));

        assertTrue(refused.forGood());
    }

    @Test
    void theShippedFileShowsTheDefaultsAndSendsNothing() throws IOException {
        Properties shipped = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("..", "..", "config", "org.isthmus.mail.cfg"))) {
            shipped.load(reader);
        }
        Map<String, String> defaults = new TreeMap<>();
        for (Method method : Config.class.getDeclaredMethods()) {
            defaults.put(method.getName().replace('_', '.'), String.valueOf(method.getDefaultValue()));
        }

        assertEquals(defaults, new TreeMap<>(shipped));
        assertEquals(Optional.empty(), Settings.of(config(Map.of()), directory));
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        String said = assertThrows(
                        IllegalArgumentException.class,
                        () -> Settings.of(
                                config(Map.of("host", "x", "port", 0, "tls", "maybe", "from", "me", "user", "u")),
                                directory))
                .getMessage();

        for (String part : new String[] {"tls is", "port is", "from is", "password.file cannot be read"}) {
            assertTrue(said.contains(part), said);
        }
    }
}
