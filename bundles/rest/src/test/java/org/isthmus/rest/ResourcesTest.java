// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Swappable;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.Servers;
import org.isthmus.api.status.Part;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How things are shown: lists, single things, content, status. */
final class ResourcesTest {
    private static final String ORG = Client.BASE + "/organizations/demo";
    private static final String CONTENT = ORG + "/images/debian/content";

    @TempDir
    Path folder;

    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    @Test
    void aLoginGivesATokenAndALogoutEndsIt() {
        Client.Got got = client.post(
                Client.BASE + "/sessions", "{\"username\":\"ada@demo\",\"password\":\"right\"}", "Authorization", "");
        assertEquals(201, got.status(), got.text());
        assertEquals(FakeCloud.MEMBER, got.json().get("token").asText());
        assertEquals("person", got.json().at("/user/kind").asText());
        assertEquals("ACTIVE", got.json().at("/user/state").asText());
        assertFalse(got.json().get("mustChangePassword").asBoolean());

        String[] member = {"Authorization", "Bearer " + FakeCloud.MEMBER};
        assertEquals(
                "member@demo",
                client.get(Client.BASE + "/sessions/current", member)
                        .json()
                        .get("username")
                        .asText());
        assertEquals(
                204,
                client.send("DELETE", Client.BASE + "/sessions/current", Optional.empty(), member)
                        .status());
        assertEquals(401, client.get(Client.BASE + "/sessions/current", member).status());
    }

    @Test
    void aWrongLoginIsRefusedWithoutSayingWhatWasWrongAndWithoutShowingThePassword() {
        Client.Got got = client.post(
                Client.BASE + "/sessions", "{\"username\":\"ada@demo\",\"password\":\"hunter2\"}", "Authorization", "");

        assertEquals(401, got.status());
        assertEquals("wrong-login", got.type());
        assertFalse(got.text().contains("hunter2"));
        assertTrue(client.cloud.gate.refusals.isEmpty(), "the login audits itself");
    }

    @Test
    void whoHasASecondFactorIsToldSoOnceThePasswordWasRightAndLogsInWithItsCode() {
        String password = "{\"username\":\"ada@demo\",\"password\":\"right, with a code\"";
        Client.Got without = client.post(Client.BASE + "/sessions", password + "}", "Authorization", "");
        Client.Got with =
                client.post(Client.BASE + "/sessions", password + ",\"totp\":\"123456\"}", "Authorization", "");

        assertEquals(401, without.status());
        assertEquals("second-factor-needed", without.type());
        assertEquals(201, with.status(), with.text());
    }

    @Test
    void aListIsReadPageByPageWithFilters() {
        Client.Got first = client.get(ORG
                + "/servers?state=RUNNING&name=web-1&protected=true&tag=colour:red%20and%20blue&limit=1&location=here");
        assertEquals(200, first.status(), first.text());
        assertEquals("abc", first.json().get("next").asText());
        assertEquals(
                Map.of("state", "RUNNING", "name", "web-1", "protected", "true", "location", "here"),
                client.cloud.lastQuery.equal());
        assertEquals(Optional.of("colour:red and blue"), client.cloud.lastQuery.tag());
        assertEquals(1, client.cloud.lastQuery.page().limit());

        Client.Got last = client.get(ORG + "/servers?cursor=abc");
        assertFalse(last.json().has("next"));
    }

    @Test
    void aShortListIsReadPageByPageToo() {
        List<String> slugs = new ArrayList<>();
        String next = "?limit=7";
        while (!next.isEmpty()) {
            JsonNode page = client.get(Client.BASE + "/problems" + next).json();
            assertTrue(page.get("items").size() <= 7);
            page.get("items").forEach(item -> slugs.add(item.get("slug").asText()));
            next = page.has("next") ? "?limit=7&cursor=" + page.get("next").asText() : "";
        }

        List<String> all = new ArrayList<>();
        client.get(Client.BASE + "/problems")
                .json()
                .get("items")
                .forEach(item -> all.add(item.get("slug").asText()));
        assertEquals(all, slugs);
        assertEquals(200, client.get(ORG + "/servers/web-1/disks?limit=1").status());
        assertEquals("cursor", client.get(ORG + "/servers/web-1/disks?cursor=!").pointer());
        assertEquals("limit", client.get(Client.BASE + "/drivers?limit=0").pointer());
    }

