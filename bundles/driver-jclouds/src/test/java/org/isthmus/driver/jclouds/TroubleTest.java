// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.driver.jclouds.LoopbackCloud.Answer;
import org.isthmus.driver.jclouds.LoopbackCloud.Request;
import org.isthmus.model.Ids;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clouds do to those who use them. */
final class TroubleTest {
    private static final Waiting WAITING = Waiting.real(Duration.ofMillis(30));

    @TempDir
    private Path cache;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final OpenStack openStack = new OpenStack();
    private final Ec2 ec2 = new Ec2();
    private HostContext context;
    private ComputeDriver driver;

    @AfterEach
    void close() {
        closeDriver();
        openStack.close();
        ec2.close();
    }

    private void closeDriver() {
        if (driver != null) {
            driver.close();
            context.close();
        }
    }

    private ComputeDriver open(EndpointConfig endpoint) {
        closeDriver();
        context = new HostContext(Clock.systemUTC(), cache);
        driver = Endpoints.open(endpoint, context);
        return driver;
    }

    /** The same with other settings, alternating names and values. */
    private static EndpointConfig but(EndpointConfig endpoint, String... settings) {
        Map<String, String> all = new HashMap<>(endpoint.settings());
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return new EndpointConfig(endpoint.id(), endpoint.name(), all, endpoint.secrets());
    }

    private EndpointConfig nova() {
        return but(NovaContractTest.endpoint(openStack), "network", OpenStack.TENANT_NETWORK);
    }

    private EndpointConfig amazon() {
        return Ec2ContractTest.endpoint(ec2);
    }

    private ServerSpec spec(String image, String host, ServerSpec.Seed seed, List<ServerSpec.NicSpec> nics) {
        return new ServerSpec(
                ids.server(),
                new Name("web-1"),
                host,
                1,
                64,
                List.of(new ServerSpec.DiskSpec(ids.disk(), 8L << 30, Optional.empty())),
                nics,
                seed,
                Shape.Firmware.BIOS,
                Optional.of(image));
    }

    private static ServerSpec.Seed seed() {
        return new ServerSpec.Seed("instance-id: 1\n", "#cloud-config\nhostname: web-1\n", "", "");
    }

    private ServerSpec onNova() {
        ServerSpec spec = spec(OpenStack.IMAGE, "nova", seed(), List.of());
        return new ServerSpec(
                spec.server(),
                spec.name(),
                spec.host(),
                1,
                64,
                List.of(new ServerSpec.DiskSpec(ids.disk(), 1L << 30, Optional.empty())),
                List.of(),
                spec.seed(),
                spec.firmware(),
                spec.template());
    }

    private ServerSpec onEc2() {
        return spec(Ec2.IMAGE, Ec2.ZONE, seed(), List.of());
    }

    private Call call(String token) {
        return new Call(token, Clock.systemUTC().instant().plusSeconds(60));
    }

