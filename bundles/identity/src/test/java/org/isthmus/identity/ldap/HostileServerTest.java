// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.asn1.ASN1OctetString;
import com.unboundid.ldap.listener.LDAPListener;
import com.unboundid.ldap.listener.LDAPListenerClientConnection;
import com.unboundid.ldap.listener.LDAPListenerConfig;
import com.unboundid.ldap.listener.LDAPListenerRequestHandler;
import com.unboundid.ldap.protocol.BindRequestProtocolOp;
import com.unboundid.ldap.protocol.BindResponseProtocolOp;
import com.unboundid.ldap.protocol.LDAPMessage;
import com.unboundid.ldap.protocol.SearchRequestProtocolOp;
import com.unboundid.ldap.protocol.SearchResultDoneProtocolOp;
import com.unboundid.ldap.protocol.SearchResultEntryProtocolOp;
import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Control;
import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.controls.SimplePagedResultsControl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.identity.ldap.LdapFailure.Kind;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

/** Servers that hang, lie or never end. */
final class HostileServerTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static LdapServer asked(int port, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("url", "ldap://127.0.0.1:" + port);
        settings.put("plain", "true");
        settings.put("timeout", "PT1S");
        settings.put("bind.dn", "cn=reader,dc=example,dc=org");
        settings.put("users.base", "dc=example,dc=org");
        settings.put("max.entries", "100");
        settings.put("page.size", "10");
        settings.putAll(more);
        return new LdapServer(LdapSettings.of(settings, Slapd.secrets()), new Reach(true));
    }

    private static LdapFailure login(LdapServer server) {
        return assertTimeoutPreemptively(
                SOON, () -> assertThrows(LdapFailure.class, () -> server.login("anna", new Secret("annaanna"))));
    }

    private static LdapFailure everything(LdapServer server) {
        return assertTimeoutPreemptively(SOON, () -> assertThrows(LdapFailure.class, server::everything));
    }

    /** Takes connections and never says a word. */
    private static ServerSocket mute() throws IOException {
        return new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @Test
    void aServerThatNeverSaysAWordIsUnreachableSoon() throws IOException {
        try (ServerSocket mute = mute()) {
            int port = mute.getLocalPort();

            assertEquals(Kind.UNREACHABLE, login(asked(port, Map.of())).kind());
            assertEquals(
                    Kind.UNREACHABLE,
                    login(asked(port, Map.of("url", "ldaps://127.0.0.1:" + port, "plain", "false")))
                            .kind());
            assertEquals(
                    Kind.UNREACHABLE,
                    login(asked(port, Map.of("start.tls", "true", "plain", "false")))
                            .kind());
            assertEquals(Kind.UNREACHABLE, everything(asked(port, Map.of())).kind());
        }
    }

    @Test
    void nobodyListeningIsUnreachableAtOnce() throws IOException {
        int port;
        try (ServerSocket mute = mute()) {
            port = mute.getLocalPort();
        }

        LdapFailure failure = login(asked(port, Map.of()));
        assertEquals(Kind.UNREACHABLE, failure.kind());
        assertTrue(
                failure.getMessage().matches("ldap://127.0.0.1:[0-9]+ does not answer: connect error, .*refused.*"),
                failure.getMessage());
        assertTrue(failure.getMessage().length() < 150, failure.getMessage());
    }

    /** Lets everybody bind; what a search is answered is given. */
    private static final class Liar extends LDAPListenerRequestHandler implements AutoCloseable {
        private interface Lie {
            LDAPMessage done(LDAPListenerClientConnection to, int id, SearchRequestProtocolOp asked, List<Control> with)
                    throws LDAPException, IOException;
        }

        private final Lie lie;
        private final LDAPListenerClientConnection to;
        private final AtomicInteger anonymous;
        private LDAPListener listener;

        Liar(Lie lie) throws IOException {
            this(lie, null, new AtomicInteger());
            listener = new LDAPListener(new LDAPListenerConfig(0, this));
            listener.startListening();
        }

        private Liar(Lie lie, LDAPListenerClientConnection to, AtomicInteger anonymous) {
            this.lie = lie;
            this.to = to;
            this.anonymous = anonymous;
        }

        @Override
        public LDAPListenerRequestHandler newInstance(LDAPListenerClientConnection connection) {
            return new Liar(lie, connection, anonymous);
        }

        @Override
        public LDAPMessage processBindRequest(int id, BindRequestProtocolOp request, List<Control> controls) {
            if (request.getSimplePassword() == null
                    || request.getSimplePassword().getValueLength() == 0) {
                anonymous.incrementAndGet();
            } else if (request.getSimplePassword().stringValue().equals("expired")) {
                return new LDAPMessage(
                        id,
                        new BindResponseProtocolOp(
                                49,
                                null,
                                "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 532, v1db1",
                                null,
                                null));
            }
            return new LDAPMessage(id, new BindResponseProtocolOp(0, null, null, null, null));
        }

        @Override
        public LDAPMessage processSearchRequest(int id, SearchRequestProtocolOp request, List<Control> controls) {
            try {
                return lie.done(to, id, request, controls);
            } catch (LDAPException | IOException e) {
                return new LDAPMessage(id, new SearchResultDoneProtocolOp(80, null, e.getMessage(), null));
            }
        }

        private static LDAPMessage other(int id) {
            return new LDAPMessage(id, new SearchResultDoneProtocolOp(53, null, "no", null));
        }

        @Override
        public LDAPMessage processAddRequest(
                int id, com.unboundid.ldap.protocol.AddRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        @Override
        public LDAPMessage processCompareRequest(
                int id, com.unboundid.ldap.protocol.CompareRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        @Override
        public LDAPMessage processDeleteRequest(
                int id, com.unboundid.ldap.protocol.DeleteRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        @Override
        public LDAPMessage processExtendedRequest(
                int id, com.unboundid.ldap.protocol.ExtendedRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        @Override
        public LDAPMessage processModifyRequest(
                int id, com.unboundid.ldap.protocol.ModifyRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        @Override
        public LDAPMessage processModifyDNRequest(
                int id, com.unboundid.ldap.protocol.ModifyDNRequestProtocolOp request, List<Control> controls) {
            return other(id);
        }

        int port() {
            return listener.getListenPort();
        }

        @Override
        public void close() {
            listener.shutDown(true);
        }
    }

    private static SearchResultEntryProtocolOp somebody(int number) {
        return new SearchResultEntryProtocolOp(new Entry(
                "uid=u" + number + ",dc=example,dc=org",
                new Attribute("uid", "u" + number),
                new Attribute("entryUUID", "id-" + number),
                new Attribute("mail", "u@example.org")));
    }

    private static LDAPMessage done(int id, Control... controls) {
        return new LDAPMessage(id, new SearchResultDoneProtocolOp(0, null, null, null), controls);
    }

    @Test
    void pagesWithoutAnEndAreNoAnswer() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) ->
                done(id, new SimplePagedResultsControl(0, new ASN1OctetString("again"), false)))) {

            assertEquals(Kind.PARTIAL, everything(asked(liar.port(), Map.of())).kind());
        }
    }

    @Test
    void entriesWithoutAnEndAreCutAndAreNoAnswer() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            for (int i = 0; true; i++) {
                to.sendSearchResultEntry(id, somebody(i));
            }
        })) {
            assertEquals(Kind.PARTIAL, everything(asked(liar.port(), Map.of())).kind());
            assertEquals(Kind.PARTIAL, login(asked(liar.port(), Map.of())).kind());
        }
    }

    @Test
    void aServerThatBreaksOffInTheMiddleIsNoAnswer() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(id, somebody(1));
            to.close();
            return null;
        })) {
            assertEquals(
                    Kind.UNREACHABLE, everything(asked(liar.port(), Map.of())).kind());
        }
    }

    @Test
    void aServerThatFailsOnTheSecondPageIsNoAnswer() throws IOException {
        AtomicInteger pages = new AtomicInteger();
        try (Liar liar = new Liar((to, id, asked, with) -> {
            if (pages.incrementAndGet() > 1) {
                return new LDAPMessage(id, new SearchResultDoneProtocolOp(51, null, "busy", null));
            }
            to.sendSearchResultEntry(id, somebody(1));
            return done(id, new SimplePagedResultsControl(0, new ASN1OctetString("more"), false));
        })) {
            assertEquals(
                    Kind.UNREACHABLE, everything(asked(liar.port(), Map.of())).kind());
        }
    }

    @Test
    void aServerThatDoesNotKnowPagesIsTakenAtItsWord() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(id, somebody(1));
            to.sendSearchResultEntry(id, somebody(2));
            return done(id);
        })) {
            assertEquals(2, asked(liar.port(), Map.of()).everything().people().size());
        }
    }

    @Test
    void twoEntriesWithOneIdAreAMistakeOfTheSettings() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(id, somebody(1));
            to.sendSearchResultEntry(id, somebody(1));
            return done(id);
        })) {
            assertEquals(
                    Kind.MISCONFIGURED, everything(asked(liar.port(), Map.of())).kind());
        }
    }

    @Test
    void aServerThatLetsEverybodyInAnswersNothingForAnEmptyPasswordOrAnotherName() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(id, somebody(7));
            return done(id);
        })) {
            LdapServer server = asked(liar.port(), Map.of());

            assertTrue(server.login("u7", new Secret("")).person().isEmpty());
            assertTrue(server.login("anna", new Secret("right")).person().isEmpty());
            assertTrue(server.login("u7", new Secret("right")).person().isPresent());
            assertEquals(0, liar.anonymous.get());
        }
    }

    @Test
    void whyActiveDirectoryRefusedIsToldInWords() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(id, somebody(7));
            return done(id);
        })) {
            String why = asked(liar.port(), Map.of())
                    .login("u7", new Secret("expired"))
                    .why();

            assertTrue(why.contains("the password has expired: 80090308"), why);
        }
    }

    @Test
    void whatAStrangerWritesIsCutAndHasNoControlCharacters() throws IOException {
        try (Liar liar = new Liar((to, id, asked, with) -> {
            to.sendSearchResultEntry(
                    id,
                    new SearchResultEntryProtocolOp(new Entry(
                            "uid=u1,dc=example,dc=org",
                            new Attribute("uid", "u1"),
                            new Attribute("entryUUID", "id-1"),
                            new Attribute("cn", "a\r\nb\u202e\u0000" + "x".repeat(5_000)),
                            new Attribute("sn", "x" + "\ud83d\ude00".repeat(300)),
                            new Attribute("mail", "u@example.org"))));
            return done(id);
        })) {
            Person person = asked(liar.port(), Map.of()).everything().people().get(0);
            String name = person.displayName().orElseThrow();

            assertTrue(name.startsWith("a  b  xxx"), name);
            assertEquals(200, name.length());
            assertEquals("x" + "\ud83d\ude00".repeat(99), person.familyName().orElseThrow());
        }
    }
}
