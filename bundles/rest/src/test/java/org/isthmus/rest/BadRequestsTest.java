// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is sent, the answer is a helpful 4xx problem, and nothing reaches the gate. */
final class BadRequestsTest {
    private static final String ORG = Client.BASE + "/organizations/demo";
    private static final String SERVERS = ORG + "/servers";
    private static final String GOOD =
            """
            {"name":"web-1","network":"private","image":"debian","cpus":2,"memoryMiB":2048,"disks":[{"sizeGiB":10}]}""";

    @TempDir
    static Path folder;

    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        client = new Client(folder);
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
    }

    @BeforeEach
    void forget() {
        client.cloud.gate.commands.clear();
        client.cloud.gate.refusals.clear();
    }

    private static void refused(int status, Client.Got got) {
        assertEquals(status, got.status(), got.text());
        assertEquals("application/problem+json", got.header("Content-Type"));
        assertEquals(status, got.json().get("status").asInt());
        assertFalse(got.json().get("detail").asText().isBlank());
        assertFalse(got.header("X-Request-Id").isBlank());
        assertEquals("nosniff", got.header("X-Content-Type-Options"));
        assertTrue(client.cloud.gate.commands.isEmpty(), "nothing reaches the gate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"name\":}",
                "[]",
                "null",
                "3",
                "\"text\"",
                "{\"name\":\"a\"} {\"name\":\"b\"}",
                "{\"name\":\"a\",\"name\":\"b\"}",
                "{'name':'a'}",
                "{\"name\":NaN}",
                "<xml/>",
                "{\"name\":\"\\ud800\"}",
                "{\"name\":\"a\u0000b\"}",
                "// comment\n{}",
                ""
            })
    void whatIsNotAJsonObjectIsRefused(String body) {
        refused(400, client.post(SERVERS, body));
    }

    @Test
    void jsonTenThousandLevelsDeepIsRefused() {
        refused(400, client.post(SERVERS, "[".repeat(10_000) + "]".repeat(10_000)));
        refused(400, client.post(SERVERS, "{\"tags\":".repeat(10_000) + "1" + "}".repeat(10_000)));
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] latin = "{\"name\":\"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        refused(400, client.send("POST", SERVERS, Optional.of(latin)));
        byte[] wide = GOOD.getBytes(StandardCharsets.UTF_16);
        refused(400, client.send("POST", SERVERS, Optional.of(wide)));
        byte[] overlong = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};
        refused(400, client.send("POST", SERVERS, Optional.of(overlong)));
    }

    @Test
    void aBodyOfMoreThanAMebibyteIsTooLarge() {
        String huge = "{\"purpose\":\"" + "x".repeat(1_100_000) + "\"}";
        refused(413, client.post(SERVERS, huge));
    }

    @Test
    void aBodyThatDoesNotSayItsLengthIsTooLargeAllTheSame() throws IOException {
        StringBuilder chunks = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            chunks.append("1000\r\n").append(" ".repeat(4096)).append("\r\n");
        }
        String answer = raw("POST " + SERVERS + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + FakeCloud.ADMIN
                + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
    }

    @Test
    void aStrangersBodyIsNotRead() throws IOException {
        String answer = raw("POST " + SERVERS + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100000000000\r\n\r\n{");

        // answered although nearly all of it is still to come
        assertTrue(answer.startsWith("HTTP/1.1 401"), answer);
    }

    @Test
    void aBodyThatIsBrokenOnTheWayIsRefused() throws IOException {
        String answer = raw("POST " + SERVERS + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + FakeCloud.ADMIN
                + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
    }

    @Test
    void everyWrongFieldIsPointedAtAtOnce() {
        Client.Got got = client.post(
                SERVERS,
                """
                {"name":"Web 1","image":7,"cpus":"2","memoryMiB":-5,"disks":[{"sizeGiB":0},{"size":1}],"colour":"red",
                 "nics":[{"network":"","address":"300.1.1.1"}],"tags":{"a":1},"placement":{"strategy":"SPREAD"}}""");

        refused(400, got);
        List<String> pointers = new ArrayList<>();
        got.json()
                .get("errors")
                .forEach(error -> pointers.add(error.get("pointer").asText()));
        assertEquals(
                List.of(
                        "/colour",
                        "/cpus",
                        "/disks/0/sizeGiB",
                        "/disks/1/size",
                        "/disks/1/sizeGiB",
                        "/image",
                        "/memoryMiB",
                        "/name",
                        "/nics/0/address",
                        "/nics/0/network",
                        "/placement/strategy",
                        "/tags/a"),
                pointers.stream().sorted().toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cpus\":2|\"cpus\":2.0|/cpus",
                "\"cpus\":2|\"cpus\":2e3|/cpus",
                "\"cpus\":2|\"cpus\":null|/cpus",
                "\"cpus\":2|\"cpus\":-1|/cpus",
                "\"cpus\":2|\"cpus\":99999999999999999999999999|/cpus",
                "\"memoryMiB\":2048|\"memoryMiB\":9223372036854775808|/memoryMiB",
                "\"name\":\"web-1\"|\"name\":\"web-1'; drop table srv_server; --\"|/name",
                "\"name\":\"web-1\"|\"name\":\"../../etc/passwd\"|/name",
                "\"name\":\"web-1\"|\"name\":\"<script>alert(1)</script>\"|/name",
                "\"name\":\"web-1\"|\"name\":\"${jndi:ldap://x}\"|/name",
                "\"name\":\"web-1\"|\"name\":\"\"|/name",
                "\"network\":\"private\"|\"purpose\":\"x\"|/network",
                "\"network\":\"private\"|\"network\":\"a\",\"nics\":[{\"network\":\"b\"}]|/nics",
                "\"image\":\"debian\"|\"image\":\"a\\nb\"|/image",
                "\"cpus\":2|\"cpus\":2,\"sshKeys\":[\"rsa\"]|/sshKeys",
                "\"cpus\":2|\"cpus\":2,\"tags\":{\"\":\"x\"}|/tags",
                "\"cpus\":2|\"cpus\":2,\"purpose\":\"a\\u0007\"|/purpose",
                "\"cpus\":2|\"cpus\":2,\"a/b~c\":1|/a~1b~0c"
            })
    void aWrongValueIsPointedAt(String good, String bad, String pointer) {
        assertTrue(GOOD.contains(good));

        Client.Got got = client.post(SERVERS, GOOD.replace(good, bad));

        refused(400, got);
        assertEquals(pointer, got.pointer(), got.text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/servers?limit=0|limit",
                "/servers?limit=1001|limit",
                "/servers?limit=-1|limit",
                "/servers?limit=ten|limit",
                "/servers?limit=99999999999999999999|limit",
                "/servers?cursor=nonsense|cursor",
                "/servers?cursor=|cursor",
                "/servers?state=running|state",
                "/servers?protected=maybe|protected",
                "/servers?colour=red|colour",
                "/servers?name=a&name=b|name",
                "/servers?tag=nocolon|tag",
                "/servers?fields=id,secret|fields",
                "/servers?dryRun=true|dryRun",
                "/servers?_method=DELETE|_method",
                "/servers?name=%0a|name",
                "/images?sha256=xyz|sha256",
                "/audit/entries?from=yesterday|from",
                "/access?user=ada|action",
                "/access?user=ada&action=fly|action",
                "/access?user=ada&action=server.read&resource=x|resource"
            })
    void aWrongParameterIsNamed(String path, String pointer) {
        Client.Got got = client.get(ORG + path);

        refused(400, got);
        assertEquals(pointer, got.pointer(), got.text());
    }

    @Test
    void anAddressThatIsNoneIsRefused() throws IOException {
        for (String target : List.of(
                "/%",
                "/%zz",
                "/%c3%28",
                "/api/v1/organizations/%ff",
                "/api?x=%",
                "/api/v1/../../etc/passwd",
                "//",
                "/[x",
                "/a|b",
                "/api/v1/problems?fields={id}",
                "/a^b",
                "/\\")) {
            String answer = raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                    + FakeCloud.ADMIN + "\r\n\r\n");
            assertTrue(answer.matches("(?s)HTTP/1.1 40[04] .*"), target + ": " + answer);
            assertTrue(answer.contains("application/problem+json"), target + ": " + answer);
            assertFalse(answer.contains("<html"), answer);
        }
    }

    @Test
    void whatIsNotHttpIsRefusedAsAProblem() throws IOException {
        for (String request : List.of(
                "GET / HTTP/9.9\r\n\r\n",
                "nonsense\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(20_000) + "\r\n\r\n")) {
            String answer = raw(request);
            assertTrue(answer.matches("(?s)HTTP/1.1 (4..|505) .*"), answer);
            assertTrue(answer.contains("application/problem+json"), answer);
            assertFalse(answer.contains("<h1"), answer);
        }
    }

    @Test
    void aWeirdIdIsSimplyNotThere() {
        for (String id :
                List.of("a%20b", "%F0%9F%92%A9", "opr_", "OPR_" + Samples.UUID, "x".repeat(300), "..", "'--")) {
            assertTrue(
                    List.of(400, 404)
                            .contains(client.get(Client.BASE + "/operations/" + id)
                                    .status()),
                    id);
            int server = client.get(SERVERS + "/" + id).status();
            assertTrue(List.of(200, 400, 404).contains(server), id + " " + server);
        }
        refused(404, client.get(SERVERS + "/" + "x".repeat(300)));
        refused(404, client.get(Client.BASE + "/organizations//servers"));
        refused(404, client.get(SERVERS + "/"));
        refused(404, client.get(Client.BASE + "/a".repeat(50)));
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/api/v1/drivers,GET",
        "PUT,/api/v1/organizations,POST",
        "DELETE,/healthz,GET",
        "PATCH,/api/v1/sessions,POST",
        "GET,/api/v1/sessions,POST",
        "TRACE,/healthz,GET",
        "FOO,/healthz,GET"
    })
    void aMethodThatIsNotThereIsRefusedWithThoseThatAre(String method, String path, String allowed) {
        Client.Got got = client.send(method, path, Optional.empty());

        refused(405, got);
        assertTrue(got.header("Allow").contains(allowed), got.header("Allow"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/json; charset=iso-8859-1",
                "application/merge-patch+json",
                "nonsense"
            })
    void anotherContentTypeIsRefused(String type) {
        refused(415, client.post(SERVERS, GOOD, "Content-Type", type));
    }

    @Test
    void aCompressedOrUntypedBodyIsRefused() {
        refused(415, client.post(SERVERS, GOOD, "Content-Encoding", "gzip"));
        refused(415, client.post(SERVERS, GOOD, "Content-Type", ""));
    }

    @Test
    void anotherRepresentationIsRefused() {
        refused(406, client.get(SERVERS, "Accept", "text/html"));
        refused(406, client.get(SERVERS, "Accept", "application/json;q=0"));
        assertEquals(
                200,
                client.get(SERVERS, "Accept", "text/html, application/*;q=0.5").status());
    }

    @Test
    void whoIsNotLoggedInIsToldHowAndTheRefusalIsAudited() {
        for (String header :
                List.of("", "Basic YTpi", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + "x".repeat(5000))) {
            client.cloud.gate.refusals.clear();
            Client.Got got = client.get(SERVERS + "/web-1", "Authorization", header);

            refused(401, got);
            assertTrue(got.header("WWW-Authenticate").startsWith("Bearer"));
            assertEquals("anonymous", client.cloud.gate.lastRefusal().caller().username());
            assertEquals("server.read", client.cloud.gate.lastRefusal().action());
            assertEquals("web-1", client.cloud.gate.lastRefusal().about().id());
        }
    }

    @Test
    void aRefusalBeforeTheGateIsAuditedWithWhoAskedForWhat() {
        client.post(SERVERS, "{");

        FakeGate.Refusal refusal = client.cloud.gate.lastRefusal();
        assertEquals("admin@demo", refusal.caller().username());
        assertEquals("server.deploy", refusal.action());
        assertEquals("malformed", refusal.problem().type().slug());
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/api/v1/nothing,not-found",
        "GET,/,not-found",
        "PUT,/api/v1/organizations,method-not-allowed",
        "FOO,/healthz,method-not-allowed",
        "FOO,/nothing,not-found",
        "TRACE,/healthz,method-not-allowed"
    })
    void whoeverTriesDoorsThatAreNoneIsSeenTrying(String method, String path, String problem) {
        client.send(method, path, Optional.empty());
        FakeGate.Refusal member = client.cloud.gate.lastRefusal();
        client.send(method, path, Optional.empty(), "Authorization", "Bearer wrong");
        FakeGate.Refusal stranger = client.cloud.gate.lastRefusal();

        assertEquals("admin@demo", member.caller().username());
        assertEquals("anonymous", stranger.caller().username());
        assertEquals(problem, member.problem().type().slug());
        assertEquals("path", member.about().kind());
        assertTrue(member.about().id().endsWith(" " + path), member.about().id());
        assertEquals(2, client.cloud.gate.refusals.size());
    }

    @Test
    void whoMustChangeThePasswordCanDoNothingElse() {
        String[] fresh = {"Authorization", "Bearer " + FakeCloud.FRESH};
        Client.Got got = client.get(SERVERS, fresh);

        refused(403, got);
        assertEquals("password-change-needed", got.type());
        Client.Got changed = client.send(
                "PUT",
                ORG + "/users/fresh/password",
                Optional.of("{\"current\":\"a\",\"password\":\"b\"}".getBytes(StandardCharsets.UTF_8)),
                fresh);
        assertEquals(204, changed.status(), changed.text());
        assertEquals(1, client.cloud.gate.commands.size());
    }

    @Test
    void anIdempotencyKeyThatIsNoneIsRefused() {
        refused(400, client.post(SERVERS, GOOD, "Idempotency-Key", "x".repeat(129)));
    }

    @Test
    void aBrokenPartIsAnswered500WithoutItsInsides() {
        client.cloud.broken = true;
        Client.Got got = client.get(SERVERS);
        client.cloud.broken = false;

        assertEquals(500, got.status());
        assertFalse(got.text().contains("as told"), got.text());
        assertFalse(got.text().contains("Exception"), got.text());
    }

    @Test
    void aPathThatIsNoneIsAnswered404AlsoWhileNobodyCanSayWhoAsks() {
        client.cloud.loginsBroken = true;
        Client.Got got = client.get(Client.BASE + "/nothing-here");
        client.cloud.loginsBroken = false;

        assertEquals(404, got.status(), got.text());
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), client.server.http().getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            StringBuilder answer = new StringBuilder();
            int next = in.read();
            // as far as the end of the body, which of ours are one line of JSON
            while (next >= 0 && !(next == '}' && in.available() == 0)) {
                answer.append((char) next);
                next = in.read();
            }
            return answer.append('}').toString();
        }
    }
}
