// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.itests.hosts.Lab;
import org.isthmus.itests.hosts.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** A server of a real KVM host, whose guest wrote something, moves to a vCenter and comes back, as the guide says. */
final class ThereAndBackTest {
    private static final Duration MOVE = Duration.ofMinutes(4);
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration QUICK = Duration.ofMinutes(1);
    private static final String ADDRESS = "10.1.0.77";
    private static final String LETTER = "written-by-the-guest-before-it-left";
    private static final Map<String, Integer> NOTHING = Map.of("machines", 0, "disks", 0, "leases", 0, "nfcFiles", 0);

    @TempDir
    Path folder;

    private Lab lab;
    private Vcenter vcenter;
    private Controller controller;
    private Platform platform;
    private Tenant acme;

    @BeforeEach
    void aHostAVcenterAndAController() throws IOException {
        assumeTrue(Vcenter.here(), "golang-go and golang-github-vmware-govmomi-dev are not installed on this machine");
        try {
            lab = Lab.up(
                    Path.of("../.."),
                    System.getProperty("lab.directory", "/var/tmp/isthmus-journeys"),
                    System.getProperty("lab.net", "192.168.79"),
                    Lab.CENTRAL,
                    Lab.H1);
        } catch (Lab.Impossible e) {
            throw new TestAbortedException(e.getMessage(), e);
        }
        vcenter = Vcenter.start(folder.resolve("vcenter"));
        controller = Controller.fresh("ThereAndBackTest");
        controller.start();
        platform = Platform.firstStart(controller);
        HostSwapTest.hosts(platform, lab);
        linkTheVcenter();
        acme = platform.tenant("acme", Optional.of(Api.json("deletionGrace", "PT0S")));
    }

    @AfterEach
    void close() {
        try {
            if (controller != null) {
                controller.close();
            }
        } finally {
            if (vcenter != null) {
                vcenter.close();
            }
            if (lab != null) {
                lab.close();
            }
        }
    }

    private void linkTheVcenter() throws IOException {
        Ssh.operator(controller).run("feature:install -r isthmus-vmware");
        Api operator = platform.operator();
        Waiting.untilTrue(
                "the driver is there",
                QUICK,
                () -> operator.get("/drivers").must(200).text().contains("\"vmware\""));
        operator.post("/locations", Api.json("name", "vmware-1", "kind", "on-premises"))
                .must(201);
        operator.post(
                        "/locations/vmware-1/endpoints",
                        Api.json(
                                "name",
                                "vc",
                                "driver",
                                "vmware",
                                "settings",
                                Api.json(
                                        "url",
                                        vcenter.url(),
                                        "username",
                                        Vcenter.USER,
                                        "caCertificate",
                                        vcenter.authority(),
                                        "vlans",
                                        "100-109"),
                                "secrets",
                                Api.json("password", Vcenter.PASSWORD)))
                .must(201);
        HostSwapTest.awaitUp(operator, "vmware-1");
    }

    /** The tiny guest. */
    private void image() throws IOException {
        byte[] content = Files.readAllBytes(lab.guestImage());
        acme.post(
                        "/images",
                        Api.json("name", "tiny", "sha256", Tenant.sha256(content), "source", Map.of("upload", true)))
                .must(201);
        acme.admin().succeeded(acme.upload("tiny", 0, content, content.length));
    }

    /** Of two disks, with an address of its choice; its guest leaves a letter on the first. */
    private static ObjectNode wish() {
        return Api.json(
                "name",
                "web-1",
                "nics",
                List.of(Map.of("network", "front", "address", ADDRESS)),
                "image",
                "tiny",
                "cpus",
                2,
                "memoryMiB",
                192,
                "disks",
                List.of(Map.of("sizeGiB", 1), Map.of("sizeGiB", 2)),
                "tags",
                Map.of("env", "prod"),
                "userData",
                "#cloud-config\nruncmd:\n  - echo " + LETTER + " > /data/letter; sync\n");
    }

    private void awaitLine(String server, String line) {
        Waiting.untilTrue(server + " says " + line, BOOT, () -> acme.get("/servers/" + server + "/console/log")
                .must(200)
                .text()
                .contains(line));
    }

    private void stop(String server) {
        acme.admin().succeeded(acme.postAndWait("/servers/" + server + "/stop", Api.json()));
    }

    /** It is answered at once, and followed until it has ended. */
    private void move(String server, String location, String name, String network) {
        Answer begun = acme.post(
                        "/servers/" + server + "/moves",
                        Api.json("location", location, "name", name, "networks", List.of(network), "keepAddress", true))
                .must(202);
        long from = System.nanoTime();
        JsonNode operation = acme.admin().ended(begun.id(), MOVE);
        System.out.println(server + " moved to " + location + " in "
                + Duration.ofNanos(System.nanoTime() - from).toSeconds() + " s");
        assertEquals("SUCCEEDED", operation.path("state").asText(), operation::toString);
        assertTrue(operation.hasNonNull("finishedAt"), operation::toString);
    }

