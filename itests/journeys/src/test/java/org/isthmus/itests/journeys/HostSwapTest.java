// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.itests.hosts.Lab;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * The drivers of a real libvirt and a real OVN are updated, stopped and started, uninstalled and installed again while servers
 * are made and removed there and requests come. As often as {@link SwapTest} does it with the simulator.
 */
final class HostSwapTest {
    private static final List<String> SWAPPED = List.of("driver-kvm", "driver-ovn");
    private static final Duration COMING_UP = Duration.ofMinutes(2);
    private static final String LOCATION = "/locations/hosts";

    private Lab lab;
    private Controller controller;

    @BeforeEach
    void aHostAndAController() {
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
        controller = Controller.fresh("HostSwapTest");
        // there is nothing in these guests that could shut down
        controller.configure("org.isthmus.core.domain", Map.of("delete.patience", "PT0S"));
        controller.start();
    }

    @AfterEach
    void close() {
        try {
            if (controller != null) {
                controller.close();
            }
        } finally {
            if (lab != null) {
                lab.close();
            }
        }
    }

    private static String text(String file) throws IOException {
        return Files.readString(Path.of(file));
    }

    /** The lab as a location: one host of KVM, and OVN. */
    static Place hosts(Platform platform, Lab lab) throws IOException {
        Api operator = platform.operator();
        operator.post("/locations", Api.json("name", "hosts", "kind", "on-premises"))
                .must(201);
        operator.post(
                        LOCATION + "/endpoints",
                        Api.json(
                                "name",
                                "h1",
                                "driver",
                                "kvm",
                                "settings",
                                Api.json(
                                        "uri",
                                        lab.fact("H1_LIBVIRT_TLS"),
                                        "storagePath",
                                        lab.storage(Lab.H1).toString())))
                .must(201);
        operator.post(
                        LOCATION + "/endpoints",
                        Api.json(
                                "name",
                                "ovn",
                                "driver",
                                "ovn",
                                "settings",
                                Api.json(
                                        "northbound",
                                        lab.fact("NB_TLS"),
                                        "southbound",
                                        lab.fact("SB_TLS"),
                                        "caCertificate",
                                        text(lab.fact("TLS_CA")),
                                        "clientCertificate",
                                        text(lab.fact("TLS_CERT"))),
                                "secrets",
                                Api.json("clientKey", text(lab.fact("TLS_KEY")))))
                .must(201);
        awaitUp(operator, "hosts");
        return new Place(platform, "hosts", Path.of("none"));
    }

    static void awaitUp(Api operator, String location) {
        Waiting.untilTrue("the endpoints of " + location + " are up", COMING_UP, () -> allUp(operator, location));
    }

    private static boolean allUp(Api operator, String location) {
        List<JsonNode> endpoints =
                operator.get("/locations/" + location + "/endpoints").items();
        return !operator.get("/locations/" + location + "/hosts").items().isEmpty()
                // a host without KVM is degraded
                && endpoints.stream()
                        .map(each -> each.path("health").path("state").asText())
                        .allMatch(Set.of("UP", "DEGRADED")::contains);
    }

    @Test
    void theDriversOfRealHostsAreSwappedWhileServersAreMadeThere() throws Exception {
        Platform platform = Platform.firstStart(controller);
        Tenant tenant = platform.tenant(
                        "busy", Optional.of(Api.json("deploymentsPerDay", 10_000, "deletionGrace", "PT0S")))
                .furnished(hosts(platform, lab));
        tenant.deploy("web-0");
        Ssh shell = Ssh.operator(controller);
        for (String bundle : SWAPPED) {
            SwapTest.swap(shell, bundle, 1);
        }
        Jvm jvm = new Jvm(controller);
        Jvm.Seen before = jvm.look();

        Load load = new Load();
        long rate;
        try (load) {
            clients(load, platform, tenant);
            for (String bundle : SWAPPED) {
                long from = System.nanoTime();
                SwapTest.swap(shell, bundle, SwapTest.TIMES);
                System.out.println(bundle + " swapped " + 3 * SwapTest.TIMES + " times: " + load.since(from));
            }
            rate = load.rate();
        }
        // connections that were left end a little later
        Waiting.untilTrue("the classes of what was replaced are let go", COMING_UP, () -> letGo(jvm, before));
        Jvm.Seen after = jvm.look();
        List<JsonNode> operations = tenant.all("/operations");
        System.out.println(rate + " requests a second, " + operations.size() + " operations, before " + before
                + ", after " + after);

        assertEquals(List.of(), load.failures());
        for (JsonNode operation : operations) {
            assertEquals("SUCCEEDED", operation.path("state").asText(), operation::toString);
        }
        Books.everyAttemptHasOneOutcome(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
        int servers = tenant.all("/servers").size();
        assertEquals(
                servers,
                lab.virsh(Lab.H1, "list", "--all", "--name")
                        .lines()
                        .filter(name -> !name.isBlank())
                        .count());
        awaitUp(platform.operator(), "hosts");
        SwapTest.assertNoThreadsMore(before, after);
        if (SwapTest.WHOLE) {
            SwapTest.assertQuick(load, rate);
        }
    }

    private static boolean letGo(Jvm jvm, Jvm.Seen before) {
        try {
            return jvm.look().loaders() <= before.loaders() + 1;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void clients(Load load, Platform platform, Tenant tenant) {
        SwapTest.readers(load, tenant);
        load.client("operator", Duration.ofMillis(300), (to, round) -> {
            to.send("GET drivers", () -> platform.operator().get("/drivers"), 200);
            to.send("GET endpoints", () -> platform.operator().get(LOCATION + "/endpoints"), 200);
        });
        load.client("deployer", Duration.ofMillis(100), (to, round) -> {
            String name = "web-" + (round + 1);
            Answer begun = to.send("POST servers", () -> tenant.post("/servers", Tenant.server(name)), 202);
            tenant.admin().succeeded(begun);
            Answer gone = to.send("DELETE servers", () -> tenant.delete("/servers/" + name), 202);
            tenant.admin().succeeded(gone);
        });
    }
}