    @Test
    void aFilterOnAKindIsTakenAsWrittenAndGivenOnAsTheConstant() {
        client.get(ORG + "/users?kind=service&state=DISABLED");
        assertEquals(Map.of("kind", "SERVICE", "state", "DISABLED"), client.cloud.lastQuery.equal());

        client.get(ORG + "/usage?item=memoryGiB&open=true");
        assertEquals(Map.of("item", "memoryGiB", "open", "true"), client.cloud.lastQuery.equal());

        client.get(Client.BASE + "/locations?kind=on-premises");
        assertEquals(Map.of("kind", "ON_PREMISES"), client.cloud.lastQuery.equal());
    }

    @Test
    void aServerIsShownAsTheContractSpellsIt() {
        JsonNode server = client.get(ORG + "/servers/web-1").json();

        assertTrue(server.get("protected").asBoolean());
        assertFalse(server.has("isProtected"));
        assertEquals("REQUESTED", server.get("state").asText());
        assertEquals("2026-11-23T08:00:00.123456Z", server.get("createdAt").asText());
        assertEquals("spread", server.at("/placement/strategy").asText());
        assertTrue(server.get("memoryMiB").isIntegralNumber());
        assertEquals("0.04", server.at("/estimate/monthly/amount").asText());
    }

    @Test
    void anInterfaceHasTheAddressItWasGivenAndThoseItsGuestSays() {
        JsonNode server = client.get(ORG + "/servers/web-1").json();
        JsonNode nics = client.get(ORG + "/servers/web-1/nics").json();

        for (JsonNode nic : List.of(server.at("/nics/0"), nics.at("/items/0"))) {
            assertEquals("\"text\"", nic.get("address").toString());
            assertEquals("[\"text\"]", nic.get("guestAddresses").toString());
        }
        JsonNode schema = client.get(Client.BASE + "/openapi.json").json().at("/components/schemas/Nic");
        assertEquals("array", schema.at("/properties/guestAddresses/type").asText());
    }

    @Test
    void fieldsTrimsThingsAndItemsOfLists() {
        JsonNode server = client.get(ORG + "/servers/web-1?fields=id,protected").json();
        assertEquals(2, server.size());
        assertTrue(server.has("protected"));

        JsonNode list = client.get(ORG + "/servers?fields=name").json();
        assertEquals("{\"name\":\"web-1\"}", list.at("/items/0").toString());
        assertEquals("abc", list.get("next").asText());
    }

    @Test
    void aThingHasItsVersionAsETagAndIsNotSentAgain() {
        assertEquals("\"100\"", client.get(ORG + "/networks/private").header("ETag"));

        Client.Got again = client.get(ORG + "/networks/private", "If-None-Match", "\"100\"");
        assertEquals(304, again.status());
        assertEquals(0, again.response().body().length);
        assertEquals(
                200,
                client.get(ORG + "/networks/private", "If-None-Match", "\"99\"").status());
    }

    @Test
    void headAnswersLikeGetWithoutABody() {
        Client.Got head = client.send("HEAD", ORG + "/servers/web-1", Optional.empty());
        Client.Got get = client.get(ORG + "/servers/web-1");

        assertEquals(200, head.status());
        assertEquals(0, head.response().body().length);
        assertEquals(get.header("Content-Length"), head.header("Content-Length"));
        assertEquals("\"100\"", head.header("ETag"));
    }

    @Test
    void optionsSaysWhatThereIsWithoutALogin() {
        Client.Got got = client.send("OPTIONS", ORG + "/servers/web-1", Optional.empty(), "Authorization", "");

        assertEquals(204, got.status());
        assertEquals("DELETE, GET, HEAD, OPTIONS, PATCH", got.header("Allow"));
    }

    @Test
    void whyAUserMayIsAnswered() {
        JsonNode answer = client.get(ORG + "/access?user=ada&action=server.deploy&resource=srv_" + Samples.UUID)
                .json();

        assertTrue(answer.get("allowed").asBoolean());
        assertTrue(answer.at("/because/0/detail").asText().contains("ada may server.deploy"));
        assertTrue(answer.at("/because/0/detail").asText().contains("server]"), answer.toString());
    }

    @Test
    void anImageIsUploadedInPartsAndGoesOnWhereItEnded() {
        Client.Got first = put("0123456789", "bytes 0-9/15");
        assertEquals(204, first.status(), first.text());
        assertEquals("10", first.header("Upload-Offset"));

        Client.Got wrong = put("xyz", "bytes 5-7/15");
        assertEquals(409, wrong.status());
        assertEquals("10", wrong.header("Upload-Offset"));
        assertEquals(10, wrong.json().get("uploadOffset").asInt());

        Client.Got last = put("abcde", "bytes 10-14/15");
        assertEquals(202, last.status(), last.text());
        assertEquals("15", last.header("Upload-Offset"));
        assertTrue(last.header("Location").startsWith("/api/v1/operations/opr_"));
        assertArrayEquals("0123456789abcde".getBytes(StandardCharsets.US_ASCII), client.cloud.uploaded.toByteArray());
    }

