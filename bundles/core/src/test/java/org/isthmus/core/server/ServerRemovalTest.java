// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.isthmus.api.Ref;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.Script.Stage;
import org.isthmus.driver.fake.Verb;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deleting servers whose networks do not do what they are asked. */
final class ServerRemovalTest {
    private static final Ref WEB = new Ref("web");
    private static final DeleteServer DELETE = new DeleteServer(Cloud.ACME, WEB);

    private Cloud cloud;
    private ServerView web;

    @BeforeEach
    void aServer() {
        cloud = new Cloud("removal").furnished();
        web = cloud.deploy("web");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    /** The names that lead to one of its interfaces, as its network's driver has them. */
    private List<String> leadingTo(ServerView server, int nic) {
        return cloud.ledger().names(server.nics().get(nic).id().value());
    }

    /** From now on the networks' driver answers so to all that name a port under these tokens. */
    private void portsFail(Stage stage, Kind kind, Predicate<String> tokens) {
        cloud.script().watch((at, verb, token, object) -> {
            if (at == stage && verb == Verb.ENSURE_PORT && tokens.test(token)) {
                throw new DriverException(kind, "The network does not do it: " + kind);
            }
        });
    }

    private void portsFail(Kind kind) {
        portsFail(Stage.CALLED, kind, token -> true);
    }

    private void withoutGrace() {
        cloud.policy(policy -> new Policy(1000, Duration.ZERO, Optional.empty(), List.of()));
    }

    private void lost() {
        Set.of("fake-1", "fake-2").forEach(cloud.script()::loseHost);
        cloud.domain.upkeep().runOnce();
        assertEquals(ServerState.LOST, cloud.server("web").state());
    }

    private OperationView after(Duration time, OperationView operation) {
        cloud.house.clock.advance(time);
        cloud.house.work();
        return cloud.operation(operation.id());
    }

    private void assertOffAndPerhapsNameless() {
        ServerView server = cloud.server("web");
        assertEquals(ServerState.STOPPED, server.state());
        assertTrue(
                server.reason().orElseThrow().contains("may not know its name"),
                server.reason().toString());
        assertEquals(0, cloud.count("select count(*) from usg_interval where item = 'CPU' and until_at is null"));
    }

    @Test
    void aNetworkThatRefusesForGoodLeavesItStoppedAndFreeForTheNextWish() {
        portsFail(Kind.CONFLICT);

        OperationView operation = cloud.run(cloud.user, DELETE);

        assertEquals(OperationState.FAILED, operation.state());
        assertOffAndPerhapsNameless();
        cloud.done(cloud.user, new StartServer(Cloud.ACME, WEB));
    }

    @Test
    void aNetworkThatIsAwayPastTheDeadlineLeavesItStoppedAndFreeForTheNextWish() {
        portsFail(Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, DELETE);
        assertEquals(OperationState.RUNNING, operation.state());

        assertEquals(
                OperationState.FAILED, after(Duration.ofHours(1), operation).state());

        assertOffAndPerhapsNameless();
        cloud.script().clear();
        cloud.done(cloud.user, DELETE);
        assertEquals(List.of(), leadingTo(web, 0));
    }

    @Test
    void aDeleteThatWaitsForADriverThatWasUninstalledCanBeCancelled() {
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, DELETE);
        cloud.domain.drivers().unbind(cloud.driver);
        assertEquals(
                OperationState.RUNNING, after(Duration.ofMinutes(1), operation).state());

        cloud.submit(cloud.user, new CancelOperation(Cloud.ACME, operation.id()));

        assertEquals(
                OperationState.CANCELLED,
                after(Duration.ofSeconds(5), operation).state());
        ServerView server = cloud.server("web");
        assertEquals(ServerState.LOST, server.state());
        assertTrue(
                server.reason().orElseThrow().contains("may not know its name"),
                server.reason().toString());
    }

    @Test
    void onePortThatIsGoneDoesNotKeepTheOthersTheirName() {
        cloud.network("back", "10.8.0.0/24");
        cloud.done(cloud.user, new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        ServerView server = cloud.server("web");
        assertEquals(List.of("web"), leadingTo(server, 1));
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.NOT_FOUND);

        cloud.done(cloud.user, DELETE);

        assertEquals(List.of(), leadingTo(server, 1));
    }

    @Test
    void onePortThatIsGoneDoesNotKeepTheOthersFromTheirNameWhenADeleteFails() {
        cloud.network("back", "10.8.0.0/24");
        cloud.done(cloud.user, new AttachNic(Cloud.ACME, WEB, new WishedNic(new Ref("back"), Optional.empty())));
        ServerView server = cloud.server("web");
        portsFail(Stage.AFTER_EFFECT, Kind.BROKEN, token -> token.endsWith(".unname-1"));
        portsFail(Stage.CALLED, Kind.NOT_FOUND, token -> token.endsWith(".undo-unname-0"));

        OperationView operation = cloud.run(cloud.user, DELETE);

        assertEquals(OperationState.FAILED, operation.state());
        assertEquals(List.of("web"), leadingTo(server, 1));
    }

    @Test
    void aLostServerKeepsItsNameOnlyUntilItsNetworkIsBack() {
        lost();
        cloud.script().failNext(Verb.ENSURE_PORT, Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, DELETE);
        assertEquals(OperationState.RUNNING, operation.state());

        assertEquals(
                OperationState.SUCCEEDED,
                after(Duration.ofSeconds(10), operation).state());

        assertEquals(ServerState.DELETED, cloud.server("web").state());
        assertEquals(List.of(), leadingTo(web, 0));
    }

    @Test
    void aLostServerIsDeletedAlthoughItsNetworkStaysAway() {
        lost();
        portsFail(Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, DELETE);

        assertEquals(
                OperationState.SUCCEEDED,
                after(Duration.ofMinutes(20), operation).state());

        assertEquals(ServerState.DELETED, cloud.server("web").state());
        assertEquals(
                Optional.of("A network that is away may still lead its name to it."),
                cloud.server("web").reason());
    }

    @Test
    void aLostServerIsDeletedAlthoughItsDriversWereUninstalled() {
        lost();
        cloud.domain.drivers().unbind(cloud.driver);
        OperationView operation = cloud.run(cloud.user, DELETE);

        assertEquals(
                OperationState.SUCCEEDED,
                after(Duration.ofMinutes(20), operation).state());

        assertEquals(ServerState.DELETED, cloud.server("web").state());
    }

    @Test
    void withoutGraceItsNameLeadsToItNoLongerBeforeItIsRemoved() {
        withoutGrace();
        List<List<String>> leading = new ArrayList<>();
        cloud.script().onNextCall(Verb.DELETE, () -> leading.add(leadingTo(web, 0)));

        cloud.done(cloud.user, DELETE);

        assertEquals(List.of(List.of()), leading);
        assertEquals(List.of(), cloud.servers());
    }

    @Test
    void withoutGraceItIsRemovedAlthoughItsNetworkRefusesForGood() {
        withoutGrace();
        portsFail(Kind.CONFLICT);

        cloud.done(cloud.user, DELETE);

        assertEquals(List.of(), cloud.servers());
    }

    @Test
    void withoutGraceItIsRemovedAlthoughItsNetworkStaysAway() {
        withoutGrace();
        portsFail(Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, DELETE);
        assertEquals(OperationState.RUNNING, operation.state());

        assertEquals(
                OperationState.SUCCEEDED,
                after(Duration.ofMinutes(20), operation).state());

        assertEquals(List.of(), cloud.servers());
    }
}
