// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everything an owner can do to a running server, and what the guest notices of it. One server for all, running between. */
@ExtendWith(OnLab.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class GuestLifeTest {
    private static final Ref SERVER = new Ref("life");
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9mZ5m1Zk3hQ2oX7bq0o1yQ1h8m0d3s6c9w2v5x8z1a ann@acme";
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long SECTORS_IN_GIB = 2 * 1024 * 1024;

    private Cloud cloud;
    private Tenant acme;
    private Guest guest;

    @BeforeAll
    void aServerOnTwoNetworks(Cloud given) {
        cloud = given;
        acme = given.acme();
        acme.network("front", "10.3.1.0/24");
        acme.network("back", "10.3.2.0/24");
        acme.network("later", "10.3.3.0/24");
        guest = acme.deploy(Wish.of("life", "front")
                        .alsoOn("back")
                        .withKey(KEY)
                        .running("echo from-the-user-data > /data/proof"))
                .get(0)
                .awaitBoot();
    }

    @AfterAll
    void clearAway() {
        if (acme != null) {
            acme.clear();
        }
    }

    @Test
    void theGuestHasItsNameItsKeysAndRanItsUserData() {
        assertEquals("life", guest.run("hostname"));
        assertEquals(KEY, guest.run("sort -u /root/.ssh/authorized_keys"));
        Waiting.untilTrue("its user data has run", SOON, () -> guest.run("cat /data/proof || true")
                .equals("from-the-user-data"));
        assertEquals(guest.view().id().value(), guest.run("cat /run/instance-id"));
    }

    @Test
    void eachInterfaceHasTheCardAndTheAddressTheRecordsSay() {
        List<String> wanted = guest.view().nics().stream()
                .map(nic -> nic.mac() + " " + nic.address())
                .sorted()
                .toList();

        List<String> there = guest.run("for i in /sys/class/net/e*; do echo $(cat $i/address)"
                        + " $(ip -4 -o addr show dev ${i##*/} | awk '{ sub(\"/.*\", \"\", $4); print $4 }'); done")
                .lines()
                .sorted()
                .toList();

        assertEquals(2, wanted.size());
        assertEquals(wanted, there);
    }

    @Test
    void aDiskIsAttachedGrownAndDetachedWhileTheGuestRuns() {
        String boot = guest.boot();
        List<String> before = disks();

        acme.done(new Servers.AttachDisk(acme.organization(), SERVER, 1));
        String disk = Waiting.until("a new disk", SOON, () -> others(disks(), before));
        assertEquals(String.valueOf(SECTORS_IN_GIB), guest.run("cat /sys/block/" + disk + "/size"));
        guest.run("echo precious | dd of=/dev/" + disk + " conv=fsync 2>/dev/null");

        Ref id = Ref.of(newestDisk());
        acme.done(new Servers.GrowDisk(acme.organization(), SERVER, id, 2));
        Waiting.untilTrue("the disk has grown", SOON, () -> guest.run("cat /sys/block/" + disk + "/size")
                .equals(String.valueOf(2 * SECTORS_IN_GIB)));
        assertEquals("precious", guest.run("head -c 8 /dev/" + disk));

        acme.done(new Servers.DetachDisk(acme.organization(), SERVER, id));
        Waiting.untilTrue("the disk has gone", SOON, () -> disks().equals(before));
        assertEquals(1, guest.view().disks().size());
        assertEquals(boot, guest.boot(), "it has not been restarted");
        assertEquals(List.of(), new Below(cloud).files(id.text()), "its content is gone");
    }

    private List<String> disks() {
        return guest.run("ls /sys/block | grep '^vd'").lines().sorted().toList();
    }

    private static Optional<String> others(List<String> now, List<String> before) {
        List<String> more = new ArrayList<>(now);
        more.removeAll(before);
        return more.stream().findFirst();
    }

    private DiskId newestDisk() {
        List<ServerView.DiskView> all = guest.view().disks();
        assertEquals(2, all.size());
        return all.get(1).id();
    }

    @Test
    void anInterfaceIsAttachedAndDetachedWhileTheGuestRuns() {
        String boot = guest.boot();
        List<String> before = guest.addresses();

        acme.done(
                new Servers.AttachNic(acme.organization(), SERVER, new WishedNic(new Ref("later"), Optional.empty())));
        ServerView.NicView nic = guest.view().nics().get(2);
        Waiting.untilTrue(
                "the guest has " + nic.address(), SOON, () -> guest.addresses().contains(nic.address()));

        acme.done(new Servers.DetachNic(acme.organization(), SERVER, Ref.of(nic.id())));
        Waiting.untilTrue(
                "the interface has gone", SOON, () -> guest.addresses().equals(before));
        assertEquals(boot, guest.boot(), "it has not been restarted");
        assertPortIsGone(nic.id());
    }

    private void assertPortIsGone(NicId nic) {
        Below below = new Below(cloud);
        assertEquals(List.of(), below.rows(nic.value()));
        assertEquals(List.of(), below.plugged(nic));
    }

    @Test
    void aRunningServerIsResizedAndRunsAgain() {
        String boot = guest.boot();
        long kib = memory();

        acme.done(new Servers.ResizeServer(acme.organization(), SERVER, new Flavor(2, 128)));

        assertEquals(ServerState.RUNNING, guest.view().state());
        guest.awaitBoot();
        assertNotEquals(boot, guest.boot());
        assertEquals("2", guest.run("grep -c ^processor /proc/cpuinfo"));
        assertTrue(memory() > kib + 24 * 1024, () -> "about 32 MiB more than " + kib + " KiB: " + memory());
    }

    /** In KiB, without what the kernel itself takes. */
    private long memory() {
        return Long.parseLong(guest.run("awk '/^MemTotal/ { print $2 }' /proc/meminfo"));
    }

    @Test
    void goingBackToASnapshotLosesWhatCameAfter() {
        guest.run("echo before > /data/state; sync");
        acme.done(new Servers.TakeSnapshot(acme.organization(), SERVER, new Name("good")));
        guest.run("echo after > /data/state; sync");

        acme.done(new Servers.RevertSnapshot(acme.organization(), SERVER, new Ref("good")));
        assertEquals(ServerState.STOPPED, guest.view().state());
        acme.done(new Servers.StartServer(acme.organization(), SERVER));
        guest.awaitBoot();

        assertEquals("before", guest.run("cat /data/state"));
        acme.done(new Servers.DeleteSnapshot(acme.organization(), SERVER, new Ref("good")));
        assertEquals(List.of(), cloud.core().domain().servers().snapshots(acme.caller(), acme.organization(), SERVER));
    }

    @Test
    void aStopIsAPressOfThePowerButtonAndAStartBootsAgain() {
        String boot = guest.boot();
        guest.run("echo kept > /data/kept");

        acme.done(new Servers.StopServer(acme.organization(), SERVER, false));
        assertEquals(ServerState.STOPPED, guest.view().state());
        assertTrue(guest.consoleLog().stripTrailing().contains("guest-poweroff"), guest::consoleLog);
        ProblemException closed = assertThrows(
                ProblemException.class,
                () -> cloud.submit(acme.caller(), new Servers.OpenConsole(acme.organization(), SERVER)));
        assertSame(ServerProblem.NO_CONSOLE, closed.type());

        acme.done(new Servers.StartServer(acme.organization(), SERVER));
        assertEquals(ServerState.RUNNING, guest.view().state());
        guest.awaitBoot();
        assertNotEquals(boot, guest.boot());
        assertEquals("kept", guest.run("cat /data/kept"), "its disk is the same");
    }

    @Test
    void aRestartBootsOnce() {
        String boot = guest.boot();

        acme.done(new Servers.RestartServer(acme.organization(), SERVER));

        assertEquals(ServerState.RUNNING, guest.view().state());
        guest.awaitBoot();
        assertNotEquals(boot, guest.boot());
    }

    @Test
    void aConsoleTicketOpensTheConsoleOnce() {
        Servers.ConsoleTicket ticket = cloud.submit(acme.caller(), new Servers.OpenConsole(acme.organization(), SERVER))
                .result();
        Servers servers = cloud.core().domain().servers();
        servers.openConsole(ticket.ticket()).close();

        ProblemException again = assertThrows(ProblemException.class, () -> servers.openConsole(ticket.ticket()));

        assertSame(ServerProblem.NO_CONSOLE, again.type());
        assertEquals("typed", guest.run("echo typed"), "somebody with a new ticket types on");
    }
}