    /** The new one, which runs and has all that the old one had. */
    private Answer isLike(Answer old, String name) {
        Answer made = acme.get("/servers/" + name).must(200);
        Tenant.state(made, "RUNNING");
        assertNotEquals(old.id(), made.id());
        for (String same : List.of("cpus", "memoryMiB", "tags")) {
            assertEquals(old.get(same), made.get(same), same);
        }
        assertEquals(sizes(old), sizes(made));
        JsonNode nic = made.body().path("nics").path(0);
        assertEquals(old.body().path("nics").path(0).path("mac"), nic.path("mac"));
        assertEquals(ADDRESS, nic.path("address").asText());
        return made;
    }

    private static List<Long> sizes(Answer server) {
        List<Long> sizes = new ArrayList<>();
        server.body()
                .path("disks")
                .forEach(disk -> sizes.add(disk.path("sizeGiB").asLong()));
        return sizes;
    }

    private void assertIsOnTheHost(Answer server) {
        String domain = lab.virsh(Lab.H1, "dumpxml", server.id());
        assertTrue(domain.contains(">2</vcpu>"), domain);
        assertTrue(domain.contains("<memory unit='KiB'>" + 192 * 1024 + "</memory>"), domain);
        assertTrue(
                domain.contains(server.body().path("nics").path(0).path("mac").asText()), domain);
        assertEquals(List.of(server.id()), domains("--state-running"));
    }

    /** The servers of the host; beside them may be what the driver boots for a moment, to find out how guests run. */
    private List<String> domains(String which) {
        return lab.virsh(Lab.H1, "list", "--name", which)
                .lines()
                .filter(name -> name.startsWith("srv_"))
                .toList();
    }

    private void delete(String below, String what) {
        acme.admin().succeeded(acme.deleteAndWait(below + what));
        Waiting.untilTrue(what + " is gone", QUICK, () -> acme.get(below + what).status() == 404);
    }

    /** Both images hold the same, disk by disk, what the guest wrote too; each comes with the checksum that is said of it. */
    private void assertSameDisks(String one, String other) throws IOException, InterruptedException {
        for (int i = 0; i < 2; i++) {
            run(
                    "qemu-img",
                    "compare",
                    content(one, i).toString(),
                    content(other, i).toString());
        }
        Path raw = folder.resolve("raw");
        run("qemu-img", "convert", "-O", "raw", content(other, 0).toString(), raw.toString());
        run("grep", "-aqF", LETTER, raw.toString());
    }

    private static void run(String... command) {
        Program.run(Map.of(), QUICK, List.of(command)).well();
    }

    private Path content(String image, int disk) throws IOException, InterruptedException {
        byte[] content = acme.admin()
                .request("GET", acme.path("/images/" + image + "/content?disk=" + disk))
                .download()
                .body();
        JsonNode told =
                acme.get("/images/" + image).must(200).body().path("disks").path(disk);
        assertEquals(told.path("sha256").asText(), Tenant.sha256(content), told::toString);
        return Files.write(folder.resolve(image + "-" + disk), content);
    }

    private static List<String> entries(List<JsonNode> audit, String action, String subject) {
        return audit.stream()
                .filter(entry -> entry.path("action").asText().equals(action)
                        && entry.path("subject").path("id").asText().equals(subject))
                .map(entry -> entry.path("kind").asText() + " "
                        + entry.path("outcome").asText())
                .toList();
    }

    /** Files there with this in their names. */
    private static List<String> files(Path below, String part) throws IOException {
        try (Stream<Path> all = Files.walk(below)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(part))
                    .toList();
        }
    }

    @Test
    void aServerMovesToAVcenterAndComesBackWithItsDisksItsSizeAndItsAddresses() throws Exception {
        acme.network("front", new Place(platform, "hosts", folder), "10.1.0.0/24");
        acme.network("net-vm", new Place(platform, "vmware-1", folder), "10.1.0.0/24");
        image();
        Answer first = acme.deploy(wish());
        awaitLine("web-1", "guest-runcmd done 0");
        stop("web-1");

        move("web-1", "vmware-1", "web-2", "net-vm");
        Answer there = isLike(first, "web-2");
        Map<String, Integer> held = vcenter.holds();
        assertEquals(2, held.get("machines"), "the copy of the image, and the server");
        delete("/servers/", first.id());
        stop("web-2");

        move("web-2", "hosts", "web-3", "front");
        Answer back = isLike(there, "web-3");
        awaitLine("web-3", "guest-ip eth0 " + ADDRESS + "/");
        assertIsOnTheHost(back);
        assertSameDisks("image-of-web-2", "image-of-web-3");

        List<JsonNode> audit = acme.audit();
        for (Answer made : List.of(there, back)) {
            assertEquals(List.of("ATTEMPT PENDING", "OUTCOME SUCCESS"), entries(audit, "server.move", made.id()));
        }
        Books.openIntervalsAreWhatTheServersHave(acme);

        delete("/servers/", there.id());
        delete("/servers/", back.id());
        delete("/images/", "image-of-web-2");
        delete("/images/", "image-of-web-3");
        Books.everyAttemptHasOneOutcome(acme);
        assertEquals(NOTHING, vcenter.holds());
        for (String part : List.of(first.id(), there.id(), back.id(), "kept-")) {
            assertEquals(List.of(), files(lab.storage(Lab.H1), part));
        }
        assertEquals(List.of(), domains("--all"));
        String tiny = acme.get("/images/tiny").must(200).id();
        assertEquals(
                List.of(),
                files(controller.file("images"), "img_").stream()
                        .filter(name -> !name.startsWith(tiny))
                        .toList());
    }
}