    @Test
    void anImageSentWholeCanBeWaitedFor() {
        client.cloud.operationState = OperationState.SUCCEEDED;
        Client.Got got = client.send(
                "PUT",
                CONTENT,
                Optional.of("all".getBytes(StandardCharsets.US_ASCII)),
                "Content-Type",
                "application/octet-stream",
                "Prefer",
                "wait=5");

        assertEquals(200, got.status(), got.text());
        assertEquals("SUCCEEDED", got.json().get("state").asText());
    }

    @Test
    void aPartThatIsNotWhatItSaysIsRefused() {
        for (String range : List.of(
                "bytes 0-9/15", "bytes 2-1/3", "bytes 0-2/2", "bytes 0-2/*", "items 0-2/3", "bytes -1-1/3", "x")) {
            Client.Got got = put("abc", range);
            assertEquals(400, got.status(), range);
            assertEquals("bad-content-range", got.type(), range);
        }
        assertEquals(400, client.send("PUT", CONTENT, Optional.empty()).status());
        assertEquals(0, client.cloud.uploaded.size());
    }

    private Client.Got put(String part, String range) {
        return client.send(
                "PUT",
                CONTENT,
                Optional.of(part.getBytes(StandardCharsets.US_ASCII)),
                "Content-Type",
                "application/octet-stream",
                "Content-Range",
                range);
    }

    @Test
    void anImageIsReadWholeOrByRange() {
        Client.Got all = client.get(CONTENT);
        assertEquals(200, all.status());
        assertEquals("0123456789", all.text());
        assertEquals("10", all.header("Content-Length"));
        assertEquals("bytes", all.header("Accept-Ranges"));

        Client.Got part = client.get(CONTENT, "Range", "bytes=2-4");
        assertEquals(206, part.status());
        assertEquals("234", part.text());
        assertEquals("bytes 2-4/10", part.header("Content-Range"));
        assertEquals("89", client.get(CONTENT, "Range", "bytes=-2").text());
        assertEquals("789", client.get(CONTENT, "Range", "bytes=7-").text());
        assertEquals("789", client.get(CONTENT, "Range", "bytes=7-100").text());
        assertEquals(416, client.get(CONTENT, "Range", "bytes=10-").status());
        assertEquals("bytes */10", client.get(CONTENT, "Range", "bytes=-0").header("Content-Range"));
        assertEquals("0123456789", client.get(CONTENT, "Range", "bytes=4-2").text());
        assertEquals(
                200,
                client.get(CONTENT, "Range", "bytes=2-4", "If-Range", "\"other\"")
                        .status());
        assertEquals(200, client.get(CONTENT, "Range", "bytes=0-1,3-4").status());
        assertEquals(
                0, client.send("HEAD", CONTENT, Optional.empty()).response().body().length);
    }

    @Test
    void eachDiskOfAnImageIsReadByItsNumber() {
        assertEquals("0123456789", client.get(CONTENT + "?disk=0").text());
        assertEquals("disk 1", client.get(CONTENT + "?disk=1").text());
        for (String wrong : List.of("-1", "one", "1.5", "10000", "4294967296")) {
            Client.Got got = client.get(CONTENT + "?disk=" + wrong);
            assertEquals(400, got.status(), wrong);
            assertEquals("malformed", got.type(), wrong);
        }
    }

    @Test
    void allOfAnImageIsReadInOneFileOnceItWasMadeReady() {
        Client.Got early = client.get(CONTENT + "?format=OVA");
        assertEquals(409, early.status(), early.text());
        assertEquals("image-not-exported", early.type());

        client.cloud.exported = true;
        Client.Got all = client.get(CONTENT + "?format=OVA");
        assertEquals(200, all.status(), all.text());
        assertEquals("an OVA", all.text());
        assertTrue(all.header("Content-Disposition").endsWith(".ova\""), all.header("Content-Disposition"));
        Client.Got part = client.get(CONTENT + "?format=OVA", "Range", "bytes=3-");
        assertEquals(206, part.status());
        assertEquals("OVA", part.text());

        assertEquals(400, client.get(CONTENT + "?format=OVA&disk=0").status());
        assertEquals(400, client.get(CONTENT + "?format=vhd").status());
    }

