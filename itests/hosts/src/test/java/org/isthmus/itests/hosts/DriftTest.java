// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.isthmus.api.event.Event;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody changes things below, by hand: it is noticed and told, and nothing is done to what Isthmus does not know. */
@ExtendWith(OnLab.class)
@Timeout(600)
final class DriftTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private Cloud cloud;
    private Lab lab;
    private Tenant acme;
    private long before;

    @BeforeEach
    void aNetwork(Cloud given) {
        cloud = given;
        lab = given.lab();
        acme = given.acme();
        acme.network("watched", "10.7.0.0/24");
        before = cloud.newestEvent();
    }

    @AfterEach
    void clearAway() {
        acme.clear();
    }

    @Test
    void aServerThatIsStoppedByHandIsShownStoppedAndThatItShouldRun() {
        acme.deploy(Wish.of("stopped", "watched").on(Lab.H1));
        ServerView server = acme.server("stopped");

        lab.virsh(Lab.H1, "destroy", server.id().value());

        acme.awaitState("stopped", ServerState.STOPPED);
        assertEquals(
                Optional.of("It is off, and should be on."),
                acme.server("stopped").drift());
        cloud.event(before, "server.drifted", server.id().value());

        lab.virsh(Lab.H1, "start", server.id().value());
        acme.awaitState("stopped", ServerState.RUNNING);
        Waiting.untilTrue(
                "the drift is over", SOON, () -> acme.server("stopped").drift().isEmpty());
    }

    @Test
    void aServerThatIsRemovedByHandIsLostAndItsRecordStays() {
        acme.deploy(Wish.of("removed", "watched").on(Lab.H1));
        ServerView server = acme.server("removed");
        String definition = lab.virsh(Lab.H1, "dumpxml", server.id().value());

        lab.virsh(Lab.H1, "destroy", server.id().value());
        lab.virsh(Lab.H1, "undefine", server.id().value());

        acme.awaitState("removed", ServerState.LOST);
        Event lost = cloud.event(before, "server.lost", server.id().value());
        assertEquals("removed", lost.data().get("name"));
        assertEquals(Optional.of("It is missing below."), acme.server("removed").drift());

        // somebody brings it back: found again, as it is
        define(definition);
        acme.awaitState("removed", ServerState.STOPPED);
        cloud.event(before, "server.found", server.id().value());
    }

    private void define(String definition) {
        try {
            Path file = Files.writeString(lab.storage(Lab.H1).resolveSibling("by-hand.xml"), definition);
            lab.virsh(Lab.H1, "define", file.toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aDomainThatIsNotOursIsToldOfAndLeftAlone() {
        define("<domain type='qemu'><name>stranger</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
                + "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>");
        try {
            Event told = cloud.event(
                    before,
                    "endpoint.unknown-server",
                    cloud.endpoint(Lab.H1).id().value());

            assertEquals("stranger", told.data().get("name"));
            assertEquals("false", told.data().get("managed"));
            // whole rounds of upkeep later it is still there
            cloud.core().domain().upkeep().runOnce();
            cloud.core().domain().upkeep().runOnce();
            assertTrue(new Below(cloud).domains().contains(Lab.H1 + " stranger"));
        } finally {
            lab.virsh(Lab.H1, "undefine", "stranger");
        }
    }

    @Test
    void aPortThatIsRemovedByHandIsADriftOfItsNetwork() {
        acme.deploy(Wish.of("unplugged", "watched").on(Lab.H1));
        String network = acme.network("watched").id().value();
        String nic = acme.server("unplugged").nics().get(0).id().value();

        lab.nbctl("--wait=hv", "lsp-del", nic.substring(4));

        Event drifted = cloud.event(before, "network.drifted", network);
        assertTrue(drifted.data().get("drift").contains("Ports are missing below: " + nic), () -> drifted.toString());
        assertEquals(
                Optional.ofNullable(drifted.data().get("drift")),
                acme.network("watched").drift());
    }
}
