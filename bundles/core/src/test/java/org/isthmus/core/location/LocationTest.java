// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.location.Locations.ChangeHost;
import org.isthmus.api.location.Locations.ChangeLocation;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.DeleteLocation;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.api.operation.OperationState;
import org.isthmus.core.Cloud;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.isthmus.store.seal.SecretBox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocationTest {
    private static final Ref FAKE = new Ref("fake");

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("location");
        cloud.location();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private ProblemException refused(Command<?> wish) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.operator, wish));
    }

    private EndpointView endpoint() {
        return cloud.domain.locations().endpoint(cloud.operator, Cloud.HERE, FAKE);
    }

    private List<HostView> hosts() {
        return cloud.domain
                .locations()
                .hosts(cloud.operator, Cloud.HERE, Query.all())
                .items();
    }

    private ChangeEndpoint settings(Map<String, String> settings) {
        return new ChangeEndpoint(Cloud.HERE, FAKE, endpoint().version(), Optional.empty(), settings, Map.of());
    }

    /** A driver with a secret and a required setting, and nothing else. */
    private static final class Locked implements DriverFactory {
        private Optional<EndpointConfig> opened = Optional.empty();
        private boolean refusing;

        @Override
        public String type() {
            return "locked";
        }

        @Override
        public String description() {
            return "A driver for this test.";
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public List<Setting> settings() {
            return List.of(
                    Setting.required("url", Setting.Type.TEXT, "Where it is."),
                    Setting.optional("tries", Setting.Type.INTEGER, "3", "How often."),
                    Setting.secret("password", true, "To log in."));
        }

        @Override
        public Driver open(EndpointConfig endpoint, DriverContext context) {
            if (refusing) {
                throw new DriverException(DriverException.Kind.INVALID, "The key file is missing.");
            }
            opened = Optional.of(endpoint);
            return new Driver() {
                @Override
                public Health health() {
                    return Health.up("fine");
                }

                @Override
                public Set<String> capabilities() {
                    return Set.of("Nothing");
                }

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void aLinkedEndpointIsAskedAndItsHostsAreThere() {
        cloud.endpoint("fake", Map.of());

        EndpointView endpoint = endpoint();
        assertEquals(HealthState.UP, endpoint.health().state());
        assertTrue(endpoint.capabilities().contains("Resizable"));
        assertTrue(endpoint.compute() && endpoint.network());
        assertEquals(
                List.of("fake-1", "fake-2"),
                hosts().stream().map(HostView::name).toList());
        assertEquals(64, hosts().get(0).cpus());
    }

    @Test
    void everythingWrongWithTheSettingsIsSaidAtOnce() {
        cloud.domain.drivers().bind(new Locked());

        ProblemException problem = refused(new CreateEndpoint(
                Cloud.HERE,
                new Name("x"),
                "locked",
                Map.of("tries", "many", "colour", "red", "password", "open"),
                Map.of("url", new Secret("u"))));

        assertEquals(LocationProblem.SETTING_WRONG, problem.type());
        assertEquals(
                Set.of(
                        "/settings/tries",
                        "/settings/colour",
                        "/settings/password",
                        "/secrets/url",
                        "/settings/url",
                        "/secrets/password"),
                Set.copyOf(problem.errors().stream()
                        .map(ProblemException.FieldError::pointer)
                        .toList()));
    }

    @Test
    void whatTheDriverItselfRefusesIsASettingProblemToo() {
        assertEquals(
                LocationProblem.SETTING_WRONG,
                refused(new CreateEndpoint(Cloud.HERE, new Name("x"), "fake", Map.of("hosts", "[]"), Map.of()))
                        .type());
    }

    @Test
    void anUnknownDriverIsRefused() {
        assertEquals(
                LocationProblem.DRIVER_UNKNOWN,
                refused(new CreateEndpoint(Cloud.HERE, new Name("x"), "magic", Map.of(), Map.of()))
                        .type());
    }

    @Test
    void secretsReachTheDriverButAreNeverShownAndNeverKeptInTheOpen() {
        Locked locked = new Locked();
        cloud.domain.drivers().bind(locked);

        EndpointView view = cloud.submit(
                        cloud.operator,
                        new CreateEndpoint(
                                Cloud.HERE,
                                new Name("safe"),
                                "locked",
                                Map.of("url", "tcp://there"),
                                Map.of("password", new Secret("swordfish"))))
                .result();

        EndpointConfig opened = locked.opened.orElseThrow();
        assertEquals("swordfish", opened.secret("password").orElseThrow().reveal());
        assertEquals(3, opened.integer("tries"));
        assertEquals(Set.of("password"), view.secretsSet());
        assertFalse(view.settings().containsKey("password"));
        assertEquals(0, cloud.count("select count(*) from loc_endpoint where secrets like '%swordfish%'"));
    }

    @Test
    void changedSettingsApplyAtOnce() {
        cloud.endpoint("fake", Map.of());

        cloud.submit(cloud.operator, settings(Map.of("hosts", "[{\"name\":\"big\",\"cpus\":128}]")));

        List<HostView> hosts = hosts();
        assertEquals(
                128,
                hosts.stream()
                        .filter(host -> host.name().equals("big"))
                        .findFirst()
                        .orElseThrow()
                        .cpus());
        assertEquals(2, hosts.stream().filter(host -> !host.available()).count());
    }

    @Test
    void aStaleChangeIsRefused() {
        cloud.endpoint("fake", Map.of());
        ChangeEndpoint change = settings(Map.of("durable", "true"));
        cloud.submit(cloud.operator, change);

        assertEquals(Problem.STALE, refused(change).type());
    }

    @Test
    void hostsTakeTagsMaintenanceAndOvercommit() {
        cloud.furnishedHere();
        HostView host = hosts().get(0);

        cloud.submit(
                cloud.operator,
                new ChangeHost(
                        Cloud.HERE,
                        Ref.of(host.id()),
                        host.version(),
                        Optional.of(true),
                        Optional.of(Set.of("ssd", "rack 7")),
                        Optional.of(new Overcommit(100, 100, 100))));

        HostView changed = cloud.domain.locations().host(cloud.operator, Cloud.HERE, Ref.of(host.id()));
        assertTrue(changed.maintenance());
        assertEquals(Set.of("ssd", "rack 7"), changed.tags());
        cloud.deploy("web");
        assertNotEquals(Optional.of(host.id()), cloud.server("web").host());
    }

    @Test
    void whatIsInUseStays() {
        cloud.furnishedHere();
        cloud.deploy("web");

        assertEquals(
                Problem.IN_USE, refused(new DeleteEndpoint(Cloud.HERE, FAKE)).type());
        assertEquals(Problem.IN_USE, refused(new DeleteLocation(Cloud.HERE)).type());
    }

    @Test
    void whatIsNotInUseGoes() {
        cloud.endpoint("fake", Map.of());

        cloud.submit(cloud.operator, new DeleteEndpoint(Cloud.HERE, FAKE));
        cloud.submit(cloud.operator, new DeleteLocation(Cloud.HERE));

        assertEquals(0, cloud.count("select count(*) from loc_host"));
        assertEquals(
                List.of(),
                cloud.domain.locations().list(cloud.user, Query.all()).items());
    }

    @Test
    void aLocationIsRenamedByItsVersion() {
        LocationView location = cloud.domain.locations().get(cloud.user, Cloud.HERE);
        cloud.submit(
                cloud.operator, new ChangeLocation(Cloud.HERE, location.version(), Optional.of(new Name("there"))));

        assertEquals(
                location.id(),
                cloud.domain.locations().get(cloud.user, new Ref("there")).id());
        assertEquals(
                Problem.STALE,
                refused(new ChangeLocation(new Ref("there"), location.version(), Optional.of(new Name("x"))))
                        .type());
    }

    @Test
    void membersOfOtherOrganizationsDoNotSeeWhatIsBehind() {
        cloud.endpoint("fake", Map.of());

        assertThrows(
                ProblemException.class, () -> cloud.domain.locations().endpoints(cloud.user, Cloud.HERE, Query.all()));
    }

    @Test
    void anEndpointThatGoesDownAndComesBackSaysSo() {
        cloud.endpoint("fake", Map.of());
        cloud.script().away();
        cloud.domain.upkeep().runOnce();
        assertEquals(HealthState.DOWN, endpoint().health().state());

        cloud.script().back();
        cloud.domain.upkeep().runOnce();
        assertEquals(HealthState.UP, endpoint().health().state());
        assertEquals(1, cloud.count("select count(*) from evt_event where type = 'endpoint.down'"));
        assertEquals(2, cloud.count("select count(*) from evt_event where type = 'endpoint.up'"));
    }

    @Test
    void anUninstalledDriverIsAwayAndItsEndpointsAreReopenedWhenItIsBack() {
        EndpointView endpoint = cloud.endpoint("fake", Map.of());
        cloud.domain.drivers().unbind(cloud.driver);

        assertThrows(DriverAway.class, () -> cloud.domain.drivers().compute(endpoint.id(), driver -> driver.list()));
        cloud.domain.upkeep().runOnce();
        assertEquals(HealthState.DOWN, endpoint().health().state());

        cloud.domain.drivers().bind(cloud.driver);
        assertEquals(List.of(), cloud.domain.drivers().compute(endpoint.id(), driver -> driver.list()));
        assertEquals(HealthState.UP, endpoint().health().state());
    }

    @Test
    void anEndpointThatCouldNotBeOpenedIsOpenedAsSoonAsItCanBe() {
        Locked locked = new Locked();
        cloud.domain.drivers().bind(locked);
        Ref safe = new Ref("safe");
        cloud.submit(
                cloud.operator,
                new CreateEndpoint(
                        Cloud.HERE,
                        new Name("safe"),
                        "locked",
                        Map.of("url", "tcp://there"),
                        Map.of("password", new Secret("swordfish"))));

        locked.refusing = true;
        cloud.domain.drivers().unbind(locked);
        cloud.domain.drivers().bind(locked);
        cloud.domain.upkeep().runOnce();
        EndpointView down = cloud.domain.locations().endpoint(cloud.operator, Cloud.HERE, safe);
        assertEquals(HealthState.DOWN, down.health().state());
        assertTrue(
                down.health().detail().contains("The key file is missing."),
                down.health().detail());

        locked.refusing = false;
        cloud.domain.upkeep().runOnce();
        assertEquals(
                HealthState.UP,
                cloud.domain
                        .locations()
                        .endpoint(cloud.operator, Cloud.HERE, safe)
                        .health()
                        .state());
    }

    @Test
    void aDriverThatGoesWaitsForItsCallsInFlight() throws Exception {
        EndpointView endpoint = cloud.endpoint("fake", Map.of());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean answered = new AtomicBoolean();
        cloud.script().onNextCall(Verb.LIST, () -> {
            inside.countDown();
            await(goOn);
        });
        Thread caller = new Thread(() -> answered.set(cloud.domain
                .drivers()
                .compute(endpoint.id(), driver -> driver.list())
                .isEmpty()));
        caller.start();
        await(inside);

        Thread going = new Thread(() -> cloud.domain.drivers().unbind(cloud.driver));
        going.start();
        assertTrue(going.isAlive());
        goOn.countDown();
        going.join(TimeUnit.SECONDS.toMillis(20));
        caller.join(TimeUnit.SECONDS.toMillis(20));

        assertFalse(going.isAlive());
        assertTrue(answered.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatADriverThrowsByMistakeIsBroken() {
        EndpointView endpoint = cloud.endpoint("fake", Map.of());

        DriverException broken =
                assertThrows(DriverException.class, () -> cloud.domain.drivers().compute(endpoint.id(), driver -> {
                    throw new IllegalStateException("a bug");
                }));

        assertEquals(DriverException.Kind.BROKEN, broken.kind());
    }

    @Test
    void anOperationWhoseEndpointWasLostForAnHourGoesOn() {
        cloud.furnishedHere();
        cloud.domain.drivers().unbind(cloud.driver);
        org.isthmus.api.operation.OperationView begun =
                cloud.submit(cloud.user, Cloud.wish("web")).operation().orElseThrow();
        for (int minute = 0; minute < 60; minute++) {
            cloud.house.work();
            cloud.house.clock.advance(Duration.ofSeconds(2));
        }
        cloud.domain.drivers().bind(cloud.driver);
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(begun.id()).state());
    }

    @Test
    void aSealedSecretOpensOnlyWhereItBelongsAndOnlyWithItsKey(@TempDir Path directory) throws IOException {
        SecureRandom random = new SecureRandom();
        Path file = directory.resolve("etc").resolve("key");
        SecretBox box = SecretBox.withKeyFile(file, random);
        String closed = box.seal(new Secret("swordfish"), "here");

        assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
        assertEquals(
                new Secret("swordfish"), SecretBox.withKeyFile(file, random).open(closed, "here"));
        assertNotEquals(closed, box.seal(new Secret("swordfish"), "here"));
        assertThrows(IllegalStateException.class, () -> box.open(closed, "there"));
        SecretBox other = SecretBox.withKeyFile(directory.resolve("other"), random);
        assertThrows(IllegalStateException.class, () -> other.open(closed, "here"));
        try (java.util.stream.Stream<Path> files = Files.list(directory.resolve("etc"))) {
            assertEquals(List.of(file), files.toList());
        }
        Files.write(file, new byte[3]);
        assertThrows(IOException.class, () -> SecretBox.withKeyFile(file, random));
    }
}