    @Test
    void readinessNamesEveryPartAndFailsWhenANeededOneIsAway() {
        client.services.add(() -> List.of(new Part.Report("driver kvm", false, false, "gone")));
        Client.Got ready = client.get("/readyz", "Authorization", "");
        assertEquals(200, ready.status(), ready.text());
        assertTrue(ready.text().contains("{\"name\":\"driver kvm\",\"up\":false,\"needed\":false}"), ready.text());

        client.services.add(() -> List.of(new Part.Report("database", false, true, "jdbc:secret")));
        Client.Got not = client.get("/readyz", "Authorization", "");
        assertEquals(503, not.status());
        assertFalse(not.text().contains("jdbc:secret"), "details are not for everybody");
        assertEquals(200, client.get("/healthz", "Authorization", "").status());
    }

    @Test
    void aDatabaseThatIsBusyOrAwayIsAnswered503AndNothingIsToldOfIt() {
        client.cloud.busy = true;

        Client.Got got = client.get(ORG + "/servers");

        assertEquals(503, got.status(), got.text());
        assertEquals("1", got.header("Retry-After"));
        assertFalse(got.text().contains("db.internal"), got.text());
        client.cloud.busy = false;
        assertEquals(200, client.get(ORG + "/servers").status());
    }

    @Test
    void aServiceThatIsSwappedIsAnswered503AndThenServesAgain() throws IOException {
        client.close();
        FakeCloud cloud = new FakeCloud();
        Services services = cloud.services();
        Servers[] servers = new Servers[1];
        services.call(Servers.class, service -> servers[0] = service);
        Swappable<Servers> place = services.place(Servers.class);
        place.unbind(servers[0]);

        client = new Client(folder, cloud, services);
        Client.Got away = client.get(ORG + "/servers/web-1");
        assertEquals(503, away.status(), away.text());
        assertFalse(away.header("Retry-After").isEmpty());
        assertEquals(503, client.get("/readyz").status());

        place.bind(servers[0], 0);
        assertEquals(200, client.get(ORG + "/servers/web-1").status());
        assertEquals(200, client.get("/readyz").status());
    }

    @Test
    void metricsAreForOperatorsInPrometheusFormat() {
        client.services.add(new Part() {
            @Override
            public List<Report> report() {
                return List.of(new Report("database", true, true, ""));
            }

            @Override
            public List<Sample> samples() {
                return List.of(
                        new Sample("isthmus_operations", "How many.", false, List.of("state", "RUN\"NING\\"), 3));
            }
        });
        client.get(ORG + "/servers/web-1");

        Client.Got got = client.get("/metrics");
        assertEquals(200, got.status(), got.text());
        assertTrue(got.header("Content-Type").contains("version=0.0.4"));
        assertTrue(got.text().contains("# TYPE isthmus_operations gauge\n"), got.text());
        assertTrue(got.text().contains("isthmus_operations{state=\"RUN\\\"NING\\\\\"} 3.0\n"), got.text());
        assertTrue(
                got.text().contains("isthmus_http_requests_total{route=\"getServer\",status=\"200\"} 1.0\n"),
                got.text());
        assertTrue(got.text().contains("jvm_memory_used_bytes{area=\"heap\"}"), got.text());
        for (String line : got.text().split("\n")) {
            assertTrue(line.startsWith("# ") || line.matches("[a-z_0-9A-Z]+(\\{[a-z]+=\".*\"})? -?[0-9.E-]+"), line);
        }

        Client.Got member = client.get("/metrics", "Authorization", "Bearer " + FakeCloud.MEMBER);
        assertEquals(404, member.status());
        assertEquals("platform.metrics", client.cloud.gate.lastRefusal().action());
    }

    @Test
    void everyAnswerCarriesItsRequestIdAndTheSecurityHeaders() {
        for (Client.Got got : List.of(client.get("/healthz"), client.get("/nowhere"), client.get(ORG + "/servers"))) {
            assertTrue(got.header("X-Request-Id").matches("[0-9a-f-]{36}"));
            assertEquals("no-store", got.header("Cache-Control"));
            assertEquals("nosniff", got.header("X-Content-Type-Options"));
            assertEquals("", got.header("Server"));
        }
    }

    @Test
    void aWaitThatIsNoNumberIsIgnored() {
        client.cloud.gate.takingTime.add(Servers.StartServer.class);

        assertEquals(
                202,
                client.post(ORG + "/servers/web-1/start", "{}", "Prefer", "wait=soon")
                        .status());
        assertEquals(
                202,
                client.post(ORG + "/servers/web-1/start", "{}", "Prefer", "wait=0")
                        .status());
        assertEquals(
                "wait=300",
                client.post(ORG + "/servers/web-1/start", "{}", "Prefer", "wait=99999")
                        .header("Preference-Applied"));
    }
}
