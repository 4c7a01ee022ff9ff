// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.lease.ServerLeases.ChangeLease;
import org.isthmus.api.lease.ServerLeases.CreateLease;
import org.isthmus.api.lease.ServerLeases.DeleteLease;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.RecoverServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.core.lease.LeaseStore;
import org.isthmus.core.network.NetworkStore;
import org.isthmus.core.network.PortStore;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.store.seal.SecretBox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is listed is kept for as long as a row's version holds: it must never differ from what the rows say. */
final class KeptViewsTest {
    private static final Ref WEB = new Ref("web");

    private Cloud cloud;
    private ServerStore servers;
    private PartStore parts;
    private PortStore ports;
    private LeaseStore leases;

    @BeforeEach
    void aServer(@TempDir Path keys) throws IOException {
        cloud = new Cloud("kept").furnished();
        RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
        servers = new ServerStore(rows);
        parts = new PartStore(rows, SecretBox.withKeyFile(keys.resolve("key"), new SecureRandom()));
        ports = new PortStore(rows, new NetworkStore(rows));
        leases = new LeaseStore(rows);
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    /** By somebody who has kept nothing. */
    private List<ServerView> asTheRowsSay(boolean withHost) {
        ServerViews fresh = new ServerViews(servers, parts, ports, leases, cloud.house.prices);
        return cloud.house.database.tx().read(() -> {
            Page<ServerStore.Version> page = servers.page(Reach.everywhere(cloud.acme, List.of()), Query.all());
            return fresh.page(cloud.acme.id(), page, withHost).items();
        });
    }

    private List<ServerView> listed(boolean withHost) {
        return cloud.domain
                .servers()
                .list(withHost ? cloud.operator : cloud.user, Cloud.ACME, Query.all())
                .items();
    }

    private ServerView web() {
        return cloud.server("web");
    }

    private void nothingOldIsShown() {
        for (boolean withHost : new boolean[] {true, false}) {
            List<ServerView> rows = asTheRowsSay(withHost);
            assertEquals(rows, listed(withHost));
            for (ServerView each : rows) {
                assertEquals(
                        each,
                        cloud.domain
                                .servers()
                                .get(withHost ? cloud.operator : cloud.user, Cloud.ACME, Ref.of(each.id())));
            }
        }
    }

    /** At once, while the operation is under way, and when it has ended. */
    private void during(Command<?> change) {
        cloud.submit(cloud.user, change);
        nothingOldIsShown();
        cloud.house.work();
        nothingOldIsShown();
    }

    @Test
    void whateverChangesAServerTheNextListShowsItAsItIs() {
        cloud.network("back", "10.8.0.0/24");
        during(Cloud.wish("web"));
        during(Cloud.wish("db"));
        during(new AttachDisk(Cloud.ACME, WEB, 5));
        during(new GrowDisk(Cloud.ACME, WEB, Ref.of(web().disks().get(1).id()), 7));
        during(new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        during(new DetachNic(Cloud.ACME, WEB, Ref.of(web().nics().get(0).id())));
        during(new DetachDisk(Cloud.ACME, WEB, Ref.of(web().disks().get(1).id())));
        during(new TakeSnapshot(Cloud.ACME, WEB, new Name("before")));
        during(new RevertSnapshot(Cloud.ACME, WEB, new Ref("before")));
        during(new StartServer(Cloud.ACME, WEB));
        during(new RestartServer(Cloud.ACME, WEB));
        during(new ResizeServer(Cloud.ACME, WEB, new Flavor(2, 2048)));
        during(new StopServer(Cloud.ACME, WEB, true));
        during(change(Optional.of(new Name("shop")), Optional.of(Map.of("tier", "front")), Optional.of(true)));
        during(new ChangeServer(
                Cloud.ACME,
                new Ref("shop"),
                cloud.server("shop").version(),
                Optional.of(new Name("web")),
                Optional.of(Map.of("tier", "back")),
                Optional.of(Optional.of("selling")),
                Optional.of(false)));
        Instant end = cloud.house.clock.instant().plus(Duration.ofDays(20));
        during(new CreateLease(Cloud.ACME, WEB, Optional.of(end), OnExpiry.STOP, Optional.empty()));
        assertEquals(Optional.of(end), web().expiresAt());
        during(new ChangeLease(
                Cloud.ACME,
                WEB,
                1,
                Optional.of(Optional.of(end.plus(Duration.ofDays(1)))),
                Optional.empty(),
                Optional.empty()));
        during(new DeleteLease(Cloud.ACME, WEB));
        assertEquals(Optional.empty(), web().lease());
        during(new DeleteServer(Cloud.ACME, WEB));
        during(new RecoverServer(Cloud.ACME, Ref.of(listed(true).get(0).id())));
        during(new DeleteServer(Cloud.ACME, new Ref("db")));
    }

    private ChangeServer change(
            Optional<Name> name, Optional<Map<String, String>> tags, Optional<Boolean> isProtected) {
        return new ChangeServer(Cloud.ACME, WEB, web().version(), name, tags, Optional.empty(), isProtected);
    }

    @Test
    void whatFailsAndIsUndoneIsShownAsItIs() {
        cloud.network("back", "10.8.0.0/24");
        cloud.deploy("web");
        nothingOldIsShown();
        cloud.script().failNext(Verb.ATTACH_DISK, Kind.DENIED);
        during(new AttachDisk(Cloud.ACME, WEB, 5));
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.DENIED);
        during(new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        during(new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        cloud.script().failNext(Verb.REMOVE_PORT, Kind.DENIED);
        during(new DetachNic(Cloud.ACME, WEB, Ref.of(web().nics().get(0).id())));
        cloud.script().failNext(Verb.CREATE, Kind.DENIED);
        during(Cloud.wish("db"));
    }

    @Test
    void whatIsGoneOrSomebodyElsesIsAbsentThoughItWasKept() {
        cloud.deploy("web");
        Ref id = Ref.of(web().id());
        Ref other = Ref.of(cloud.house.ids.organization());
        cloud.script().failNext(Verb.CREATE, Kind.DENIED);
        cloud.run(cloud.user, Cloud.wish("db"));
        Ref failed = Ref.of(cloud.server("db").id());
        cloud.submit(cloud.user, new DeleteServer(Cloud.ACME, failed));

        assertEquals(List.of(web()), listed(true));
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(
                                ProblemException.class,
                                () -> cloud.domain.servers().get(cloud.operator, Cloud.ACME, failed))
                        .type());
        assertThrows(ProblemException.class, () -> cloud.domain.servers().get(cloud.operator, other, id));
    }

    @Test
    void aServerWithLongTextsIsNotKept() {
        Map<String, String> tags = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            tags.put("tag-" + i, "x".repeat(100));
        }
        cloud.deploy("web");
        cloud.submit(cloud.user, change(Optional.empty(), Optional.of(tags), Optional.empty()));

        assertNotSame(listed(true).get(0), listed(true).get(0));
        nothingOldIsShown();
    }

    @Test
    void aServerThatHasNotChangedIsTheVerySameView() {
        cloud.deploy("web");
        ServerView first = listed(true).get(0);

        assertSame(first, listed(true).get(0));
        assertSame(first, web());

        cloud.done(cloud.user, new StopServer(Cloud.ACME, WEB, true));

        assertNotSame(first, listed(true).get(0));
    }
}
