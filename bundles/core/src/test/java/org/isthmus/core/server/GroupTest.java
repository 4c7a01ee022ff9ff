// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups whose servers do not all say the same. */
final class GroupTest {
    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("groups").furnished();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private static Placement group(Strategy strategy, GroupRule rule, boolean strict) {
        return new Placement(strategy, Set.of(), Optional.of(new Group(new Name("db"), rule, strict)));
    }

    /** The same wish on another network. */
    private static DeployServer on(String network, DeployServer wish) {
        return new DeployServer(
                wish.organization(),
                wish.name(),
                List.of(new WishedNic(new Ref(network), Optional.empty())),
                wish.image(),
                wish.flavor(),
                wish.diskGiB(),
                wish.sshKeys(),
                wish.userData(),
                wish.purpose(),
                wish.tags(),
                wish.isProtected(),
                wish.location(),
                wish.placement());
    }

    @Test
    void aServerThatMustBeWithOthersAtAnotherLocationIsRefusedWithTheReason() {
        Placement together = group(Strategy.SPREAD, GroupRule.TOGETHER, true);
        cloud.done(cloud.user, Cloud.wish("db-1", together));
        cloud.submit(cloud.operator, new CreateLocation(new Name("there"), Kind.CLOUD));
        cloud.submit(
                cloud.operator, new CreateEndpoint(new Ref("there"), new Name("fake"), "fake", Map.of(), Map.of()));
        cloud.done(
                cloud.user,
                new CreateNetwork(
                        Cloud.ACME, new Name("far"), new Ref("there"), Cidr.of("10.3.0.0/24"), false, true, Map.of()));

        OperationView operation = assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> cloud.run(cloud.user, on("far", Cloud.wish("db-2", together))));

        assertEquals(OperationState.FAILED, operation.state());
        String reason = operation.reason().orElseThrow();
        assertTrue(reason.contains("the servers of the group db are elsewhere"), reason);
    }

    @Test
    void aServerThatMustBeApartKeepsThoseAwayThatOnlyWouldLikeToBe() {
        cloud.done(cloud.user, Cloud.wish("db-1", group(Strategy.PACK, GroupRule.APART, true)));
        cloud.done(cloud.user, Cloud.wish("db-2", group(Strategy.PACK, GroupRule.APART, false)));
        assertNotEquals(cloud.server("db-1").host(), cloud.server("db-2").host());

        OperationView third = cloud.run(cloud.user, Cloud.wish("db-3", group(Strategy.PACK, GroupRule.APART, false)));

        assertEquals(OperationState.FAILED, third.state());
        assertTrue(third.reason().orElseThrow().contains("they must be apart"));
    }

    @Test
    void aGroupHasOneRule() {
        cloud.submit(cloud.user, Cloud.wish("db-1", group(Strategy.SPREAD, GroupRule.APART, false)));

        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> cloud.submit(cloud.user, Cloud.wish("db-2", group(Strategy.SPREAD, GroupRule.TOGETHER, true))));

        assertEquals(Problem.CONFLICT, refused.type());
        assertTrue(refused.getMessage().contains("APART"), refused.getMessage());
    }

    /** As if the gate had let both through at the same moment, before either saw the other. */
    private void wishesMeanwhile(String server, GroupRule rule) {
        RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
        cloud.house
                .database
                .tx()
                .execute(() -> rows.change("update srv_server set group_rule = ? where name = ?", rule.name(), server));
    }

    @Test
    void ofTwoThatWishDifferentRulesAtTheSameMomentTheFirstIsMade() {
        Placement apart = group(Strategy.SPREAD, GroupRule.APART, true);
        cloud.submit(cloud.user, Cloud.wish("db-1", apart));
        OperationView second =
                cloud.submit(cloud.user, Cloud.wish("db-2", apart)).operation().orElseThrow();
        wishesMeanwhile("db-2", GroupRule.TOGETHER);

        cloud.house.work();

        assertEquals(ServerState.RUNNING, cloud.server("db-1").state());
        OperationView failed = cloud.operation(second.id());
        assertEquals(OperationState.FAILED, failed.state());
        assertTrue(
                failed.reason().orElseThrow().contains("are to be APART"),
                failed.reason().toString());
    }

    @Test
    void oneThatHasItsHostIsNotFollowedByOneOfAnotherRuleWhicheverWasFirst() {
        Placement apart = group(Strategy.SPREAD, GroupRule.APART, true);
        cloud.script().away();
        cloud.domain.upkeep().runOnce();
        OperationView first =
                cloud.submit(cloud.user, Cloud.wish("db-1", apart)).operation().orElseThrow();
        cloud.house.work();
        cloud.script().back();
        cloud.domain.upkeep().runOnce();
        cloud.done(cloud.user, Cloud.wish("db-2", apart));
        wishesMeanwhile("db-1", GroupRule.TOGETHER);

        cloud.house.clock.advance(Duration.ofMinutes(1));
        cloud.house.work();

        assertEquals(OperationState.FAILED, cloud.operation(first.id()).state());
    }
}