    /** Repeats it as a controller does, also while the far end is away. */
    private <T> T done(String token, Function<Call, Progress<T>> wish) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                if (wish.apply(call(token)) instanceof Progress.Done<T> done) {
                    return done.result();
                }
            } catch (DriverException e) {
                if (!e.passing()) {
                    throw e;
                }
            }
            assertTrue(System.nanoTime() < end, "not done");
            WAITING.pause(Duration.ofMillis(30));
        }
    }

    private Created create(String token, ServerSpec spec) {
        return done(token, call -> driver.create(call, spec));
    }

    private static boolean posts(Request request, String path) {
        return request.method().equals("POST") && request.path().endsWith(path);
    }

    private static boolean asks(Request request, String action) {
        return request.body().contains("Action=" + action);
    }

    private Kind refused(Runnable call) {
        return assertThrows(DriverException.class, call::run).kind();
    }

    @Test
    void aServerWhoseAnswerWasLostIsFoundByItsMarks() {
        open(nova());
        openStack.loseNextAnswer(request -> posts(request, "/servers"));
        ServerSpec spec = onNova();

        Created created = create("t-1", spec);

        assertEquals(
                List.of(created.ref()),
                openStack.with("isthmus-server", spec.server().value()));
    }

    @Test
    void aServerWhoseAnswerWasLostWithTheControllerIsMadeOnce() {
        open(amazon());
        ec2.lag(Duration.ofSeconds(2));
        ec2.loseNextAnswer(request -> asks(request, "RunInstances"));
        ServerSpec spec = onEc2();
        driver.create(call("t-1"), spec);
        open(amazon());

        Created created = create("t-1", spec);

        assertEquals(1, ec2.made(), "the client token made one, although none was shown");
        assertEquals(
                List.of(created.ref()), ec2.with("isthmus-server", spec.server().value()));
    }

    @Test
    void anInstanceThatIsShownLateIsWaitedFor() {
        open(amazon());
        ec2.lag(Duration.ofMillis(700));
        ServerSpec spec = onEc2();

        Created created = create("t-1", spec);

        assertEquals(1, ec2.made());
        assertEquals(created.ref(), driver.find(spec.server()).orElseThrow().ref());
    }

    @Test
    void anInstanceThatLostItsTagsIsStillRemovedByItsServer() {
        open(amazon());
        ServerSpec spec = onEc2();
        Created created = create("t-1", spec);
        ec2.loseTags();
        open(amazon());

        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));

        assertTrue(ec2.journal().contains("TerminateInstances " + created.ref()));
    }

    @Test
    void twoThatCameAboutBesideEachOtherBecomeOne() {
        open(nova());
        ServerSpec spec = onNova();
        Created first = create("t-1", spec);
        String second = openStack.copy(first.ref());

        Created again = create("t-1", spec);

        done(
                "wait",
                call -> openStack.with("isthmus-server", spec.server().value()).size() == 1
                        ? Progress.done()
                        : Progress.pending("", Duration.ZERO));
        assertEquals(first, again);
        assertTrue(openStack.journal().contains("delete " + second));
    }

    @Test
    void aNewServerIsFrozenAndGoesOnWhereItWas() {
        open(nova());
        Created created = create("t-1", onNova());

        done("t-2", call -> driver.power(call, created.ref(), PowerWish.ON));

        assertTrue(openStack.journal().contains("suspend " + created.ref()));
        assertTrue(openStack.journal().contains("resume " + created.ref()));
        assertEquals(1, openStack.starts(created.ref()), "its first boot was not cut off");
    }

    @Test
    void aServerInUseIsNotFrozenWhenItsMakingIsAskedForAgain() {
        open(nova());
        ServerSpec spec = onNova();
        Created created = create("t-1", spec);
        done("t-2", call -> driver.power(call, created.ref(), PowerWish.ON));
        open(nova());

        assertEquals(created, create("t-1", spec));

        assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
    }

    @Test
    void whereSuspendingIsForbiddenAServerStaysOn() {
        openStack.forbidSuspend();
        open(nova());
        ServerSpec spec = onNova();

        create("t-1", spec);

        assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
    }

    @Test
    void aCloudWithoutRoomIsNoCapacityAndNothingIsLeft() {
        openStack.beFull();
        open(nova());
        ServerSpec spec = onNova();

        assertEquals(Kind.NO_CAPACITY, refused(() -> create("t-1", spec)));

        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));
        assertEquals(0, openStack.count());
    }

    @Test
    void aServerThatFailedLongAfterItWasMadeIsNotRemovedWhenItsMakingIsAskedForAgain() {
        open(nova());
        ServerSpec spec = onNova();
        Created created = create("t-1", spec);
        openStack.breakDown(created.ref());
        open(nova());

        assertEquals(created, create("t-1", spec));
        assertEquals(
                List.of(created.ref()),
                openStack.with("isthmus-server", spec.server().value()));
        assertEquals(Power.CRASHED, driver.find(spec.server()).orElseThrow().power());
    }

    @Test
    void anInstanceThatTheCloudGivesUpAtOnceSaysWhy() {
        open(amazon());
        ec2.giveUp("Client.VolumeLimitExceeded: Volume limit exceeded");
        ServerSpec spec = onEc2();

        DriverException failure = assertThrows(DriverException.class, () -> create("t-1", spec));

        assertEquals(Kind.BROKEN, failure.kind());
        assertTrue(failure.getMessage().contains("VolumeLimitExceeded"), failure.getMessage());
        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));
        assertEquals(List.of(), driver.list());
    }

    @Test
    void aServerThatTheCloudExposesIsRemovedAgain() {
        ec2.ignoreWishForNoPublicAddress();
        open(but(amazon(), "network", Ec2.PUBLIC_SUBNET));
        ServerSpec spec = onEc2();

        DriverException refused = assertThrows(DriverException.class, () -> create("t-1", spec));

        assertEquals(Kind.INVALID, refused.kind());
        assertTrue(refused.getMessage().contains("reached from outside"), refused.getMessage());
        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));
        assertEquals(List.of(), ec2.with("isthmus-server", spec.server().value()));
    }

    @Test
    void aPublicAddressIsRefusedInTheRequestItself() {
        open(but(amazon(), "network", Ec2.PUBLIC_SUBNET));

        Created created = create("t-1", onEc2());

        assertEquals("false", ec2.wished(created.ref(), "NetworkInterface.1.AssociatePublicIpAddress"));
        assertEquals("sg-0aaa", ec2.wished(created.ref(), "NetworkInterface.1.SecurityGroupId.1"));
        assertEquals("8", ec2.wished(created.ref(), "BlockDeviceMapping.1.Ebs.VolumeSize"));
    }

    @Test
    void aFloatingAddressOnTheNetworkIsExposureToo() {
        openStack.giveAddress("198.51.100.7");
        open(nova());

        assertEquals(Kind.INVALID, refused(() -> create("t-1", onNova())));
    }

    @Test
    void withoutANetworkToBePutIntoAServerIsRefused() {
        open(NovaContractTest.endpoint(openStack));

        assertEquals(Kind.INVALID, refused(() -> create("t-1", onNova())));
        assertEquals(0, openStack.count());
    }

    @Test
    void aPortOfAnotherNetworkDriverIsRefused() {
        open(nova());
        ServerSpec.NicSpec nic = new ServerSpec.NicSpec(
                ids.nic(),
                org.isthmus.model.MacAddress.local(7),
                new PortBinding(PortBinding.OVS, Map.of(PortBinding.OVS_BRIDGE, "br-int")));
        ServerSpec spec = spec(OpenStack.IMAGE, "nova", seed(), List.of(nic));

        assertEquals(Kind.INVALID, refused(() -> create("t-1", spec)));
    }

    @Test
    void whatTheOwnerAndTheControllerHandToTheGuestArrives() {
        open(nova());
        ServerSpec plain = onNova();
        ServerSpec.Seed both = new ServerSpec.Seed("", "#cloud-config\nhostname: web-1\n", "", "#!/bin/sh\ntrue\n");
        ServerSpec added = new ServerSpec(
                ids.server(),
                plain.name(),
                "nova",
                1,
                64,
                plain.disks(),
                List.of(),
                both,
                plain.firmware(),
                plain.template());

        Created first = create("t-1", plain);
        Created second = create("t-2", added);

        assertEquals("#cloud-config\nhostname: web-1\n", openStack.userData(first.ref()));
        String parts = openStack.userData(second.ref());
        assertTrue(parts.startsWith("Content-Type: multipart/mixed"), parts);
        assertTrue(parts.indexOf("#!/bin/sh") < parts.indexOf("#cloud-config"), parts);
    }

    @Test
    void aServerWithoutUserDataIsMadeToo() {
        ServerSpec.Seed none = new ServerSpec.Seed("instance-id: 1\n", "", "", "");
        open(amazon());

        Created created = create("t-1", spec(Ec2.IMAGE, Ec2.ZONE, none, List.of()));

        assertEquals(null, ec2.wished(created.ref(), "UserData"));
    }

    @Test
    void anImageThatIsNotThereIsNotFound() {
        open(nova());
        ServerSpec spec = spec("00000000-0000-4000-8000-000000000000", "nova", seed(), List.of());

        assertEquals(Kind.NOT_FOUND, refused(() -> create("t-1", spec)));
        assertEquals(List.of(), driver.formats());
    }

    @Test
    void aZoneTheCloudHasClosedTakesNoServers() {
        open(nova());
        ServerSpec spec = spec(OpenStack.IMAGE, "dark", seed(), List.of());

        assertEquals(Kind.NO_CAPACITY, refused(() -> create("t-1", spec)));
        assertFalse(driver.capacity().stream()
                .filter(zone -> zone.name().equals("dark"))
                .findFirst()
                .orElseThrow()
                .available());
    }

    @Test
    void aZoneThatTheSubnetIsNotInTakesNoServers() {
        open(amazon());
        ServerSpec spec = spec(Ec2.IMAGE, Ec2.OTHER_ZONE, seed(), List.of());

        List<HostCapacity> zones = driver.capacity();

        assertEquals(
                List.of(Ec2.ZONE),
                zones.stream()
                        .filter(HostCapacity::available)
                        .map(HostCapacity::name)
                        .toList());
        assertTrue(zones.stream().anyMatch(zone -> zone.detail().contains(Ec2.PRIVATE_SUBNET)), zones::toString);
        assertEquals(Kind.NO_CAPACITY, refused(() -> create("t-1", spec)));
        assertEquals(0, ec2.made());
    }

    @Test
    void whereSubnetsMayNotBeLookedAtEveryZoneIsTried() {
        ec2.hideSubnets();
        open(amazon());

        create("t-1", onEc2());

        assertTrue(driver.capacity().stream().allMatch(HostCapacity::available));
    }

    @Test
    void aSizeWithoutATypeIsInvalidUntilOneIsNamed() {
        ServerSpec small = onNova();
        ServerSpec odd = new ServerSpec(
                small.server(),
                small.name(),
                "nova",
                2,
                4096,
                small.disks(),
                List.of(),
                seed(),
                small.firmware(),
                small.template());
        open(nova());
        assertEquals(Kind.INVALID, refused(() -> create("t-1", odd)));

        open(but(nova(), "instanceTypes", "{\"2x4096\": \"m1.medium\"}"));
        create("t-1", odd);

        assertEquals(4096, driver.find(odd.server()).orElseThrow().memoryMiB(), "what was declared equal is no drift");
    }

    @Test
    void wrongCredentialsAreDenied() {
        EndpointConfig right = nova();
        open(but(right, "identity", "Default:nobody"));
        assertEquals(Kind.DENIED, refused(driver::list));
        assertEquals(Health.State.DOWN, driver.health().state());

        open(but(amazon(), "identity", "AKIDNOBODY"));
        assertEquals(Kind.DENIED, refused(driver::list));

        open(new EndpointConfig(
                right.id(),
                "cloud-1",
                amazon().settings(),
                Map.of("credential", new org.isthmus.model.Secret("not-it"))));
        DriverException wrongKey = assertThrows(DriverException.class, driver::list);
        assertEquals(Kind.DENIED, wrongKey.kind());
        assertTrue(wrongKey.getMessage().contains("SignatureDoesNotMatch"), wrongKey.getMessage());
    }

    @Test
    void aTokenThatEndedIsReplaced() {
        open(nova());
        driver.list();
        openStack.expireTokens();

        assertEquals(List.of(), driver.list());
        assertEquals(2, openStack.journal().stream().filter("token"::equals).count());
    }

    @Test
    void failuresOfCloudsAreSaidInOurWords() {
        open(nova());
        driver.list();
        openStack.failNext(
                request -> request.path().endsWith("/servers/detail"), OpenStack.fault("overLimit", 429, "Slow down"));
        assertEquals(Kind.THROTTLED, refused(driver::list));
        openStack.failNext(
                request -> request.path().endsWith("/servers/detail"),
                OpenStack.fault("computeFault", 503, "Restarting"));
        openStack.failNext(
                request -> request.path().endsWith("/servers/detail"),
                OpenStack.fault("computeFault", 503, "Restarting"));
        DriverException restarting = assertThrows(DriverException.class, driver::list);
        assertEquals(Kind.UNAVAILABLE, restarting.kind());
        assertTrue(restarting.getMessage().contains("Restarting"), restarting.getMessage());
        openStack.failNext(
                request -> posts(request, "/servers"),
                OpenStack.fault(
                        "forbidden", 403, "Quota exceeded for cores: Requested 1, but already used 20 of 20 cores"));
        assertEquals(Kind.NO_CAPACITY, refused(() -> create("t-1", onNova())));

        open(amazon());
        ec2.failNext(
                request -> asks(request, "DescribeInstances"),
                Ec2.error(503, "RequestLimitExceeded", "Request limit exceeded."));
        assertEquals(Kind.THROTTLED, refused(driver::list));
        ec2.failNext(
                request -> asks(request, "RunInstances"),
                Ec2.error(500, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity."));
        assertEquals(Kind.NO_CAPACITY, refused(() -> create("t-2", onEc2())));
    }

    @Test
    void aPageThatIsNotFoundIsNotAnEmptyCloud() {
        open(nova());
        driver.list();
        for (String page : List.of("/servers/detail", "/flavors/detail")) {
            openStack.failNext(
                    request -> request.path().endsWith(page), Answer.json(404, "{\"message\": \"no such page\"}"));
        }

        assertEquals(Kind.UNAVAILABLE, refused(driver::list));
    }

    @Test
    void listsThatComeInPagesAreWhole() {
        for (int i = 0; i < 8; i++) {
            openStack.makeByHand();
        }
        open(nova());

        assertEquals(8, driver.list().size());
        assertTrue(driver.list().stream().noneMatch(ComputeDriver.SeenServer::managed));
    }

    @Test
    void anInstanceThatIsNotShownYetIsRemovedToo() {
        open(amazon());
        ec2.lag(Duration.ofSeconds(1));
        ServerSpec spec = onEc2();
        driver.create(call("t-1"), spec);

        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));

        assertEquals(1, ec2.made());
        done(
                "gone",
                call -> ec2.with("isthmus-server", spec.server().value()).isEmpty()
                        ? Progress.done()
                        : Progress.pending("", Duration.ZERO));
    }

    @Test
    void anInstanceWhoseAnswerWasLostIsWaitedForBeforeItCountsAsGone() {
        open(amazon());
        ec2.lag(Duration.ofSeconds(1));
        ec2.loseNextAnswer(request -> asks(request, "RunInstances"));
        ServerSpec spec = onEc2();
        String work = "jclouds.create." + spec.server().value();
        driver.create(call("t-1"), spec);
        while (context.work(work).stream().noneMatch(DriverContext.WorkState::ended)) {
            WAITING.pause(Duration.ofMillis(10));
        }
        assertEquals(Kind.UNAVAILABLE, refused(() -> driver.create(call("t-1"), spec)));

        done("t-2", call -> driver.delete(call, spec.server(), Optional.empty()));

        assertEquals(1, ec2.made());
        assertEquals(List.of(), ec2.with("isthmus-server", spec.server().value()));
    }

    @Test
    void marksThatSomebodySpoiltHideNoOtherServer() {
        open(nova());
        ServerSpec spec = onNova();
        Created whole = create("t-1", spec);
        String stranger = openStack.makeByHand();
        openStack.spoil(stranger, Map.of("isthmus-server", "my-server", "isthmus-token", "t"));
        Created spoilt = create("t-2", onNova());
        openStack.spoil(
                spoilt.ref(),
                Map.of(
                        "isthmus-server", ids.server().value(),
                        "isthmus-token", "t-2",
                        "isthmus-size", "hugexhuge m1.nano",
                        "isthmus-disk", "some disk",
                        "isthmus-nic-0", ""));

        List<ComputeDriver.SeenServer> all = driver.list();

        assertEquals(3, all.size());
        assertTrue(all.stream().anyMatch(one -> one.ref().equals(whole.ref()) && one.managed()));
        assertTrue(all.stream().anyMatch(one -> one.ref().equals(stranger) && !one.managed()));
        assertTrue(all.stream().anyMatch(one -> one.ref().equals(spoilt.ref()) && one.memoryMiB() == 64));
    }
}
