// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Daemons of the infrastructure die by kill -9 in the middle of work: it waits and goes on, nothing is lost or doubled. */
@ExtendWith(OnLab.class)
@Timeout(600)
final class KillTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private Cloud cloud;
    private Lab lab;
    private Tenant acme;
    private Guest witness;
    private String boot;

    @BeforeEach
    void aGuestThatMustNotNotice(Cloud given) {
        cloud = given;
        lab = given.lab();
        acme = given.acme();
        acme.network("steady", "10.4.0.0/24");
        witness = acme.deploy(Wish.of("witness", "steady").on(Lab.H1)).get(0).awaitBoot();
        boot = witness.boot();
    }

    @AfterEach
    void clearAway() {
        // however the test ended: a daemon that runs already says so and stays
        lab.shell(Lab.H1, "virsh -q -c qemu:///system version >/dev/null 2>&1 || libvirtd -d --listen");
        startNorthbound();
        acme.clear();
    }

    @Test
    void deploysGoOnWhereTheyWereWhenLibvirtIsBackAndGuestsNoticeNothing() {
        List<OperationView> here = new ArrayList<>();
        for (String name : List.of("here-1", "here-2")) {
            here.add(acme.begin(Wish.of(name, "steady").on(Lab.H1).command(acme.organization())));
        }
        OperationView there = acme.begin(Wish.of("there", "steady").on(Lab.H2).command(acme.organization()));
        // each has its host, and is not finished
        here.forEach(each ->
                Waiting.until(each.id() + " is past its first step", SOON, () -> Optional.of(acme.operation(each))
                        .filter(now -> now.step().filter("PLACE"::equals).isEmpty())));
        kill(Lab.H1, "/run/libvirtd.pid");

        List<OperationView> cut = here.stream()
                .map(acme::operation)
                .filter(now -> !now.state().ended())
                .toList();
        assertFalse(cut.isEmpty(), "some were in the middle");
        acme.succeeded(there);
        Waiting.untilTrue("the endpoint is down", SOON, () -> cloud.health(Lab.H1) == HealthState.DOWN);
        cut.forEach(each -> {
            OperationView now = acme.operation(each);
            assertFalse(now.state().ended(), () -> "it waits: " + now);
            assertTrue(now.reason().isPresent(), () -> "and says for what: " + now);
        });
        assertEquals(ServerState.RUNNING, witness.view().state(), "nothing is concluded from silence");

        lab.on(Lab.H1, "libvirtd", "-d", "--listen").well();
        here.forEach(acme::succeeded);

        assertEquals(boot, witness.boot(), "the guest has run on");
        Stream.of("here-1", "here-2", "there")
                .forEach(name ->
                        assertEquals(ServerState.RUNNING, acme.server(name).state(), name));
        Waiting.untilTrue("the endpoint is up", SOON, () -> cloud.health(Lab.H1) != HealthState.DOWN);
        new Below(cloud).agreesWithTheRecords();
        Guest one = new Guest(cloud, acme, "here-1").awaitBoot();
        assertEquals("hello from witness", one.probe("get=http://witness/"));
        one.close();
    }

    @Test
    void networksAreMadeWhenTheNorthboundDatabaseIsBackAndGuestsTalkOnMeanwhile() {
        Guest peer = acme.deploy(Wish.of("peer", "steady").on(Lab.H2)).get(0).awaitBoot();
        Waiting.untilTrue("they talk", SOON, () -> peer.probe("ping=witness").equals("OK"));
        List<OperationView> begun = new ArrayList<>();
        begun.add(acme.begin(acme.networkWish("n1", "10.5.1.0/24")));
        begun.add(acme.begin(acme.networkWish("n2", "10.5.2.0/24")));
        kill("c", "/run/ovn/ovnnb_db.pid");
        begun.add(acme.begin(acme.networkWish("n3", "10.5.3.0/24")));
        begun.add(acme.begin(acme.networkWish("n4", "10.5.4.0/24")));

        Waiting.untilTrue("the endpoint is down", SOON, () -> cloud.health("ovn") == HealthState.DOWN);
        OperationView last = acme.operation(begun.get(3));
        assertFalse(last.state().ended(), () -> "it waits: " + last);
        assertTrue(last.reason().isPresent(), () -> "and says for what: " + last);
        assertEquals("hello from witness", peer.probe("get=http://witness/"), "what is made goes on");
        startNorthbound();
        begun.forEach(acme::succeeded);

        Stream.of("n1", "n2", "n3", "n4")
                .forEach(name ->
                        assertEquals(NetworkState.ACTIVE, acme.network(name).state(), name));
        assertEquals(boot, witness.boot());
        new Below(cloud).agreesWithTheRecords();
        peer.close();
    }

    private void kill(String host, String pidFile) {
        lab.shell(host, "kill -9 $(cat " + pidFile + ")").well();
    }

    private void startNorthbound() {
        lab.on("c", "/usr/share/ovn/scripts/ovn-ctl", "start_nb_ovsdb").well();
    }
}
