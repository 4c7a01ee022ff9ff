// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.core.Cloud;
import org.isthmus.core.RowStore;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NetworkTest {
    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("network").furnished();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private static CreateNetwork wish(String name, String cidr) {
        return new CreateNetwork(Cloud.ACME, new Name(name), Cloud.HERE, Cidr.of(cidr), false, true, Map.of("a", "b"));
    }

    private ProblemException refused(org.isthmus.api.gate.Command<?> wish) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, wish));
    }

    @Test
    void aNetworkIsMadeAndCharged() {
        cloud.done(cloud.user, wish("lan", "10.5.0.0/24"));

        NetworkView network = cloud.domain.networks().get(cloud.user, Cloud.ACME, new Ref("lan"));
        assertEquals(NetworkState.ACTIVE, network.state());
        assertEquals("10.5.0.1", network.gateway());
        assertEquals(Map.of("a", "b"), network.tags());
        assertEquals("0.2", network.estimate().hourly().plain());
        assertEquals(
                1,
                cloud.count(
                        "select count(*) from usg_interval where subject_id = ? and item = 'NETWORK' and until_at is null",
                        network.id().value()));
    }

    @Test
    void anOverlapIsRefusedOnlyInOneOrganization() {
        assertEquals(
                NetworkProblem.OVERLAP, refused(wish("lan", "10.1.0.128/25")).type());

        cloud.house.access.organization("other", cloud.acme.policy());
        cloud.done(
                cloud.house.access.user("bob", "other"),
                new CreateNetwork(
                        new Ref("other"), new Name("lan"), Cloud.HERE, Cidr.of("10.1.0.0/24"), false, true, Map.of()));
    }

    @Test
    void whatCannotBeMadeIsRemovedAgainAndHoldsNothing() {
        cloud.script().failNext(Verb.FIND_NETWORK, DriverException.Kind.BROKEN);

        assertEquals(
                OperationState.FAILED,
                cloud.run(cloud.user, wish("lan", "10.5.0.0/24")).state());

        assertEquals(
                NetworkState.FAILED,
                cloud.domain
                        .networks()
                        .get(cloud.user, Cloud.ACME, new Ref("lan"))
                        .state());
        cloud.done(cloud.user, wish("lan2", "10.5.0.0/24"));
        cloud.done(cloud.user, new DeleteNetwork(Cloud.ACME, new Ref("lan")));
    }

    @Test
    void aNetworkWithServersAlsoRecoverableOnesIsInUse() {
        cloud.deploy("web");
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, new Ref("web")));

        ProblemException problem = refused(new DeleteNetwork(Cloud.ACME, Cloud.NET));

        assertEquals(Problem.IN_USE, problem.type());
        assertTrue(problem.getMessage().contains("web"));
    }

    @Test
    void anEmptyNetworkIsDeletedAndNoLongerCharged() {
        cloud.done(cloud.user, new DeleteNetwork(Cloud.ACME, Cloud.NET));

        assertEquals(0, cloud.count("select count(*) from net_network"));
        assertEquals(0, cloud.count("select count(*) from net_cursor"));
        assertEquals(0, cloud.count("select count(*) from usg_interval where item = 'NETWORK' and until_at is null"));
    }

    @Test
    void aNetworkThatCannotBeDeletedIsAsItWas() {
        cloud.script().failNext(Verb.REMOVE_NETWORK, DriverException.Kind.DENIED);

        assertEquals(
                OperationState.FAILED,
                cloud.run(cloud.user, new DeleteNetwork(Cloud.ACME, Cloud.NET)).state());

        assertEquals(
                NetworkState.ACTIVE,
                cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET).state());
        cloud.deploy("web");
    }

    @Test
    void neverPublicIsSetAndStaysSet() {
        NetworkView network = cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET);
        cloud.submit(cloud.user, never(network.version(), true));
        NetworkView set = cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET);

        assertTrue(set.neverPublic());
        assertEquals(
                NetworkProblem.NEVER_PUBLIC,
                refused(never(set.version(), false)).type());
    }

    private static ChangeNetwork never(long version, boolean never) {
        return new ChangeNetwork(
                Cloud.ACME, Cloud.NET, version, Optional.empty(), Optional.of(never), Optional.empty());
    }

    @Test
    void whatIsEstimatedOfAChangeIsWhatTheNetworkCostsAfterwards() {
        NetworkView network = cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET);

        Gate.Outcome.Allowed<?> allowed = (Gate.Outcome.Allowed<?>)
                cloud.house.gate.submit(cloud.user, never(network.version(), true), Gate.Submission.dry());

        assertEquals(network.estimate(), allowed.estimate());
    }

    @Test
    void whoeverChangedATagChangedTheNetwork() {
        NetworkView network = cloud.network("tagged", "10.7.0.0/24");

        NetworkView changed = cloud.submit(
                        cloud.user,
                        new ChangeNetwork(
                                Cloud.ACME,
                                Ref.of(network.id()),
                                network.version(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(Map.of("tier", "front"))))
                .result();

        assertTrue(changed.version() > network.version());
    }

    @Test
    void aLocationWithoutNetworkEndpointHasNoNetworks() {
        cloud.submit(cloud.operator, new CreateLocation(new Name("bare"), Kind.CLOUD));

        ProblemException problem = refused(new CreateNetwork(
                Cloud.ACME, new Name("lan"), new Ref("bare"), Cidr.of("10.5.0.0/24"), false, true, Map.of()));

        assertEquals(LocationProblem.NO_NETWORK_DRIVER, problem.type());
    }

    private NetworkStore store;
    private PortStore ports;

    private Network small() {
        RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
        store = new NetworkStore(rows);
        ports = new PortStore(rows, store);
        NetworkId id = cloud.network("small", "10.7.0.0/29").id();
        return cloud.house.database.tx().read(() -> store.must(id));
    }

    private String next(Network network, Optional<Long> wished) {
        return cloud.house.database.tx().run(() -> {
            store.lock(network.id());
            return Cidr.text(ports.allocate(
                            network, cloud.house.ids.nic(), cloud.house.ids.server(), 0, wished, Optional.empty())
                    .address());
        });
    }

    private void free(String address) {
        cloud.house.database.tx().execute(() -> {
            RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
            rows.change("delete from net_port where address = ?", Cidr.address(address));
        });
    }

    @Test
    void addressesAreGivenInOrderAndReusedOnlyWhenTheEndIsReached() {
        Network network = small();

        assertEquals("10.7.0.2", next(network, Optional.empty()));
        assertEquals("10.7.0.3", next(network, Optional.empty()));
        free("10.7.0.2");
        assertEquals("10.7.0.4", next(network, Optional.empty()));
        assertEquals("10.7.0.5", next(network, Optional.empty()));
        assertEquals("10.7.0.6", next(network, Optional.empty()));
        assertEquals("10.7.0.2", next(network, Optional.empty()));
        ProblemException full = assertThrows(ProblemException.class, () -> next(network, Optional.empty()));
        assertEquals(NetworkProblem.FULL, full.type());
        free("10.7.0.4");
        assertEquals("10.7.0.4", next(network, Optional.empty()));
    }

    @Test
    void wishedAddressesArePassedOver() {
        Network network = small();
        assertEquals("10.7.0.2", next(network, Optional.of(Cidr.address("10.7.0.2"))));
        assertEquals("10.7.0.3", next(network, Optional.of(Cidr.address("10.7.0.3"))));
        assertEquals("10.7.0.4", next(network, Optional.empty()));
        ProblemException taken =
                assertThrows(ProblemException.class, () -> next(network, Optional.of(Cidr.address("10.7.0.3"))));
        assertEquals(NetworkProblem.ADDRESS_TAKEN, taken.type());
        assertEquals(List.of(), List.copyOf(network.drift().stream().toList()));
    }
}
