// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 5: hostile and clumsy requests are refused with the right words, and change nothing. */
@ExtendWith(Journey.class)
final class BadInputTest {
    private static final String ORG = "/organizations/target";
    private static final String OTHERS = "srv_01890000-0000-7000-8000-000000000000";

    /**
     * One request.
     *
     * @param body its bytes, each as the character of the same number (ISO 8859-1)
     * @param wanted status and type of problem, such as {@code 400 malformed}
     * @param pointer what errors[] must point at; empty when nothing need be pointed at
     */
    private record Hostile(
            String method, String path, Map<String, String> headers, String body, String wanted, String pointer) {
        Hostile with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Hostile(method, path, more, body, wanted, pointer);
        }

        Answer sentBy(Api api) {
            Api.Request request = api.request(method, path);
            headers.forEach(request::header);
            if (!body.isEmpty() && !headers.containsKey("Content-Type")) {
                request.header("Content-Type", "application/json");
            }
            return request.bytes(raw(body)).send();
        }

        @Override
        public String toString() {
            String text = body.substring(0, Math.min(body.length(), 120));
            return method + " " + path + " " + headers + " " + text;
        }
    }

    private static Hostile json(String method, String path, String body, String wanted, String pointer) {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return new Hostile(method, path, Map.of(), bytes, wanted, pointer);
    }

    private static Hostile get(String path, String wanted, String pointer) {
        return new Hostile("GET", path, Map.of(), "", wanted, pointer);
    }

    /** A server wish with one thing replaced. */
    private static String server(String field, String value) {
        Map<String, String> wish = new LinkedHashMap<>();
        wish.put("name", "\"bad-1\"");
        wish.put("network", "\"private\"");
        wish.put("image", "\"tiny\"");
        wish.put("cpus", "1");
        wish.put("memoryMiB", "128");
        wish.put("disks", "[{\"sizeGiB\":1}]");
        wish.put(field, value);
        List<String> members = new ArrayList<>();
        wish.forEach((name, text) -> members.add("\"" + name + "\":" + text));
        return "{" + String.join(",", members) + "}";
    }

    private static Hostile badServer(String field, String value, String wanted, String pointer) {
        return json("POST", ORG + "/servers", server(field, value), wanted, pointer);
    }

    private static List<Hostile> malformedBodies() {
        String networks = ORG + "/networks";
        String malformed = "400 malformed";
        return List.of(
                json("POST", networks, "", malformed, ""),
                json("POST", networks, "{", malformed, ""),
                json("POST", networks, "{\"name\":}", malformed, ""),
                json("POST", networks, "{'name':'a'}", malformed, ""),
                json("POST", networks, "{\"name\":\"a\",}", malformed, ""),
                json("POST", networks, "{\"name\":\"a\"} {\"name\":\"b\"}", malformed, ""),
                json("POST", networks, "{\"name\":\"a\",\"name\":\"b\"}", malformed, ""),
                json("POST", networks, "[]", malformed, ""),
                json("POST", networks, "null", malformed, ""),
                json("POST", networks, "\"text\"", malformed, ""),
                json("POST", networks, "NaN", malformed, ""),
                json("POST", networks, "/* comment */ {}", malformed, ""),
                json("POST", networks, "<network><name>a</name></network>", malformed, ""),
                json("POST", networks, "[".repeat(20_000), malformed, ""),
                json("POST", networks, "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000), malformed, ""),
                json("POST", networks, "{\"name\":" + "9".repeat(5_000) + "}", malformed, ""),
                new Hostile("POST", networks, Map.of(), "{\"\u00c3(\":1}", malformed, ""),
                new Hostile("POST", networks, Map.of(), "\u00ff\u00fe{\0}\0", malformed, ""),
                json(
                        "POST",
                        networks,
                        "{\"name\":\"\\ud800\",\"location\":\"x\",\"cidr\":\"10.0.0.0/24\"}",
                        malformed,
                        "/name"));
    }

    private static List<Hostile> wrongFields() {
        String malformed = "400 malformed";
        return List.of(
                badServer("surprise", "1", malformed, "/surprise"),
                badServer("name", "7", malformed, "/name"),
                badServer("name", "null", malformed, "/name"),
                badServer("name", "\"\"", malformed, "/name"),
                badServer("name", "\"" + "a".repeat(64) + "\"", malformed, "/name"),
                badServer("name", "\"Upper\"", malformed, "/name"),
                badServer("name", "\"-dash\"", malformed, "/name"),
                badServer("name", "\"a; drop table srv_server --\"", malformed, "/name"),
                badServer("name", "\"' or '1'='1\"", malformed, "/name"),
                badServer("name", "\"../../etc/passwd\"", malformed, "/name"),
                badServer("name", "\"${jndi:ldap://127.0.0.1/a}\"", malformed, "/name"),
                badServer("name", "\"<script>alert(1)</script>\"", malformed, "/name"),
                badServer("name", "\"a\\u0000b\"", malformed, "/name"),
                badServer("name", "\"a\\r\\nX-Evil: 1\"", malformed, "/name"),
                badServer("cpus", "\"1\"", malformed, "/cpus"),
                badServer("cpus", "1.5", malformed, "/cpus"),
                badServer("cpus", "0", malformed, "/cpus"),
                badServer("cpus", "-1", malformed, "/cpus"),
                badServer("cpus", "1e400", malformed, "/cpus"),
                badServer("cpus", "99999999999999999999", malformed, "/cpus"),
                badServer("memoryMiB", "true", malformed, "/memoryMiB"),
                badServer("memoryMiB", "9223372036854775807", malformed, "/memoryMiB"),
                badServer("disks", "[]", malformed, "/disks"),
                badServer("disks", "{}", malformed, "/disks"),
                badServer("disks", "[{\"sizeGiB\":1},{\"sizeGiB\":-1}]", malformed, "/disks/1/sizeGiB"),
                badServer("disks", "[{\"sizeGiB\":1,\"path\":\"/dev/sda\"}]", malformed, "/disks/0/path"),
                badServer("disks", "[" + "{\"sizeGiB\":1},".repeat(40) + "{\"sizeGiB\":1}]", malformed, "/disks"),
                badServer("tags", "{\"../x\":\"1\"}", malformed, "/tags"),
                badServer("tags", "{\"a\":1}", malformed, "/tags/a"),
                badServer("sshKeys", "[\"ssh-ed25519 AAAA\\nssh-rsa BBBB\"]", malformed, "/sshKeys"),
                badServer("placement", "{\"strategy\":\"random\"}", malformed, "/placement/strategy"),
                badServer("image", "\"absent\"", "404 not-found", ""),
                badServer("network", "\"net_01890000-0000-7000-8000-000000000000\"", "404 not-found", ""),
                badServer("network", "\"private' or 1=1 --\"", "404 not-found", ""),
                json(
                        "POST",
                        ORG + "/networks",
                        "{\"name\":\"n\",\"location\":\"bad-place\",\"cidr\":\"8.8.8.0/24\"}",
                        malformed,
                        "/cidr"),
                json(
                        "POST",
                        ORG + "/networks",
                        "{\"name\":\"n\",\"location\":\"bad-place\",\"cidr\":\"10.0.0.0/33\"}",
                        malformed,
                        "/cidr"),
                json(
                        "POST",
                        ORG + "/networks",
                        "{\"name\":\"n\",\"location\":\"nowhere\",\"cidr\":\"10.0.0.0/24\"}",
                        "404 not-found",
                        ""),
                json("POST", ORG + "/users", "{\"username\":\"Ann Lee\",\"email\":\"a@b.c\"}", malformed, "/username"),
                json("POST", ORG + "/users", "{\"username\":\"bob\",\"email\":\"no-address\"}", malformed, "/email"),
                json(
                        "POST",
                        ORG + "/grants",
                        "{\"subject\":{\"kind\":\"user\",\"id\":\"ann\"},\"role\":\"king\"}",
                        "400 role-unknown",
                        ""),
                json("POST", ORG + "/tokens", "{\"name\":\"t\",\"expiresAt\":\"tomorrow\"}", malformed, "/expiresAt"),
                json(
                        "POST",
                        ORG + "/tokens",
                        "{\"name\":\"t\",\"expiresAt\":\"2999-01-01T00:00:00Z\"}",
                        malformed,
                        "/expiresAt"),
                json("POST", ORG + "/images", "{\"name\":\"i\",\"sha256\":\"xyz\"}", malformed, "/sha256"),
                json("POST", "/sessions", "{\"username\":\"ann@target\"}", malformed, "/password"),
                json(
                        "POST",
                        "/sessions",
                        "{\"username\":[\"ann\"],\"password\":{\"$ne\":\"\"}}",
                        malformed,
                        "/username"),
                json("POST", "/organizations", "{\"name\":\"mine\"}", "404 not-found", ""),
                json("POST", "/locations", "{\"name\":\"mine\",\"kind\":\"cloud\"}", "404 not-found", ""));
    }

    private static List<Hostile> addressesAndHeaders() {
        String wish = server("name", "\"bad-2\"");
        String malformed = "400 malformed";
        return List.of(
                get(ORG + "/servers?limit=0", malformed, "limit"),
                get(ORG + "/servers?limit=1001", malformed, "limit"),
                get(ORG + "/servers?limit=ten", malformed, "limit"),
                get(ORG + "/servers?cursor=%00", malformed, "cursor"),
                get(ORG + "/servers?cursor=not-a-cursor", malformed, "cursor"),
                get(ORG + "/servers?cursor=JyBvciAxPTEgLS0", malformed, "cursor"),
                get(ORG + "/networks?cursor=%2e%2e%2f", malformed, "cursor"),
                get(ORG + "/audit/entries?cursor=AAAA", malformed, "cursor"),
                get(ORG + "/users?cursor=%F0%9F%92%A9", malformed, "cursor"),
                get(ORG + "/servers?sort=name", malformed, "sort"),
                get(ORG + "/servers?state=FLYING", malformed, "state"),
                get(ORG + "/servers?limit=1&limit=2", malformed, "limit"),
                get(ORG + "/servers?fields=id,secret", malformed, "fields"),
                get(ORG + "/servers?tag=no-colon", malformed, "tag"),
                get(ORG + "/audit/entries?from=yesterday", malformed, "from"),
                get(ORG + "/servers/" + OTHERS, "404 not-found", ""),
                get(ORG + "/servers/%27%20or%201%3D1", "404 not-found", ""),
                get(ORG + "/servers/" + "a".repeat(3000), "404 not-found", ""),
                get("/operations/opr_nonsense", "404 not-found", ""),
                get("/nothing/here", "404 not-found", ""),
                json("PUT", ORG + "/servers", wish, "405 method-not-allowed", ""),
                json("DELETE", "/healthz-not", "", "404 not-found", ""),
                json("POST", ORG + "/servers", wish, "415 unsupported-media-type", "")
                        .with("Content-Type", "text/plain"),
                json("POST", ORG + "/servers", wish, "415 unsupported-media-type", "")
                        .with("Content-Type", "application/json; charset=utf-16"),
                json("POST", ORG + "/servers", wish, "415 unsupported-media-type", "")
                        .with("Content-Type", "application/xml"),
                json("POST", ORG + "/servers", wish, "415 unsupported-media-type", "")
                        .with("Content-Encoding", "gzip"),
                json("POST", ORG + "/servers", wish, "406 not-acceptable", "").with("Accept", "text/html"),
                json("POST", ORG + "/servers", wish, "400 malformed", "Idempotency-Key")
                        .with("Idempotency-Key", "k".repeat(129)),
                json("POST", ORG + "/servers", wish, "401 not-logged-in", "").with("Authorization", "Bearer nonsense"),
                json("POST", ORG + "/servers", wish, "401 not-logged-in", "")
                        .with("Authorization", "Basic YWRtaW46YWRtaW4="),
                json("POST", ORG + "/servers", wish, "401 not-logged-in", "")
                        .with("Authorization", "Bearer " + "x".repeat(6000)),
                json("PATCH", ORG + "/networks/private", "{\"name\":\"other\"}", "428 version-needed", ""),
                json("PATCH", ORG + "/networks/private", "{\"name\":\"other\"}", "412 stale", "")
                        .with("If-Match", "\"99\""),
                json("PATCH", ORG + "/networks/private", "{\"name\":\"other\"}", "412 stale", "")
                        .with("If-Match", "W/\"x\""),
                json("PATCH", ORG + "/networks/private", "{\"name\":\"other\"}", "428 version-needed", "")
                        .with("If-Match", "*"),
                json("PATCH", ORG + "/networks/private", "{\"id\":\"net_1\"}", malformed, "/id")
                        .with("If-Match", "\"1\""),
                json("POST", ORG + "/servers", "{\"name\":\"" + "a".repeat(1_100_000) + "\"}", "413 too-large", ""),
                json("PUT", ORG + "/images/tiny/content", "abc", "400 bad-content-range", "Content-Range")
                        .with("Content-Type", "application/octet-stream")
                        .with("Content-Range", "bytes 5-2/10"),
                json("PUT", ORG + "/images/tiny/content", "abc", "400 bad-content-range", "Content-Range")
                        .with("Content-Type", "application/octet-stream")
                        .with("Content-Range", "chapters 1-2/3"));
    }

    @Test
    void everyHostileRequestIsRefusedInTheRightWordsAndNothingChanges(Platform platform) {
        Place place = platform.place("bad-place");
        Tenant tenant = platform.tenant("target").furnished(place);
        tenant.deploy("web-1");
        String before = tenant.everything();
        long effects = place.ledger().effects().size();
        List<Hostile> table = new ArrayList<>(malformedBodies());
        table.addAll(wrongFields());
        table.addAll(addressesAndHeaders());
        assertTrue(table.size() >= 60, "at least sixty");

        List<String> wrong = new ArrayList<>();
        for (Hostile each : table) {
            try {
                Answer answer = each.sentBy(tenant.admin());
                String got = answer.status() + " " + answer.problem();
                if (!got.equals(each.wanted)) {
                    wrong.add(each + "\n    wanted " + each.wanted + ", got " + got + ": " + answer.text());
                } else if (!each.pointer.isEmpty() && !answer.pointers().contains(each.pointer)) {
                    wrong.add(each + "\n    wanted a pointer to " + each.pointer + ": " + answer.text());
                }
            } catch (AssertionError | java.io.UncheckedIOException e) {
                wrong.add(each + "\n    " + e.getMessage());
            }
        }

        assertTrue(wrong.isEmpty(), () -> wrong.size() + " of " + table.size() + ":\n" + String.join("\n", wrong));
        assertEquals(before, tenant.everything(), "nothing has changed");
        assertEquals(effects, place.ledger().effects().size(), "nothing was done below");
    }

    private static byte[] raw(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatIsHardlyHttpIsRefusedAsAProblemToo(Controller controller, Platform platform) {
        String host = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                + platform.operator().token() + "\r\n";
        Map<String, byte[]> requests = new LinkedHashMap<>();
        requests.put("an unknown method", raw("FROBNICATE /api/v1/organizations" + host + "\r\n"));
        requests.put("TRACE", raw("TRACE /api/v1/organizations" + host + "\r\n"));
        requests.put("no host", raw("GET /api/v1/organizations HTTP/1.1\r\nConnection: close\r\n\r\n"));
        requests.put("a header without a colon", raw("GET /api/v1/organizations" + host + "nonsense\r\n\r\n"));
        requests.put(
                "headers without end",
                raw("GET /api/v1/organizations" + host + "X-Long: " + "y".repeat(40_000) + "\r\n\r\n"));
        requests.put("an address without end", raw("GET /api/v1/" + "z".repeat(40_000) + host + "\r\n"));
        requests.put("half an escape", raw("GET /api/v1/organizations/%4" + host + "\r\n"));
        requests.put("an escape that is not UTF-8", raw("GET /api/v1/organizations/%ff%fe" + host + "\r\n"));
        requests.put("a path upwards", raw("GET /api/v1/../../etc/passwd" + host + "\r\n"));
        requests.put("an escaped path upwards", raw("GET /api/v1/%2e%2e/%2e%2e/etc/passwd" + host + "\r\n"));
        requests.put("a path parameter", raw("GET /api/v1/organizations;x=1/platform" + host + "\r\n"));
        requests.put(
                "two lengths",
                raw("POST /api/v1/sessions" + host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"));
        requests.put("a length below nothing", raw("POST /api/v1/sessions" + host + "Content-Length: -1\r\n\r\n{}"));
        requests.put(
                "a chunk of nonsense",
                raw("POST /api/v1/sessions" + host
                        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n"));
        requests.put(
                "a body cut short",
                raw("POST /api/v1/sessions" + host
                        + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"username\""));
        requests.put("a body that never declares its size", endless(host));

        requests.forEach((what, bytes) -> {
            Answer answer = Wire.send(controller, what, bytes);
            assertTrue(
                    answer.status() >= 400 && answer.status() < 500,
                    () -> what + ": " + answer.status() + " " + answer.text());
        });
        platform.operator().get("/organizations").must(200);
    }

    /** Two MiB in chunks: too much, though nobody said so before. */
    private static byte[] endless(String host) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(raw("POST /api/v1/locations" + host
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (int i = 0; i < 32; i++) {
            all.writeBytes(raw("10000\r\n" + " ".repeat(0x10000) + "\r\n"));
        }
        all.writeBytes(raw("0\r\n\r\n"));
        return all.toByteArray();
    }
}
