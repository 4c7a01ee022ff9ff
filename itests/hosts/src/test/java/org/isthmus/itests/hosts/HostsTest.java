// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.libvirt.Link;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two hosts: which of them a server is put on, and what passes between them. */
@ExtendWith(OnLab.class)
@Timeout(600)
final class HostsTest {
    private Cloud cloud;
    private Tenant acme;

    @BeforeEach
    void aNetwork(Cloud given) {
        cloud = given;
        acme = given.acme();
        acme.network("wide", "10.2.0.0/24");
    }

    @AfterEach
    void clearAway() {
        acme.clear();
    }

    @Test
    void spreadServersRunOnDifferentHostsAndTalkAcross() {
        List<Guest> guests = acme.deploy(Wish.of("left", "wide").by(Strategy.SPREAD));
        Guest left = guests.get(0);
        Guest right = acme.deploy(Wish.of("right", "wide").by(Strategy.SPREAD)).get(0);
        List.of(left, right).forEach(Guest::awaitBoot);

        assertEquals(Set.of(Lab.H1, Lab.H2), Set.of(acme.hostOf("left"), acme.hostOf("right")));
        Waiting.untilTrue("left reaches right", Duration.ofSeconds(20), () -> left.probe("ping=right")
                .equals("OK"));
        assertEquals("hello from right", left.probe("get=http://right/"));
        assertEquals("hello from left", right.probe("get=http://left/"));
    }

    /** By OpenSSH, which knows only the user's own known hosts, where those of a lab have no business: without the settings. */
    @Test
    void aHostIsReachedByTheSshProgramToo() {
        try (Link link = new Link(cloud.lab().fact("H2_LIBVIRT_SSH"), "by-ssh", Clock.systemUTC())) {
            assertEquals(Lab.H2, link.call("say its name", Hypervisor::hostName));
        }
    }

    /** libvirt lets in by name; whom it does not know it hangs up on. */
    @Test
    void aStrangerWithACertificateOfTheSameAuthorityIsNotLetIn() {
        try (Link link = new Link(cloud.lab().fact("H1_LIBVIRT_STRANGER"), "stranger", Clock.systemUTC())) {
            DriverException refusal =
                    assertThrows(DriverException.class, () -> link.call("say its name", Hypervisor::hostName));

            assertTrue(refusal.getMessage().contains("TLS"), refusal::getMessage);
        }
    }

    @Test
    void driversAreReplacedWhileServersAreDeployed() {
        List<OperationView> begun = List.of("swap-1", "swap-2", "swap-3").stream()
                .map(name ->
                        acme.begin(Wish.of(name, "wide").by(Strategy.SPREAD).command(acme.organization())))
                .toList();

        for (OperationView each : begun) {
            cloud.replaceDrivers();
            acme.succeeded(each);
        }

        Below below = new Below(cloud);
        // each time a host is opened, its driver boots a domain of its own for a moment, to find out how guests run
        Waiting.untilTrue("no probe is left", Duration.ofSeconds(60), () -> below.domains().stream()
                .noneMatch(domain -> domain.contains(" isthmus-probe-")));
        below.agreesWithTheRecords();
    }

    @Test
    void packedServersRunOnOneHost() {
        acme.deploy(Wish.of("first", "wide").on(Lab.H2));

        acme.deploy(Wish.of("second", "wide").by(Strategy.PACK));

        assertEquals(Lab.H2, acme.hostOf("second"), "where there is something already");
    }

    @Test
    void serversThatMustBeApartAreOnDifferentHostsAndTheThirdIsToldWhyEachHostIsOut() {
        Group apart = new Group(new Name("replicas"), GroupRule.APART, true);
        // at the same time: neither is there when the other is placed
        acme.deploy(
                Wish.of("replica-1", "wide").in(apart),
                Wish.of("replica-2", "wide").in(apart));

        OperationView third =
                acme.ended(acme.begin(Wish.of("replica-3", "wide").in(apart).command(acme.organization())));

        assertNotEquals(acme.hostOf("replica-1"), acme.hostOf("replica-2"));
        assertEquals(OperationState.FAILED, third.state());
        String reason = third.reason().orElseThrow();
        for (String host : List.of(Lab.H1, Lab.H2)) {
            assertTrue(
                    reason.contains(host + ": a server of the group replicas is on it, and they must be apart."),
                    reason);
        }
        assertEquals(ServerState.FAILED, acme.server("replica-3").state());
        new Below(cloud).holdsNothingOf(acme.server("replica-3"));
    }

    @Test
    void serversThatMustBeTogetherAreOnOneHostThoughItIsFuller() {
        Group together = new Group(new Name("pair"), GroupRule.TOGETHER, true);
        acme.deploy(Wish.of("pair-1", "wide").in(together));

        acme.deploy(Wish.of("pair-2", "wide").in(together));

        assertEquals(acme.hostOf("pair-1"), acme.hostOf("pair-2"));
    }

    @Test
    void howGuestsRunWasFoundOutByBootingOne() {
        String expected = "accel-" + cloud.lab().fact("ACCEL");
        for (String host : List.of(Lab.H1, Lab.H2)) {
            // a driver that has just been opened is still finding it out
            Waiting.untilTrue(host + " is known to be " + expected, Duration.ofSeconds(60), () -> cloud.endpoint(host)
                    .capabilities()
                    .contains(expected));
        }
    }
}
