// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 1: the first day with a new controller, from the password file to the purged server. One chapter after the other. */
@Own
@ExtendWith(Journey.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FirstDayTest {
    private static final Duration GONE = Duration.ofSeconds(60);

    private Platform platform;
    private Place place;
    private Tenant acme;
    private String server;

    @Test
    @Order(1)
    void theFirstAdministratorMustChangeThePasswordBeforeAnythingElse(Controller controller) throws Exception {
        Api nobody = Api.of(controller.http("/"), Api.plainHttp());
        String first = Platform.firstPassword(controller);

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(Platform.passwordFile(controller))));
        assertTrue(first.length() >= 16, "a random password is long");
        Platform.session(nobody, "admin@platform", "admin").refused(401, "wrong-login");
        Platform.session(nobody, "nobody@nowhere", first).refused(401, "wrong-login");
        nobody.get("/organizations").refused(401, "not-logged-in");

        Answer session = Platform.session(nobody, "admin@platform", first).must(201);
        assertTrue(session.body().path("mustChangePassword").asBoolean());
        Api admin = nobody.with(session.get("token"));
        for (String path : List.of("/organizations", "/locations", "/drivers", "/organizations/platform/users")) {
            admin.get(path).refused(403, "password-change-needed");
        }
        admin.post("/locations", Api.json("name", "here", "kind", "cloud")).refused(403, "password-change-needed");

        JsonNode user = session.body().path("user");
        Platform.change(admin, user, "not-the-present-one", Platform.PASSWORD).refused(403, "wrong-password");
        Platform.change(admin, user, first, "short").refused(400, "weak-password");
        Platform.change(admin, user, first, Platform.PASSWORD).must(200, 204);

        // the session goes on; the file's password is worth nothing any more
        admin.get("/organizations").must(200);
        Platform.session(nobody, "admin@platform", first).refused(401, "wrong-login");
        Answer again =
                Platform.session(nobody, "admin@platform", Platform.PASSWORD).must(201);
        assertFalse(again.body().path("mustChangePassword").asBoolean());
        platform = Platform.of(controller, again.get("token"));

        admin.delete("/sessions/current").must(204);
        admin.get("/organizations").refused(401, "not-logged-in");
    }

    @Test
    @Order(2)
    void theOperatorLinksASimulatorAndMakesAnOrganization() {
        place = platform.place("here");

        JsonNode driver = platform.operator().get("/drivers/fake").must(200).body();
        assertTrue(driver.path("settings").findValuesAsText("name").contains("pendingSteps"));
        List<String> versions =
                platform.operator().get("/drivers").must(200).body().findValuesAsText("version");
        assertEquals(1, versions.stream().distinct().count(), () -> "of one build: " + versions);
        assertEquals(2, place.hosts().size(), "the simulator's own two hosts");

        acme = platform.tenant("acme");
        assertEquals(
                acme.id(),
                platform.anonymous()
                        .with(acme.admin().token())
                        .get("/organizations/acme")
                        .id());
        // operators see that the organization is there, and nothing inside it
        platform.operator().get("/organizations/acme/servers").refused(404, "not-found");
    }

    @Test
    @Order(3)
    void anImageIsUploadedInPartsAndOneWithAnotherChecksumNeverBecomesReady() throws Exception {
        byte[] content = Tenant.IMAGE.clone();
        Arrays.fill(content, 4096, 8192, (byte) 7);
        int third = content.length / 3;
        Answer made = acme.post(
                        "/images",
                        Api.json(
                                "name",
                                "tiny",
                                "os",
                                "linux",
                                "sha256",
                                Tenant.sha256(content),
                                "source",
                                Map.of("upload", true)))
                .must(201);
        Tenant.state(made, "UPLOADING");
        ObjectNode early = Tenant.server("early");
        early.put("network", "nothing-yet");
        acme.post("/servers", early).must(404, 409, 400);

        Answer one = acme.upload("tiny", 0, Arrays.copyOf(content, third), content.length)
                .must(204);
        assertEquals(Optional.of(Integer.toString(third)), one.header("Upload-Offset"));

        // lost count: the refusal says where to go on
        Answer wrong = acme.upload("tiny", third + 5, Arrays.copyOfRange(content, third + 5, 2 * third), content.length)
                .refused(409, "wrong-offset");
        assertEquals(third, wrong.number("uploadOffset"));
        assertEquals(third, acme.get("/images/tiny").number("uploadOffset"));

        acme.upload("tiny", third, Arrays.copyOfRange(content, third, 2 * third), content.length)
                .must(204);
        acme.admin()
                .succeeded(acme.upload(
                        "tiny", 2 * third, Arrays.copyOfRange(content, 2 * third, content.length), content.length));
        Answer ready = acme.get("/images/tiny");
        Tenant.state(ready, "READY");
        assertEquals(content.length, ready.number("sizeBytes"));

        HttpResponse<byte[]> whole =
                acme.admin().request("GET", acme.path("/images/tiny/content")).download();
        assertTrue(Arrays.equals(content, whole.body()), "what comes out is what went in");
        HttpResponse<byte[]> range = acme.admin()
                .request("GET", acme.path("/images/tiny/content"))
                .header("Range", "bytes=4094-4097")
                .download();
        assertEquals(206, range.statusCode());
        assertTrue(Arrays.equals(new byte[] {0, 0, 7, 7}, range.body()));

        acme.post("/images", Api.json("name", "damaged", "sha256", Tenant.sha256(new byte[] {1})))
                .must(201);
        JsonNode check = acme.admin().ended(acme.upload("damaged", 0, content, content.length));
        assertEquals("FAILED", check.path("state").asText());
        assertTrue(
                check.path("reason").asText().toLowerCase(java.util.Locale.ROOT).contains("checksum"), check::toString);
        Tenant.state(acme.get("/images/damaged"), "FAILED");
        acme.admin().request("GET", acme.path("/images/damaged/content")).send().refused(409, "image-not-ready");
    }

    @Test
    @Order(4)
    void aServerIsDeployedOnAPrivateNetworkAndHasItsAddressThere() {
        acme.network("private", place, "10.1.0.0/24");
        Tenant.state(acme.get("/networks/private"), "ACTIVE");
        ObjectNode alone = Tenant.server("alone");
        alone.remove("network");
        acme.post("/servers", alone).refused(400, "server-without-network");

        ObjectNode wish = Tenant.server("web-1");
        wish.put("purpose", "the first").putObject("tags").put("env", "test");
        Answer answer = acme.postAndWait("/servers", wish).must(200);
        assertEquals("SUCCEEDED", answer.get("state"));
        assertEquals("server.deploy", answer.get("type"));

        Answer web = acme.get("/servers/web-1").must(200);
        server = web.id();
        Tenant.state(web, "RUNNING");
        assertEquals("ON", web.get("power"));
        assertEquals(1, web.body().path("addresses").size());
        assertTrue(web.body().path("addresses").path(0).asText().startsWith("10.1.0."), web::text);
        assertFalse(web.body().has("host"), "only operators see hosts");
        assertEquals(
                List.of(server),
                ids(acme.get("/servers?tag=env:test&state=RUNNING").items()));
        assertEquals(List.of(), acme.get("/servers?tag=env:production").items());
        assertEquals(Map.of("cpu", 1L, "memoryGiB", 1L, "storageGiB", 1L), acme.using(server));
    }

    @Test
    @Order(5)
    void itIsStoppedStartedRestartedAndResizedAndPaysOnlyForWhatItUses() {
        change("/stop", Map.of(), "STOPPED");
        assertEquals(Map.of("storageGiB", 1L), acme.using(server));
        Answer twice = acme.post("/servers/web-1/stop", Api.json()).refused(409, "server-state");
        assertTrue(twice.text().contains("STARTING"), () -> "it says what is allowed from here: " + twice.text());

        change("/start", Map.of(), "RUNNING");
        change("/restart", Map.of(), "RUNNING");
        change("/resize", Map.of("cpus", 2, "memoryMiB", 2048), "RUNNING");
        Answer resized = acme.get("/servers/web-1");
        assertEquals(2, resized.number("cpus"));
        assertEquals(2048, resized.number("memoryMiB"));
        assertEquals(Map.of("cpu", 2L, "memoryGiB", 2L, "storageGiB", 1L), acme.using(server));
    }

    @Test
    @Order(6)
    void disksInterfacesAndSnapshotsComeAndGo() {
        change("/disks", Map.of("sizeGiB", 5), "RUNNING");
        List<JsonNode> disks = acme.get("/servers/web-1/disks").items();
        assertEquals(
                List.of(1, 5),
                disks.stream().map(disk -> disk.path("sizeGiB").asInt()).toList());
        String disk = disks.get(1).path("id").asText();
        String boot = disks.get(0).path("id").asText();
        change("/disks/" + disk + "/grow", Map.of("sizeGiB", 7), "RUNNING");
        assertEquals(8L, acme.using(server).get("storageGiB"));
        acme.post("/servers/web-1/disks/" + disk + "/grow", Api.json("sizeGiB", 6))
                .must(400, 409);
        acme.delete("/servers/web-1/disks/" + boot).must(400, 409);
        acme.admin().succeeded(acme.deleteAndWait("/servers/web-1/disks/" + disk));
        assertEquals(1L, acme.using(server).get("storageGiB"));

        acme.network("second", place, "10.2.0.0/24");
        change("/nics", Map.of("network", "second", "address", "10.2.0.77"), "RUNNING");
        List<JsonNode> nics = acme.get("/servers/web-1/nics").items();
        assertEquals(2, nics.size());
        assertEquals("10.2.0.77", nics.get(1).path("address").asText());
        acme.delete("/networks/second").refused(409, "in-use");
        acme.admin()
                .succeeded(acme.deleteAndWait(
                        "/servers/web-1/nics/" + nics.get(1).path("id").asText()));
        acme.delete("/servers/web-1/nics/" + nics.get(0).path("id").asText()).must(400, 409);
        acme.admin().succeeded(acme.deleteAndWait("/networks/second"));
        acme.get("/networks/second").refused(404, "not-found");

        change("/snapshots", Map.of("name", "before"), "RUNNING");
        List<JsonNode> snapshots = acme.get("/servers/web-1/snapshots").items();
        assertEquals(
                List.of("before"),
                snapshots.stream().map(each -> each.path("name").asText()).toList());
        change("/snapshots/before/revert", Map.of(), "STOPPED");
        acme.admin().succeeded(acme.deleteAndWait("/servers/web-1/snapshots/before"));
        assertEquals(List.of(), acme.get("/servers/web-1/snapshots").items());
        change("/start", Map.of(), "RUNNING");
    }

    @Test
    @Order(7)
    void aDeletedServerComesBackWithinItsGraceAndIsGoneAfterIt() {
        acme.admin().succeeded(acme.deleteAndWait("/servers/web-1"));
        Answer deleted = acme.get("/servers/" + server).must(200);
        Tenant.state(deleted, "DELETED");
        assertTrue(deleted.body().hasNonNull("deletedUntil"), deleted::text);
        assertEquals(Map.of("storageGiB", 1L), acme.using(server), "storage is billed within the grace");

        // the name is free again: while somebody has it, there is no way back
        Answer other = acme.deploy("web-1");
        acme.post("/servers/" + server + "/recover", Api.json()).refused(409, "server-not-recoverable");
        acme.admin().succeeded(acme.patchAndWait("/servers/" + other.id(), other, Api.json("name", "web-2")));
        acme.admin().succeeded(acme.postAndWait("/servers/" + server + "/recover", Api.json()));
        Tenant.state(acme.get("/servers/web-1"), "STOPPED");

        Answer policy = acme.get("/policy").must(200);
        acme.admin()
                .request("PUT", acme.path("/policy"))
                .header("If-Match", policy.tag())
                .body(Api.json("deletionGrace", "PT0S"))
                .send()
                .must(200);
        acme.admin().succeeded(acme.deleteAndWait("/servers/web-1"));
        acme.admin().succeeded(acme.deleteAndWait("/servers/web-2"));
        Waiting.untilTrue(
                "the servers are purged", GONE, () -> acme.all("/servers").isEmpty());
        acme.get("/servers/" + server).refused(404, "not-found");
        assertEquals(Map.of(), acme.using(server), "what is gone costs nothing");
        Waiting.untilTrue(
                "nothing of them is left below",
                GONE,
                () -> place.ledger().living(Ledger.Thing.SERVER).isEmpty()
                        && place.ledger().living(Ledger.Thing.PORT).isEmpty());
        assertEquals(java.util.Set.of(), place.ledger().doubled());
    }

    @Test
    @Order(8)
    void usageAndAuditAgreeWithWhatHappened() {
        Books.intervalsAreHalfOpenAndNeverOverlap(acme);
        Books.everyAttemptHasOneOutcome(acme);
        Books.everyEntryIsInTheTreeWithItsHash(acme);

        assertEquals(
                List.of(1L),
                acme.all("/usage?open=true&item=network").stream()
                        .map(line -> line.path("quantity").asLong())
                        .toList(),
                "the private network is all that is left");

        long before = System.nanoTime();
        acme.post("/departments", Api.json("name", "research")).must(201);
        Waiting.untilTrue("the newest entry has its place within a second or so", Duration.ofSeconds(3), () -> {
            List<JsonNode> entries = acme.all("/audit/entries?action=department.create");
            return !entries.isEmpty()
                    && entries.stream()
                            .allMatch(entry -> entry.hasNonNull("index")
                                    && entry.hasNonNull("organizationIndex")
                                    && entry.hasNonNull("hash"));
        });
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(4).toNanos());
    }

    private void change(String what, Map<String, Object> body, String state) {
        acme.admin().succeeded(acme.postAndWait("/servers/web-1" + what, Api.JSON.valueToTree(body)));
        Tenant.state(acme.get("/servers/web-1").must(200), state);
    }

    private static List<String> ids(List<JsonNode> items) {
        List<String> ids = new ArrayList<>();
        items.forEach(item -> ids.add(item.path("id").asText()));
        return ids;
    }
}
