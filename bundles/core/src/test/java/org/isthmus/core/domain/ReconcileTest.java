// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.FakeDriver;
import org.isthmus.driver.fake.FakeDriverFactory;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Secret;
import org.isthmus.spi.Call;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ReconcileTest {
    private static final Ref WEB = new Ref("web");

    private Cloud cloud;
    private FakeDriver below;
    private HostContext context;
    private ServerView web;

    /** Besides the controller's, another driver on the same far end: what somebody does below. */
    @BeforeEach
    void aCloudAndSomebodyBelow() {
        cloud = new Cloud("reconcile").furnished();
        web = cloud.deploy("web");
        EndpointView endpoint = cloud.domain.locations().endpoint(cloud.operator, Cloud.HERE, new Ref("fake"));
        Path ledger = cloud.ledgerFile();
        context = new HostContext(cloud.house.clock, ledger.getParent());
        below = new FakeDriverFactory()
                .open(
                        new EndpointConfig(
                                endpoint.id(), "below", Map.of("ledger", ledger.toString()), Map.<String, Secret>of()),
                        context);
    }

    @AfterEach
    void close() {
        below.close();
        context.close();
        cloud.close();
    }

    private Call call(String wish) {
        return new Call("somebody." + wish, cloud.house.clock.instant().plus(Duration.ofMinutes(1)));
    }

    private String ref() {
        return below.find(web.id()).orElseThrow().ref();
    }

    private void reconcile() {
        cloud.domain.upkeep().runOnce();
    }

    private long events(String type) {
        return cloud.count("select count(*) from evt_event where type = ?", type);
    }

    private long charged(String item) {
        return cloud.count(
                "select coalesce(sum(quantity), 0) from usg_interval where subject_id = ? and item = ? and until_at is null",
                web.id().value(),
                item);
    }

    @Test
    void whatIsAsItShouldBeIsLeftAlone() {
        long version = cloud.server("web").version();

        reconcile();
        reconcile();

        assertEquals(version, cloud.server("web").version());
        assertTrue(cloud.server("web").drift().isEmpty());
        assertEquals(0, events("endpoint.unknown-server"));
    }

    @Test
    void aServerThatWentOffIsShownOffAndChargedForStorageOnly() {
        below.power(call("off"), ref(), PowerWish.OFF);

        reconcile();

        assertEquals(ServerState.STOPPED, cloud.server("web").state());
        assertEquals(
                Optional.of("It is off, and should be on."), cloud.server("web").drift());
        assertEquals(1, events("server.drifted"));
        assertEquals(0, charged("CPU"));
        reconcile();
        assertEquals(1, events("server.drifted"));

        below.power(call("on"), ref(), PowerWish.ON);
        reconcile();
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertTrue(cloud.server("web").drift().isEmpty());
        assertEquals(2, charged("CPU"));
    }

    @Test
    void whatWentOffCanBeStarted() {
        below.power(call("off"), ref(), PowerWish.OFF);
        reconcile();

        cloud.done(cloud.user, new StartServer(Cloud.ACME, WEB));

        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertTrue(cloud.server("web").drift().isEmpty());
    }

    @Test
    void aServerThatIsMissingIsLostAndNothingIsMadeOrDeleted() {
        below.delete(call("gone"), web.id(), Optional.empty());

        reconcile();

        assertEquals(ServerState.LOST, cloud.server("web").state());
        assertEquals(1, events("server.lost"));
        assertEquals(0, charged("CPU"));
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        assertEquals(ServerState.DELETED, cloud.server("web").state());
    }

    @Test
    void aServerOnALostHostIsLostAndIsFoundWhenTheHostIsBack() {
        Set.of("fake-1", "fake-2").forEach(cloud.script()::loseHost);
        reconcile();
        assertEquals(ServerState.LOST, cloud.server("web").state());

        Set.of("fake-1", "fake-2").forEach(cloud.script()::returnHost);
        reconcile();

        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(1, events("server.found"));
        assertEquals(2, charged("CPU"));
    }

    @Test
    void fromAnEndpointThatIsAwayNothingIsConcluded() {
        cloud.script().away();

        reconcile();

        assertEquals(ServerState.RUNNING, cloud.server("web").state());
        assertEquals(0, events("server.lost"));
    }

    @Test
    void strangersAreToldOnceAndLeftAlone() {
        below.addStranger("theirs", "fake-1");

        reconcile();
        reconcile();

        assertEquals(1, events("endpoint.unknown-server"));
        assertEquals(2, below.list().size());
    }

    @Test
    void aServerThatIsOnAnotherHostThanRecordedHasDrifted() {
        String is = below.find(web.id()).orElseThrow().host();
        String other = is.equals("fake-1") ? "fake-2" : "fake-1";
        below.delete(call("delete"), web.id(), Optional.empty());
        below.create(
                call("create"),
                new ServerSpec(
                        web.id(),
                        web.name(),
                        other,
                        web.cpus(),
                        web.memoryMiB(),
                        List.of(new DiskSpec(web.disks().get(0).id(), 10L << 30, Optional.empty())),
                        List.of(new NicSpec(
                                web.nics().get(0).id(),
                                new MacAddress(web.nics().get(0).mac()),
                                new PortBinding("fake", Map.of()))),
                        new Seed("", "", "")));
        below.power(call("on"), ref(), PowerWish.ON);

        reconcile();

        assertEquals(
                Optional.of("It is on host " + other + ", and should be on " + is + "."),
                cloud.server("web").drift());
    }

    @Test
    void disksThatWereChangedBelowAreDrift() {
        below.facet(Attachable.class)
                .orElseThrow()
                .detachNic(call("nic"), ref(), web.nics().get(0).id());

        reconcile();

        assertEquals(
                Optional.of("Its interface " + web.nics().get(0).id() + " is missing."),
                cloud.server("web").drift());
        assertEquals(1, events("server.drifted"));
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
    }

    private List<String> guestAddresses() {
        return cloud.server("web").nics().get(0).guestAddresses();
    }

    private long allEvents() {
        return cloud.count("select count(*) from evt_event");
    }

    @Test
    void whatAGuestSaysOfItsAddressesIsShownBesideWhatItWasGiven() {
        long events = allEvents();
        below.guestSays(ref(), web.nics().get(0).id(), "2001:db8::7", "198.51.100.7", "fe80::7");

        reconcile();

        ServerView shown = cloud.server("web");
        assertEquals(List.of("198.51.100.7", "2001:db8::7"), shown.nics().get(0).guestAddresses());
        assertEquals(web.addresses(), shown.addresses(), "these are what it was given");
        assertEquals(web.nics().get(0).address(), shown.nics().get(0).address());
        assertEquals(web.state(), shown.state());
        assertEquals(Optional.empty(), shown.drift(), "a guest may have what addresses it likes");
        assertEquals(List.of(shown), cloud.servers());
        assertEquals(events, allEvents());
    }

    @Test
    void whatAGuestSaysIsWrittenOnlyWhenItIsSomethingElse() {
        long version = cloud.server("web").version();
        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.7", "10.1.0.8");
        reconcile();
        long written = cloud.server("web").version();

        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.8", "10.1.0.7");
        reconcile();
        reconcile();

        assertEquals(version + 1, written);
        assertEquals(written, cloud.server("web").version());
        cloud.house.clock.advance(Duration.ofMinutes(5));
        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.8");
        reconcile();
        assertEquals(List.of("10.1.0.8"), guestAddresses());
        assertEquals(written + 1, cloud.server("web").version());
    }

    @Test
    void aGuestThatSaysSomethingElseAllTheTimeChangesItsServerEveryFiveMinutesOnly() {
        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.7");
        reconcile();
        long version = cloud.server("web").version();

        for (int minute = 1; minute < 5; minute++) {
            cloud.house.clock.advance(Duration.ofMinutes(1));
            below.guestSays(ref(), web.nics().get(0).id(), "10.1.0." + (10 + minute));
            reconcile();
        }
        assertEquals(version, cloud.server("web").version());
        assertEquals(List.of("10.1.0.7"), guestAddresses());

        cloud.house.clock.advance(Duration.ofMinutes(1));
        reconcile();
        assertEquals(version + 1, cloud.server("web").version());
        assertEquals(List.of("10.1.0.14"), guestAddresses());
    }

    @Test
    void aGuestThatIsOffSaysNothingAnyMore() {
        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.7");
        reconcile();

        below.power(call("off"), ref(), PowerWish.OFF);
        reconcile();

        assertEquals(ServerState.STOPPED, cloud.server("web").state());
        assertEquals(List.of(), guestAddresses());
    }

    @Test
    void ofAServerThatNobodyCanSeeItIsShownWhatItsGuestSaidLast() {
        below.guestSays(ref(), web.nics().get(0).id(), "10.1.0.7");
        reconcile();

        Set.of("fake-1", "fake-2").forEach(cloud.script()::loseHost);
        reconcile();

        assertEquals(ServerState.LOST, cloud.server("web").state());
        assertEquals(List.of("10.1.0.7"), guestAddresses());
    }

    @Test
    void asManyAndAsLongAddressesAsAreKeptFitTheirColumn() {
        String[] many = new String[SeenNic.MOST_ADDRESSES + 1];
        for (int i = 0; i < many.length; i++) {
            many[i] = "2001:db8:1111:1111:1111:1111:1111:" + Integer.toHexString(0x1111 + i);
        }
        below.guestSays(ref(), web.nics().get(0).id(), many);

        reconcile();

        assertEquals(List.of(many).subList(0, SeenNic.MOST_ADDRESSES), guestAddresses());
    }

    @Test
    void aNetworkThatIsMissingOrLacksAPortHasDriftedUntilItIsBack() {
        NetworkView network = cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET);
        below.networks()
                .removePort(call("port"), network.id(), web.nics().get(0).id());
        reconcile();
        assertEquals(Optional.of("Ports are missing below: " + web.nics().get(0).id() + "."), drift());
        assertEquals(1, events("network.drifted"));

        below.networks().removeNetwork(call("network"), network.id());
        reconcile();
        assertEquals(Optional.of("It is missing below."), drift());
        assertEquals(2, events("network.drifted"));
    }

    private Optional<String> drift() {
        return cloud.domain.networks().get(cloud.user, Cloud.ACME, Cloud.NET).drift();
    }

    @Test
    void aNetworkNobodyKnowsIsToldOnce() {
        NetworkId theirs = cloud.house.ids.network();
        below.networks()
                .ensureNetwork(
                        call("theirs"),
                        new NetworkSpec(
                                theirs,
                                cloud.acme.id(),
                                new org.isthmus.model.Name("theirs"),
                                org.isthmus.model.Cidr.of("10.77.0.0/24"),
                                true,
                                "x"));

        reconcile();
        reconcile();

        assertEquals(1, events("endpoint.unknown-network"));
        assertTrue(below.networks().find(theirs).isPresent());
    }

    @Test
    void aServerAnOperationIsAtWorkOnIsLeftAlone() {
        cloud.submit(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        below.power(call("off"), ref(), PowerWish.OFF);

        reconcile();

        assertEquals(ServerState.STOPPING, cloud.server("web").state());
        cloud.house.work();
        assertEquals(ServerState.DELETED, cloud.server("web").state());
    }

    @Test
    void aServerDeployedWhileTheListIsReadIsNotTakenForAStranger() {
        cloud.submit(cloud.user, Cloud.wish("late"));
        cloud.script().onNextCall(Verb.LIST, () -> cloud.house.work());

        reconcile();

        assertEquals(ServerState.RUNNING, cloud.server("late").state());
        assertEquals(0, events("endpoint.unknown-server"));
        assertEquals(0, events("server.lost"));
    }

    @Test
    void aServerThatCannotBePurgedIsTriedAgainLater() {
        cloud.done(cloud.user, new DeleteServer(Cloud.ACME, WEB));
        cloud.house.clock.advance(Duration.ofHours(25));
        cloud.script().failNext(Verb.DELETE, org.isthmus.spi.DriverException.Kind.DENIED);
        reconcile();
        cloud.house.work();
        assertEquals(ServerState.DELETED, cloud.server("web").state());

        cloud.house.clock.advance(Duration.ofMinutes(11));
        reconcile();
        cloud.house.work();

        assertEquals(List.of(), cloud.servers());
    }
}
