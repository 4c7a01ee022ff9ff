// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DeleteSnapshot;
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
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ServerLifeTest {
    private static final Ref WEB = new Ref("web");

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("life").furnished();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private HostView hostOf(ServerView server) {
        return cloud.domain
                .locations()
                .host(cloud.operator, Cloud.HERE, Ref.of(server.host().orElseThrow()));
    }

    private Map<Item, Long> charged(ServerView server) {
        Map<Item, Long> items = new java.util.EnumMap<>(Item.class);
        for (Item item : Item.values()) {
            long quantity = cloud.count(
                    "select coalesce(sum(quantity), 0) from usg_interval where subject_id = ? and item = ? and until_at is null",
                    server.id().value(),
                    item.name());
            if (quantity > 0) {
                items.put(item, quantity);
            }
        }
        return items;
    }

    private static ProblemException refused(org.junit.jupiter.api.function.Executable wish) {
        return assertThrows(ProblemException.class, wish);
    }

    @Test
    void aDeployedServerRunsOnAHostWithItsDiskAndAddress() {
        ServerView server = cloud.deploy("web");

        assertEquals(ServerState.RUNNING, server.state());
        assertEquals("ON", server.power());
        assertEquals(List.of("10.1.0.2"), server.addresses());
        assertEquals(10, server.disks().get(0).sizeGiB());
        HostView host = hostOf(server);
        assertEquals(2, host.usedCpus());
        assertEquals(2048, host.usedMemoryMiB());
        assertEquals(10, host.usedDiskGiB());
        assertEquals(Map.of(Item.CPU, 2L, Item.MEMORY_GIB, 2L, Item.STORAGE_GIB, 10L), charged(server));
        assertEquals(0, cloud.count("select count(*) from srv_seed"));
    }

    @Test
    void onlyOperatorsSeeTheHost() {
        cloud.house.access.take(cloud.user, org.isthmus.api.Action.ENDPOINT_READ);

        cloud.deploy("web");

        assertTrue(cloud.server("web").host().isPresent());
        assertTrue(
                cloud.domain.servers().get(cloud.user, Cloud.ACME, WEB).host().isEmpty());
    }

    @Test
    void aNameIsUniqueAmongTheLiving() {
        cloud.deploy("web");

        assertEquals(
                Problem.NAME_TAKEN,
                refused(() -> cloud.submit(cloud.user, Cloud.wish("web"))).type());
    }

    @Test
    void aFailedDeployHoldsNothingAndItsNameIsFree() {
        cloud.script().failNext(Verb.POWER, Kind.BROKEN);

        OperationView operation = cloud.run(cloud.user, Cloud.wish("web"));

        assertEquals(OperationState.FAILED, operation.state());
        ServerView failed = cloud.server("web");
        assertEquals(ServerState.FAILED, failed.state());
        assertTrue(failed.nics().isEmpty());
        assertEquals(Map.of(), charged(failed));
        assertEquals(0, cloud.count("select sum(used_cpus) from loc_host"));
        assertEquals(0, cloud.count("select count(*) from net_port"));
        assertEquals(ServerState.RUNNING, cloud.deploy("web").state());
        assertEquals(List.of("10.1.0.3"), cloud.server("web").addresses());
    }

    @Test
    void aFullHostIsLeftForTheNext() {
        cloud.script().failNext(Verb.CREATE, Kind.NO_CAPACITY);

        cloud.deploy("web");

        assertEquals(2, cloud.count("select sum(used_cpus) from loc_host"));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
    }

    @Test
    void whenNoHostWillDoTheReasonSaysWhyForEach() {
        OperationView operation = cloud.run(cloud.user, Cloud.wish("web", Cloud.onHostsWith("gpu")));

        assertEquals(OperationState.FAILED, operation.state());
        String reason = operation.reason().orElseThrow();
        assertTrue(reason.contains("fake-1: it lacks the host tags gpu"), reason);
        assertTrue(reason.contains("fake-2: it lacks the host tags gpu"), reason);
    }

    @Test
    void aFarEndThatIsAwayLeavesTheDeployWaiting() {
        cloud.script().away();
        OperationView begun =
                cloud.submit(cloud.user, Cloud.wish("web")).operation().orElseThrow();
        cloud.house.work();
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());

        cloud.script().back();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aDriverThatIsBeingReplacedLeavesTheDeployWaiting() {
        cloud.domain.drivers().unbind(cloud.driver);
        OperationView begun =
                cloud.submit(cloud.user, Cloud.wish("web")).operation().orElseThrow();
        cloud.house.work();
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());

        cloud.domain.drivers().bind(cloud.driver);
        cloud.house.clock.advance(Duration.ofSeconds(5));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aDeployWaitsForAnEndpointThatIsKnownToBeDown() {
        cloud.script().away();
        cloud.domain.upkeep().runOnce();
        OperationView begun =
                cloud.submit(cloud.user, Cloud.wish("web")).operation().orElseThrow();
        cloud.house.work();
        assertEquals(OperationState.RUNNING, cloud.operation(begun.id()).state());
        assertTrue(cloud.operation(begun.id()).reason().orElseThrow().contains("its endpoint is down"));

        cloud.script().back();
        cloud.domain.upkeep().runOnce();
        cloud.house.clock.advance(Duration.ofSeconds(10));
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aLostServerIsDeletedAlthoughNobodyAnswersForIt() {
        cloud.deploy("web");
        Set.of("fake-1", "fake-2").forEach(cloud.script()::loseHost);
        cloud.domain.upkeep().runOnce();
        assertEquals(ServerState.LOST, cloud.server("web").state());

        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        assertEquals(ServerState.DELETED, cloud.server("web").state());
    }

    @Test
    void stoppingChargesStorageOnlyAndStartingChargesAllAgain() {
        ServerView server = cloud.deploy("web");

        cloud.done(cloud.user, new StopServer(Cloud.ACME, WEB, false));
        assertEquals(ServerState.STOPPED, cloud.server("web").state());
        assertEquals(Map.of(Item.STORAGE_GIB, 10L), charged(server));

        cloud.done(cloud.user, new StartServer(Cloud.ACME, WEB));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(Map.of(Item.CPU, 2L, Item.MEMORY_GIB, 2L, Item.STORAGE_GIB, 10L), charged(server));

        cloud.done(cloud.user, new RestartServer(Cloud.ACME, WEB));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
    }

    @Test
    void aGuestThatDoesNotObeyIsCutOffAfterTwoMinutes() {
        cloud.close();
        cloud = new Cloud("deaf").furnished(Map.of("faults", "[{\"kind\":\"DEAF_GUEST\"}]"));
        cloud.deploy("web");

        OperationView begun = cloud.submit(cloud.user, new StopServer(Cloud.ACME, WEB, false))
                .operation()
                .orElseThrow();
        cloud.house.work();
        assertEquals(ServerState.STOPPING, cloud.server("web").state());

        cloud.house.clock.advance(Duration.ofMinutes(2));
        cloud.house.work();
        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
        assertEquals(ServerState.STOPPED, cloud.server("web").state());
    }

    @Test
    void whatTheStateDoesNotAllowIsRefusedWithWhatItDoes() {
        cloud.deploy("web");

        ProblemException problem = refused(() -> cloud.submit(cloud.user, new StartServer(Cloud.ACME, WEB)));

        assertEquals(ServerProblem.WRONG_STATE, problem.type());
        assertTrue(((List<?>) problem.extra().get("allowed")).contains("STOPPING"));
    }

    @Test
    void whileAnOperationIsAtWorkNothingElseBegins() {
        cloud.deploy("web");
        cloud.submit(cloud.user, new StopServer(Cloud.ACME, WEB, false));

        ProblemException problem = refused(() -> cloud.submit(cloud.user, new DeleteServer(Cloud.ACME, WEB)));

        assertEquals(ServerProblem.WRONG_STATE, problem.type());
    }

    @Test
    void aDeletedServerCanBeRecoveredWithinItsGrace() {
        ServerView server = cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        ServerView deleted = cloud.server("web");
        assertEquals(ServerState.DELETED, deleted.state());
        assertEquals(Map.of(Item.STORAGE_GIB, 10L), charged(server));
        assertTrue(deleted.deletedUntil().isPresent());

        cloud.done(cloud.user, new RecoverServer(Cloud.ACME, Ref.of(server.id())));

        assertEquals(ServerState.STOPPED, cloud.server("web").state());
        assertTrue(cloud.server("web").deletedUntil().isEmpty());
        cloud.done(cloud.user, new StartServer(Cloud.ACME, WEB));
    }

    @Test
    void aTakenNameIsNotRecoverable() {
        ServerView first = cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        cloud.deploy("web");

        ProblemException problem =
                refused(() -> cloud.submit(cloud.user, new RecoverServer(Cloud.ACME, Ref.of(first.id()))));

        assertEquals(ServerProblem.NOT_RECOVERABLE, problem.type());
    }

    @Test
    void whenTheGraceIsOverTheServerIsGoneWithAllItHeld() {
        ServerView server = cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        cloud.house.clock.advance(Duration.ofHours(25));
        cloud.domain.upkeep().runOnce();
        cloud.house.work();

        assertEquals(List.of(), cloud.servers());
        assertEquals(Map.of(), charged(server));
        assertEquals(0, cloud.count("select sum(used_cpus) from loc_host"));
        for (String table : List.of("net_port", "srv_disk", "srv_server", "srv_tag")) {
            assertEquals(0, cloud.count("select count(*) from " + table), table);
        }
    }

    @Test
    void withoutGraceADeletedServerIsGoneAtOnce() {
        cloud.policy(policy -> new Policy(1000, Duration.ZERO, Optional.empty(), List.of()));
        cloud.deploy("web");

        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        assertEquals(List.of(), cloud.servers());
        assertEquals(0, cloud.count("select count(*) from net_port"));
    }

    @Test
    void aFailedServerIsDeletedAtOnce() {
        cloud.script().failNext(Verb.POWER, Kind.BROKEN);
        cloud.run(cloud.user, Cloud.wish("web"));

        assertTrue(cloud.submit(cloud.user, new DeleteServer(Cloud.ACME, WEB))
                .operation()
                .isEmpty());

        assertEquals(List.of(), cloud.servers());
        assertEquals(0, cloud.count("select count(*) from srv_disk"));
    }

    @Test
    void aProtectedServerIsNotDeleted() {
        ServerView server = cloud.deploy("web");
        cloud.submit(
                cloud.user,
                new ChangeServer(
                        Cloud.ACME,
                        WEB,
                        server.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(true)));

        assertEquals(
                ServerProblem.PROTECTED,
                refused(() -> cloud.submit(cloud.user, new DeleteServer(Cloud.ACME, WEB)))
                        .type());
    }

    @Test
    void aStaleChangeIsRefused() {
        ServerView server = cloud.deploy("web");
        ChangeServer rename = new ChangeServer(
                Cloud.ACME,
                WEB,
                server.version(),
                Optional.of(new Name("shop")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        cloud.submit(cloud.user, rename);

        ProblemException problem = refused(() -> cloud.submit(
                cloud.user,
                new ChangeServer(
                        Cloud.ACME,
                        new Ref("shop"),
                        server.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(true))));

        assertEquals(Problem.STALE, problem.type());
    }

    @Test
    void tagsAndFieldsFilterTheList() {
        cloud.deploy("web");
        ServerView shop = cloud.deploy("shop");
        cloud.submit(
                cloud.user,
                new ChangeServer(
                        Cloud.ACME,
                        new Ref("shop"),
                        shop.version(),
                        Optional.empty(),
                        Optional.of(Map.of("tier", "front")),
                        Optional.of(Optional.of("selling")),
                        Optional.empty()));

        assertEquals(
                List.of("shop"),
                names(new Query(Map.of(), Optional.of("tier:front"), Query.all().page())));
        assertEquals(List.of("shop"), names(equal("purpose", "selling")));
        assertEquals(List.of("web"), names(equal("name", "web")));
        assertEquals(List.of("web", "shop"), names(equal("network", "net")));
        assertEquals(List.of("web", "shop"), names(equal("image", "tiny")));
        assertEquals(List.of(), names(equal("state", "STOPPED")));
        assertEquals(List.of("web", "shop"), names(equal("protected", "false")));
        assertEquals(
                Problem.MALFORMED, refused(() -> names(equal("colour", "red"))).type());
    }

    private static Query equal(String field, String value) {
        return new Query(Map.of(field, value), Optional.empty(), Query.all().page());
    }

    private List<String> names(Query query) {
        return cloud.domain.servers().list(cloud.user, Cloud.ACME, query).items().stream()
                .map(server -> server.name().value())
                .toList();
    }

    @Test
    void resizingARunningServerStopsAndStartsItAndClaimsTheDifference() {
        ServerView server = cloud.deploy("web");

        cloud.done(cloud.user, new ResizeServer(Cloud.ACME, WEB, new Flavor(4, 1024)));

        ServerView resized = cloud.server("web");
        assertEquals(ServerState.RUNNING, resized.state());
        assertEquals(4, resized.cpus());
        assertEquals(4, hostOf(resized).usedCpus());
        assertEquals(1024, hostOf(resized).usedMemoryMiB());
        assertEquals(Map.of(Item.CPU, 4L, Item.MEMORY_GIB, 1L, Item.STORAGE_GIB, 10L), charged(server));
    }

    @Test
    void aHostWithoutRoomLeavesTheServerAsItWas() {
        ServerView server = cloud.deploy("web");

        OperationView operation = cloud.run(cloud.user, new ResizeServer(Cloud.ACME, WEB, new Flavor(256, 300000)));

        assertEquals(OperationState.FAILED, operation.state());
        ServerView same = cloud.server("web");
        assertEquals(ServerState.RUNNING, same.state());
        assertEquals(2, same.cpus());
        assertEquals(2, hostOf(same).usedCpus());
        assertEquals(Map.of(Item.CPU, 2L, Item.MEMORY_GIB, 2L, Item.STORAGE_GIB, 10L), charged(server));
    }

    @Test
    void aResizeThatFailsBelowIsTakenBack() {
        cloud.deploy("web");
        cloud.script().failNext(Verb.RESIZE, Kind.BROKEN);

        OperationView operation = cloud.run(cloud.user, new ResizeServer(Cloud.ACME, WEB, new Flavor(4, 4096)));

        assertEquals(OperationState.FAILED, operation.state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals("ON", cloud.server("web").power());
        assertEquals(2, hostOf(cloud.server("web")).usedCpus());
    }

    @Test
    void policiesAreAllToldAtOnce() {
        cloud.policy(policy -> new Policy(0, Duration.ofHours(1), Optional.of(List.of("elsewhere")), List.of("owner")));

        ProblemException problem = refused(() -> cloud.submit(cloud.user, Cloud.wish("web")));

        assertEquals(Problem.AGAINST_POLICY, problem.type());
        assertEquals(
                List.of(
                        "/location allowedLocations acme policy.set acme",
                        "/tags requiredTags acme policy.set acme",
                        " deploymentsPerDay acme policy.set acme"),
                problem.errors().stream()
                        .map(each -> each.pointer() + " " + each.policy().orElseThrow() + " "
                                + each.owner().orElseThrow() + " "
                                + each.changeableBy().orElseThrow().action() + " "
                                + each.changeableBy().orElseThrow().organization())
                        .toList());
    }

    @Test
    void aDryRunLeavesNothing() {
        cloud.house.gate.submit(cloud.user, Cloud.wish("web"), org.isthmus.api.gate.Gate.Submission.dry());

        assertEquals(List.of(), cloud.servers());
        assertFalse(cloud.count("select count(*) from net_port") > 0);
        assertEquals(Set.of(), Set.copyOf(cloud.servers()));
    }

    private static ChangeServer named(ServerView server, String name) {
        return new ChangeServer(
                Cloud.ACME,
                Ref.of(server.id()),
                server.version(),
                Optional.of(new Name(name)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The names that lead to a server's first interface, as its network's driver has them. */
    private List<String> leadingTo(ServerView server) {
        return cloud.ledger().names(server.nics().get(0).id().value());
    }

    @Test
    void aRenamedServerIsFoundByItsNewNameOnItsNetwork() {
        ServerView server = cloud.deploy("web");
        assertEquals(List.of("web"), leadingTo(server));

        cloud.done(cloud.user, named(server, "shop"));

        assertEquals(List.of("shop"), leadingTo(server));
        assertEquals(ServerState.RUNNING, cloud.server("shop").state());
        assertEquals(Map.of(Item.CPU, 2L, Item.MEMORY_GIB, 2L, Item.STORAGE_GIB, 10L), charged(server));
    }

    @Test
    void aServerThatIsBeingMadeIsNotRenamed() {
        ServerView server = cloud.submit(cloud.user, Cloud.wish("web")).result();

        ProblemException problem = refused(() -> cloud.submit(cloud.user, named(server, "shop")));

        assertEquals(ServerProblem.WRONG_STATE, problem.type());
    }

    @Test
    void theNameOfADeletedServerLeadsToItsNextOwnerOnly() {
        ServerView first = cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        ServerView second = cloud.deploy("web");

        assertEquals(List.of(), leadingTo(first));
        assertEquals(List.of("web"), leadingTo(second));
    }

    @Test
    void aDeleteThatFailsLeavesTheServerItsName() {
        ServerView server = cloud.deploy("web");
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.BROKEN);

        OperationView operation = cloud.run(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        assertEquals(OperationState.FAILED, operation.state());
        assertEquals(ServerState.STOPPED, cloud.server("web").state());
        assertEquals(List.of("web"), leadingTo(server));
        assertEquals(Map.of(Item.STORAGE_GIB, 10L), charged(server));
    }

    @Test
    void aRenameThatFailsBelowIsSaidAndCanBeRepeated() {
        ServerView server = cloud.deploy("web");
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.BROKEN);

        assertEquals(
                OperationState.FAILED,
                cloud.run(cloud.user, named(server, "shop")).state());
        assertEquals(ServerState.RUNNING, cloud.server("shop").state());
        assertTrue(cloud.server("shop").reason().isPresent());

        cloud.done(cloud.user, named(cloud.server("shop"), "web"));
        cloud.done(cloud.user, named(cloud.server("web"), "shop"));
        assertEquals(List.of("shop"), leadingTo(server));
        assertTrue(cloud.server("shop").reason().isEmpty());
    }

    @Test
    void aRenamedServerKeepsTheReasonOfItsState() {
        ServerView server = cloud.deploy("web");
        Set.of("fake-1", "fake-2").forEach(cloud.script()::loseHost);
        cloud.domain.upkeep().runOnce();
        Optional<String> lost = cloud.server("web").reason();
        assertTrue(lost.isPresent());

        cloud.done(cloud.user, named(cloud.server("web"), "shop"));

        assertEquals(ServerState.LOST, cloud.server("shop").state());
        assertEquals(lost, cloud.server("shop").reason());
        assertEquals(List.of("shop"), leadingTo(server));
    }

    @Test
    void aRecoveredServerIsFoundByItsNameAgain() {
        ServerView server = cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));

        cloud.done(cloud.user, new RecoverServer(Cloud.ACME, Ref.of(server.id())));

        assertEquals(List.of("web"), leadingTo(server));
    }

    @Test
    void whoeverChangedATagChangedTheServer() {
        ServerView server = cloud.deploy("web");
        ChangeServer tagged = new ChangeServer(
                Cloud.ACME,
                WEB,
                server.version(),
                Optional.empty(),
                Optional.of(Map.of("tier", "front")),
                Optional.empty(),
                Optional.empty());

        ServerView changed = cloud.submit(cloud.user, tagged).result();

        assertTrue(changed.version() > server.version());
        assertEquals(changed.version(), cloud.server("web").version());
        assertEquals(
                Problem.STALE, refused(() -> cloud.submit(cloud.user, tagged)).type());
    }

    @Test
    void aHostThatTurnsOutFullWhenItIsToStartItIsLeftForTheNext() {
        cloud.script().failNext(Verb.POWER, Kind.NO_CAPACITY);

        ServerView server = cloud.deploy("web");

        assertEquals(ServerState.RUNNING, server.state());
        assertEquals(2, hostOf(server).usedCpus());
        assertEquals(2, cloud.count("select sum(used_cpus) from loc_host"));
        assertEquals(
                1,
                cloud.ledger()
                        .living(org.isthmus.driver.fake.Ledger.Thing.SERVER)
                        .size());
    }

    private Estimate estimated(org.isthmus.api.gate.Command<?> wish) {
        return ((org.isthmus.api.gate.Gate.Outcome.Allowed<?>)
                        cloud.house.gate.submit(cloud.user, wish, org.isthmus.api.gate.Gate.Submission.dry()))
                .estimate();
    }

    @Test
    void whatIsEstimatedBeforehandIsWhatTheServerCostsAfterwards() {
        cloud.deploy("web");
        for (org.isthmus.api.gate.Command<?> wish : List.of(
                new StopServer(Cloud.ACME, WEB, true),
                new ResizeServer(Cloud.ACME, WEB, new Flavor(3, 1536)),
                new AttachDisk(Cloud.ACME, WEB, 5),
                new AttachNic(Cloud.ACME, WEB, new WishedNic(Cloud.NET, Optional.empty())),
                new DetachNic(
                        Cloud.ACME,
                        WEB,
                        Ref.of(cloud.server("web").nics().get(0).id())),
                new TakeSnapshot(Cloud.ACME, WEB, new Name("before")),
                new RevertSnapshot(Cloud.ACME, WEB, new Ref("before")),
                new DeleteSnapshot(Cloud.ACME, WEB, new Ref("before")),
                new StartServer(Cloud.ACME, WEB),
                new ResizeServer(Cloud.ACME, WEB, new Flavor(4, 4096)),
                new GrowDisk(
                        Cloud.ACME,
                        WEB,
                        Ref.of(cloud.server("web").disks().get(0).id()),
                        12),
                new DeleteServer(Cloud.ACME, WEB))) {
            Estimate estimate = estimated(wish);

            cloud.done(cloud.user, wish);

            assertEquals(cloud.server("web").estimate(), estimate, wish.toString());
        }
    }

    @Test
    void theReasonOfARefusedResizeSaysWhatIsLeft() {
        cloud.deploy("web");

        OperationView operation = cloud.run(cloud.user, new ResizeServer(Cloud.ACME, WEB, new Flavor(2, 300000)));

        String reason = operation.reason().orElseThrow();
        assertTrue(reason.contains("MiB of memory left"), reason);
        assertTrue(reason.contains("overcommit 100 %"), reason);
    }
}
