// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ConsoleLine;
import org.isthmus.api.server.Servers.ConsoleTicket;
import org.isthmus.api.server.Servers.DeleteSnapshot;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.OpenConsole;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.api.server.Servers.TicketHolder;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ServerPartsTest {
    private static final Ref WEB = new Ref("web");

    private Cloud cloud;

    @BeforeEach
    void aServer() {
        cloud = new Cloud("parts").furnished();
        cloud.deploy("web");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private ServerView web() {
        return cloud.server("web");
    }

    private ProblemException refused(Command<?> wish) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, wish));
    }

    private Ref disk(int index) {
        return Ref.of(web().disks().get(index).id());
    }

    private long usedDisk() {
        return cloud.count("select sum(used_disk_gib) from loc_host");
    }

    private long chargedStorage() {
        return cloud.count(
                "select coalesce(sum(quantity), 0) from usg_interval where item = 'STORAGE_GIB' and until_at is null");
    }

    @Test
    void disksComeGrowAndGoAndAreChargedForAsLong() {
        cloud.done(cloud.user, new AttachDisk(Cloud.ACME, WEB, 5));
        assertEquals(2, web().disks().size());
        assertEquals(15, usedDisk());
        assertEquals(15, chargedStorage());

        cloud.done(cloud.user, new GrowDisk(Cloud.ACME, WEB, disk(1), 7));
        assertEquals(7, web().disks().get(1).sizeGiB());
        assertEquals(17, usedDisk());
        assertEquals(17, chargedStorage());

        cloud.done(cloud.user, new DetachDisk(Cloud.ACME, WEB, disk(1)));
        assertEquals(1, web().disks().size());
        assertEquals(10, usedDisk());
        assertEquals(10, chargedStorage());
        assertEquals(ServerState.RUNNING, web().state());
    }

    @Test
    void whatCannotBeDoneToADiskIsRefused() {
        assertEquals(
                Problem.CONFLICT,
                refused(new DetachDisk(Cloud.ACME, WEB, disk(0))).type());
        assertEquals(
                Problem.MALFORMED,
                refused(new GrowDisk(Cloud.ACME, WEB, disk(0), 10)).type());
        assertEquals(
                Problem.NOT_FOUND,
                refused(new GrowDisk(Cloud.ACME, WEB, Ref.of(cloud.house.ids.disk()), 20))
                        .type());
    }

    @Test
    void aHostWithoutRoomGetsNoDisk() {
        assertEquals(
                OperationState.FAILED,
                cloud.run(cloud.user, new AttachDisk(Cloud.ACME, WEB, 60_000)).state());

        assertEquals(1, web().disks().size());
        assertEquals(10, usedDisk());
    }

    @Test
    void aDiskThatCannotBeAttachedLeavesNothing() {
        cloud.script().failNext(Verb.ATTACH_DISK, Kind.BROKEN);

        cloud.run(cloud.user, new AttachDisk(Cloud.ACME, WEB, 5));

        assertEquals(10, usedDisk());
        assertEquals(10, chargedStorage());
        assertEquals(ServerState.RUNNING, web().state());
    }

    @Test
    void interfacesComeWithAnAddressAndGoWithIt() {
        cloud.network("back", "10.8.0.0/24");
        cloud.done(
                cloud.user,
                new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.of(Cidr.address("10.8.0.9")))));
        assertEquals(List.of("10.1.0.2", "10.8.0.9"), web().addresses());

        cloud.done(
                cloud.user,
                new DetachNic(Cloud.ACME, WEB, Ref.of(web().nics().get(0).id())));
        assertEquals(List.of("10.8.0.9"), web().addresses());
        assertEquals(
                Problem.CONFLICT,
                refused(new DetachNic(
                                Cloud.ACME, WEB, Ref.of(web().nics().get(0).id())))
                        .type());
    }

    @Test
    void anInterfaceThatCannotBeDetachedStays() {
        cloud.network("back", "10.8.0.0/24");
        cloud.done(cloud.user, new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        cloud.script().failNext(Verb.REMOVE_PORT, Kind.DENIED);

        cloud.run(
                cloud.user,
                new DetachNic(Cloud.ACME, WEB, Ref.of(web().nics().get(1).id())));

        assertEquals(2, web().nics().size());
        cloud.domain.upkeep().runOnce();
        assertTrue(web().drift().isEmpty(), web().drift().toString());
    }

    @Test
    void anAddressOutsideOfTheNetworkIsRefusedByItsField() {
        ProblemException problem = refused(
                new AttachNic(Cloud.ACME, WEB, new WishedNic(Cloud.NET, Optional.of(Cidr.address("10.1.0.1")))));

        assertEquals("/address", problem.errors().get(0).pointer());
    }

    @Test
    void goingBackToASnapshotStopsTheServer() {
        cloud.done(cloud.user, new TakeSnapshot(Cloud.ACME, WEB, new Name("before")));
        assertEquals(
                List.of("before"),
                cloud.domain.servers().snapshots(cloud.user, Cloud.ACME, WEB).stream()
                        .map(each -> each.name().value())
                        .toList());
        assertEquals(
                Problem.NAME_TAKEN,
                refused(new TakeSnapshot(Cloud.ACME, WEB, new Name("before"))).type());

        cloud.done(cloud.user, new RevertSnapshot(Cloud.ACME, WEB, new Ref("before")));
        assertEquals(ServerState.STOPPED, web().state());

        cloud.done(cloud.user, new DeleteSnapshot(Cloud.ACME, WEB, new Ref("before")));
        assertEquals(List.of(), cloud.domain.servers().snapshots(cloud.user, Cloud.ACME, WEB));
    }

    @Test
    void whatTheEndpointDoesNotOfferIsRefused() {
        cloud.close();
        cloud = new Cloud("bare").furnished(Map.of("facets", "none"));
        cloud.deploy("web");

        assertEquals(
                LocationProblem.ABILITY_MISSING,
                refused(new AttachDisk(Cloud.ACME, WEB, 5)).type());
        assertEquals(
                LocationProblem.ABILITY_MISSING,
                refused(new TakeSnapshot(Cloud.ACME, WEB, new Name("x"))).type());
    }

    @Test
    void aConsoleTicketIsGoodOnceAndForAMinute() {
        ConsoleTicket ticket =
                cloud.submit(cloud.user, new OpenConsole(Cloud.ACME, WEB)).result();
        // whoever asks whose it is does not use it up
        TicketHolder holder = cloud.domain.servers().ticketHolder(ticket.ticket());
        assertEquals(cloud.user.username(), holder.username());
        assertEquals(cloud.user.organization(), holder.organization());
        try (ConsoleLine line = cloud.domain.servers().openConsole(ticket.ticket())) {
            assertTrue(line.output() != null && line.input() != null);
        }
        assertEquals(ServerProblem.NO_CONSOLE, closed(ticket).type());
        assertEquals(
                ServerProblem.NO_CONSOLE,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.servers().ticketHolder(ticket.ticket()))
                        .type());

        ConsoleTicket late =
                cloud.submit(cloud.user, new OpenConsole(Cloud.ACME, WEB)).result();
        cloud.house.clock.advance(Duration.ofSeconds(61));
        assertEquals(ServerProblem.NO_CONSOLE, closed(late).type());
        assertEquals(
                0,
                cloud.count(
                        "select count(*) from srv_ticket where ticket = ?",
                        late.ticket().reveal()));
    }

    @Test
    void aConsoleIsForWhoMayUseItNow() {
        ConsoleTicket used =
                cloud.submit(cloud.user, new OpenConsole(Cloud.ACME, WEB)).result();
        ConsoleTicket unused =
                cloud.submit(cloud.user, new OpenConsole(Cloud.ACME, WEB)).result();
        ConsoleTicket roots = cloud.submit(
                        Caller.localRoot(cloud.house.access.platform(), "req-9"), new OpenConsole(Cloud.ACME, WEB))
                .result();
        try (ConsoleLine line = cloud.domain.servers().openConsole(used.ticket());
                ConsoleLine ofRoot = cloud.domain.servers().openConsole(roots.ticket())) {
            assertTrue(line.allowed());

            cloud.house.access.take(cloud.user, Action.SERVER_CONSOLE);

            assertFalse(line.allowed());
            assertTrue(ofRoot.allowed());
            assertEquals(ServerProblem.NO_CONSOLE, closed(unused).type());
        }
    }

    private ProblemException closed(ConsoleTicket ticket) {
        return assertThrows(ProblemException.class, () -> cloud.domain.servers().openConsole(ticket.ticket()));
    }

    @Test
    void aStoppedServerHasNoConsole() {
        cloud.done(cloud.user, new StopServer(Cloud.ACME, WEB, true));

        assertEquals(
                ServerProblem.NO_CONSOLE,
                refused(new OpenConsole(Cloud.ACME, WEB)).type());
    }

    @Test
    void theConsoleLogIsShownAndADriverThatIsAwaySaysWhenToComeAgain() {
        byte[] log = cloud.domain.servers().consoleLog(cloud.user, Cloud.ACME, WEB, 5);
        assertTrue(log.length <= 5);
        cloud.domain.drivers().unbind(cloud.driver);

        ProblemException problem = assertThrows(
                ProblemException.class, () -> cloud.domain.servers().consoleLog(cloud.user, Cloud.ACME, WEB, 5));

        assertEquals(LocationProblem.DRIVER_AWAY, problem.type());
        assertTrue(problem.retryAfter().isPresent());
        assertArrayEquals(new Object[0], problem.errors().toArray());
    }
}
