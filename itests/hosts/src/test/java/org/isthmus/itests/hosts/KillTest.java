// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.server.ServerDeploy;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Parts of the infrastructure die by kill -9 in the middle of work: it waits and goes on, nothing is lost or doubled. */
@ExtendWith(OnLab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class KillTest {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String LIBVIRT = "/run/libvirtd.pid";
    private static final String NORTHBOUND = "/run/ovn/ovnnb_db.pid";

    private Cloud cloud;
    private Lab lab;
    private Tenant acme;
    /** Runs on h1 while things die. */
    private Guest witness;

    @BeforeAll
    void aGuestThatMustNotNotice(Cloud given) {
        cloud = given;
        lab = given.lab();
        acme = given.acme();
        acme.network("steady", "10.4.0.0/24");
        witness = acme.deploy(Wish.of("witness", "steady").on(Lab.H1)).get(0).awaitBoot();
    }

    /** However the test before ended. */
    @BeforeEach
    void everythingIsUp() {
        lab.start(Lab.H1);
        lab.startLibvirt(Lab.H1);
        startNorthbound();
        acme.servers().stream()
                .map(server -> server.name().value())
                .filter(name -> !name.equals("witness"))
                .forEach(acme::delete);
        for (String endpoint : List.of(Lab.H1, Lab.H2, "ovn")) {
            Waiting.untilTrue(endpoint + " is up", SOON, () -> cloud.health(endpoint) != HealthState.DOWN);
        }
    }

    @AfterAll
    void clearAway() {
        if (acme != null) {
            everythingIsUp();
            acme.clear();
        }
    }

    @Test
    void deploysGoOnWhereTheyWereWhenLibvirtIsBackAndGuestsNoticeNothing() {
        String boot = witness.boot();
        List<OperationView> here = new ArrayList<>();
        for (String name : List.of("here-1", "here-2")) {
            here.add(acme.begin(Wish.of(name, "steady").on(Lab.H1).command(acme.organization())));
        }
        OperationView there = acme.begin(Wish.of("there", "steady").on(Lab.H2).command(acme.organization()));
        here.forEach(each -> awaitStep(each, ServerDeploy.Step.NETWORK));
        kill(Lab.H1, LIBVIRT);

        List<OperationView> cut = here.stream()
                .map(acme::operation)
                .filter(now -> !now.state().ended())
                .toList();
        assertFalse(cut.isEmpty(), "some were in the middle");
        acme.succeeded(there);
        Waiting.untilTrue("the endpoint is down", SOON, () -> cloud.health(Lab.H1) == HealthState.DOWN);
        cut.forEach(this::assertWaits);
        assertEquals(ServerState.RUNNING, witness.view().state(), "nothing is concluded from silence");

        lab.startLibvirt(Lab.H1);
        here.forEach(acme::succeeded);

        assertEquals(boot, witness.boot(), "the guest has run on");
        Stream.of("here-1", "here-2", "there")
                .forEach(name ->
                        assertEquals(ServerState.RUNNING, acme.server(name).state(), name));
        new Below(cloud).agreesWithTheRecords();
        Guest one = new Guest(cloud, acme, "here-1").awaitBoot();
        assertEquals("hello from witness", one.probe("get=http://witness/"));
        one.close();
        acme.delete("here-1", "here-2", "there");
    }

    /** Waits until a deploy is at this step, or past it. */
    private void awaitStep(OperationView deploy, ServerDeploy.Step step) {
        Waiting.until(deploy.id() + " is at " + step, SOON, () -> Optional.of(acme.operation(deploy))
                .filter(now -> now.state().ended()
                        || now.step()
                                .map(ServerDeploy.Step::valueOf)
                                .filter(at -> at.compareTo(step) >= 0)
                                .isPresent()));
    }

    private void assertWaits(OperationView begun) {
        OperationView now = acme.operation(begun);
        assertFalse(now.state().ended(), () -> "it waits: " + now);
        assertTrue(now.reason().isPresent(), () -> "and says for what: " + now);
    }

    @Test
    void atWhateverStepLibvirtDiesADeployMakesOneServerAndADeleteLeavesNone() {
        Below below = new Below(cloud);
        Killed deploys = new Killed();
        Killed deletes = new Killed();
        for (ServerDeploy.Step step : List.of(
                ServerDeploy.Step.NETWORK,
                ServerDeploy.Step.CREATE,
                ServerDeploy.Step.START,
                ServerDeploy.Step.VERIFY)) {
            OperationView deploy =
                    acme.begin(Wish.of("lucky", "steady").on(Lab.H1).command(acme.organization()));
            awaitStep(deploy, step);
            deploys.dieUnder(deploy);
            below.agreesWithTheRecords();

            deletes.dieUnder(acme.begin(new Servers.DeleteServer(acme.organization(), new Ref("lucky"))));
            Waiting.untilTrue("it is gone", SOON, () -> acme.servers().size() == 1);
            below.agreesWithTheRecords();
        }

        deploys.hitSome();
        deletes.hitSome();
    }

    /** Operations under which libvirt died. */
    private final class Killed {
        private final List<OperationView> after = new ArrayList<>();

        /** Kills libvirt on h1 and starts it again; the operation succeeds all the same. */
        void dieUnder(OperationView begun) {
            kill(Lab.H1, LIBVIRT);
            after.add(acme.operation(begun));
            lab.startLibvirt(Lab.H1);
            acme.succeeded(begun);
        }

        /** A quick one may be over before the kill; were all, nothing would have been put to the test. */
        void hitSome() {
            assertTrue(
                    after.stream().anyMatch(each -> !each.state().ended()), () -> "none was in the middle: " + after);
        }
    }

    @Test
    void whateverIsDoneToAServerWhenLibvirtDiesIsDoneOnce() {
        acme.deploy(Wish.of("patient", "steady").on(Lab.H1));
        Below below = new Below(cloud);
        Ref organization = acme.organization();
        Ref patient = new Ref("patient");
        List<Command<?>> all = List.of(
                new Servers.AttachDisk(organization, patient, 1),
                new Servers.TakeSnapshot(organization, patient, new Name("before")),
                new Servers.RestartServer(organization, patient),
                new Servers.ResizeServer(organization, patient, new Flavor(1, 128)),
                new Servers.RevertSnapshot(organization, patient, new Ref("before")),
                new Servers.StartServer(organization, patient),
                new Servers.AttachNic(organization, patient, new WishedNic(new Ref("steady"), Optional.empty())));
        Killed killed = new Killed();
        for (Command<?> each : all) {
            killed.dieUnder(acme.begin(each));
            below.agreesWithTheRecords();
        }

        killed.hitSome();
        // what is below is compared part by part: nothing is missing and nothing is there twice
        cloud.core().domain().upkeep().runOnce();
        ServerView now = acme.server("patient");
        assertEquals(ServerState.RUNNING, now.state());
        assertEquals(Optional.empty(), now.drift());
        assertEquals(2, now.disks().size());
        assertEquals(2, now.nics().size());
        acme.delete("patient");
    }

    @Test
    void networksAreMadeWhenTheNorthboundDatabaseIsBackAndGuestsTalkOnMeanwhile() {
        String boot = witness.boot();
        Guest peer = acme.deploy(Wish.of("peer", "steady").on(Lab.H2)).get(0).awaitBoot();
        awaitTalk(peer);
        List<OperationView> begun = new ArrayList<>();
        CompletableFuture<Void> killing = CompletableFuture.runAsync(() -> kill("c", NORTHBOUND));
        for (int number = 1; !killing.isDone() || number < 5; number++) {
            begun.add(acme.begin(acme.networkWish("n" + number, "10.5." + number + ".0/24")));
        }
        killing.join();
        begun.add(acme.begin(acme.networkWish("late", "10.6.0.0/24")));

        Waiting.untilTrue("the endpoint is down", SOON, () -> cloud.health("ovn") == HealthState.DOWN);
        assertWaits(begun.get(begun.size() - 1));
        assertEquals("hello from witness", peer.probe("get=http://witness/"), "what is made goes on");
        startNorthbound();
        begun.forEach(acme::succeeded);

        acme.networks().forEach(network -> assertEquals(NetworkState.ACTIVE, network.state(), network.toString()));
        assertEquals(begun.size() + 1, acme.networks().size());
        assertEquals(boot, witness.boot());
        new Below(cloud).agreesWithTheRecords();
        peer.close();
        acme.delete("peer");
    }

    @Test
    void aHostThatLosesItsPowerStopsNobodyElseAndItsServersStartAgain() {
        String boot = witness.boot();
        Guest peer = acme.deploy(Wish.of("peer", "steady").on(Lab.H2)).get(0).awaitBoot();
        awaitTalk(peer);
        peer.close();
        acme.delete("peer");
        lab.kill(Lab.H1);

        acme.deploy(Wish.of("elsewhere", "steady"));

        assertEquals(Lab.H2, acme.hostOf("elsewhere"), "the only host that is left");
        lab.start(Lab.H1);
        // one that stayed would be the next guest's whose device gets its name, and take the witness's port along
        assertEquals(
                "",
                lab.shell(Lab.H1, "ovs-vsctl list-ports br-int | grep ^vnet").output());
        acme.awaitState("witness", ServerState.STOPPED);
        assertEquals(Optional.of("It is off, and should be on."), witness.view().drift());
        acme.done(new Servers.StartServer(acme.organization(), new Ref("witness")));
        witness.awaitBoot();
        assertFalse(boot.equals(witness.boot()));
        Guest elsewhere = new Guest(cloud, acme, "elsewhere").awaitBoot();
        awaitTalk(elsewhere);
        new Below(cloud).agreesWithTheRecords();
        elsewhere.close();
        acme.delete("elsewhere");
    }

    /** From one host to the other. */
    private void awaitTalk(Guest peer) {
        Waiting.until(
                peer.name() + " talks with the witness",
                SOON,
                () -> peer.probe("ping=witness").equals("OK") ? Optional.of(true) : Optional.empty(),
                () -> Stream.of(peer, witness)
                                .map(guest ->
                                        guest.name() + ": " + guest.run("ip -s addr; ip neigh; nslookup witness; true"))
                                .collect(Collectors.joining("\n"))
                        + lab.account(Lab.H1, Lab.H2));
    }

    /** Returns when the process is gone, and with it its hold of the pid file. */
    private void kill(String host, String pidFile) {
        lab.shell(
                        host,
                        "pid=$(cat " + pidFile + "); kill -9 $pid;"
                                + " for _ in {1..500}; do kill -0 $pid 2>/dev/null || exit 0; sleep 0.02; done; exit 1")
                .well();
    }

    private void startNorthbound() {
        lab.on("c", "/usr/share/ovn/scripts/ovn-ctl", "start_nb_ovsdb").well();
        // and who translates it follows it again
        lab.nbctl("--wait=sb", "sync");
    }
}
