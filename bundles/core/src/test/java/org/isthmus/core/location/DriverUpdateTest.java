// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.location.DriverUpdates.UpdateDriver;
import org.isthmus.api.location.DriverUpdates.UpdateState;
import org.isthmus.api.location.DriverUpdates.UpdateView;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.core.Cloud;
import org.isthmus.core.Threads;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.driver.fake.FakeDriverFactory;
import org.isthmus.driver.fake.Script;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.isthmus.store.TxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two versions of a driver beside each other, and endpoints that go from one to the other, or stay. */
final class DriverUpdateTest {
    private static final String URL = "file:/next.jar";

    private final Shelf shelf = new Shelf();
    private final ExecutorService threads = Executors.newCachedThreadPool(Threads.named("update"));
    private final Version old = new Version("fake", "1");
    private Cloud cloud;
    private Drivers drivers;
    private CoreDriverUpdates updates;
    private EndpointId endpoint;

    @BeforeEach
    void twoEndpointsOfTheOldVersion() {
        cloud = new Cloud("driver-update");
        drivers = cloud.domain.drivers();
        drivers.unbind(cloud.driver);
        cloud.location();
        shelf.bundles.put(1L, old);
        drivers.bind(old, edition(1));
        endpoint = cloud.endpoint("one", Map.of()).id();
        cloud.endpoint("two", Map.of());
        updates = new CoreDriverUpdates(
                cloud.house.database.tx(), cloud.house.swaps, drivers, shelf, cloud.house.clock, threads);
        cloud.house.gate.add(updates.handler());
    }

    @AfterEach
    void close() {
        Threads.end(threads, Duration.ofSeconds(20));
        cloud.close();
    }

    private static Edition edition(long bundle) {
        return new Edition((int) bundle, 0, 0, "", bundle);
    }

    /** The fake driver in a version of its own. */
    private static final class Version implements DriverFactory {
        static final Set<String> MARKED = Set.of("ComputeDriver");

        private final FakeDriverFactory fake = new FakeDriverFactory();
        private final String type;
        private final String version;
        private int open;
        private boolean refusing;
        private boolean incomplete;
        private boolean withoutType;
        private boolean withoutVersion;

        Version(String type, String version) {
            this.type = type;
            this.version = version;
        }

        Script script() {
            return fake.script();
        }

        @Override
        public String type() {
            if (withoutType) {
                throw new NoSuchMethodError("type");
            }
            return type;
        }

        @Override
        public String description() {
            return fake.description();
        }

        @Override
        public String version() {
            if (withoutVersion) {
                throw new NoSuchMethodError("version");
            }
            return version;
        }

        @Override
        public List<Setting> settings() {
            return fake.settings();
        }

        @Override
        public Driver open(EndpointConfig config, DriverContext context) {
            if (incomplete) {
                throw new NoClassDefFoundError("org/example/Client");
            }
            if (refusing) {
                throw new DriverException(DriverException.Kind.INVALID, "not these");
            }
            Driver driver = fake.open(config, context);
            open++;
            return new Driver() {
                @Override
                public Health health() {
                    return driver.health();
                }

                @Override
                public Set<String> capabilities() {
                    return version.equals("2") ? MARKED : driver.capabilities();
                }

                @Override
                public <F> Optional<F> facet(Class<F> facet) {
                    return driver.facet(facet);
                }

                @Override
                public void close() {
                    open--;
                    driver.close();
                }
            };
        }
    }

    /** Bundles that are only said to be there. */
    private final class Shelf implements DriverBundles {
        private final Map<Long, Version> bundles = new HashMap<>();
        private final List<String> done = new ArrayList<>();
        private Optional<Version> next = Optional.empty();
        private Optional<String> unfit = Optional.empty();
        private Runnable whenStarted = () -> {};
        private Runnable afterUninstall = () -> {};
        private boolean stuck;

        @Override
        public long install(String url, long beside) throws Unfit {
            if (unfit.isPresent()) {
                throw new Unfit(unfit.get());
            }
            long number = beside + 1;
            bundles.put(number, next.orElseThrow());
            done.add("install " + number + " beside " + beside);
            return number;
        }

        @Override
        public void start(long bundle) {
            done.add("start " + bundle);
            drivers.bind(bundles.get(bundle), edition(bundle));
            whenStarted.run();
        }

        @Override
        public void keep(long bundle) {
            done.add("keep " + bundle);
        }

        @Override
        public boolean uninstall(long bundle) {
            done.add("uninstall " + bundle);
            if (stuck) {
                return false;
            }
            Version gone = bundles.remove(bundle);
            drivers.unbind(gone);
            assertEquals(0, gone.open, "nothing is open with a bundle that is gone");
            afterUninstall.run();
            return true;
        }

        @Override
        public void tidy() {
            done.add("tidy");
        }
    }

    private UpdateView updated(Version next) {
        shelf.next = Optional.of(next);
        cloud.submit(cloud.operator, new UpdateDriver("fake", URL));
        return updates.await(cloud.operator, "fake", Integer.MAX_VALUE, Duration.ofSeconds(20));
    }

    private String lastLine(UpdateView update) {
        assertTrue(update.ended(), update::toString);
        return update.lines().get(update.lines().size() - 1);
    }

    @Test
    void everyEndpointMovesAndTheOldVersionIsGone() {
        Version next = new Version("fake", "2");

        UpdateView update = updated(next);

        assertEquals(UpdateState.UPDATED, update.state(), update::toString);
        assertEquals(new AbstractMap.SimpleEntry<>("1", Optional.of("2")), versions(update));
        assertEquals(List.of("install 2 beside 1", "start 2", "keep 2", "uninstall 1"), shelf.done);
        assertEquals(0, old.open);
        assertEquals(2, next.open);
        assertTrue(update.lines().stream().anyMatch(line -> line.startsWith("Endpoint 2 of 2")), update::toString);
        assertEquals(List.of(), drivers.compute(endpoint, driver -> driver.list()));
        Threads.end(threads, Duration.ofSeconds(20));
        assertEquals(
                List.of("ATTEMPT driver.update PENDING", "OUTCOME driver.update SUCCESS", "NOTE driver.update SUCCESS"),
                cloud.house.audit.told().stream()
                        .filter(told -> told.contains("driver.update"))
                        .toList());
    }

    private static Map.Entry<String, Optional<String>> versions(UpdateView update) {
        return new AbstractMap.SimpleEntry<>(update.from(), update.to());
    }

    @Test
    void anOlderVersionCanBeGoneBackTo() {
        shelf.next = Optional.of(new Version("fake", "0"));
        assertEquals(UpdateState.UPDATED, updated(new Version("fake", "0")).state());
        assertEquals("0", drivers.factory("fake").orElseThrow().version());
    }

    @Test
    void aVersionThatIsNotWellIsRolledBackAndSaysWhy() {
        Version next = new Version("fake", "2");
        next.script().away();

        UpdateView update = updated(next);

        assertEquals(UpdateState.ROLLED_BACK, update.state());
        assertTrue(lastLine(update).contains("DOWN"), update::toString);
        assertTrue(lastLine(update).contains(endpoint.value()), "for each endpoint: " + update);
        assertEquals(List.of("install 2 beside 1", "start 2", "uninstall 2"), shelf.done);
        assertEquals(2, old.open);
        assertSame(old, drivers.factory("fake").orElseThrow());
        assertEquals(List.of(), drivers.compute(endpoint, driver -> driver.list()));
    }

    @Test
    void whatIsDownAnywayMayBeDownWithTheNextVersionToo() {
        Version next = new Version("fake", "2");
        old.script().away();
        next.script().away();

        assertEquals(UpdateState.UPDATED, updated(next).state());
    }

    @Test
    void aVersionThatOpensOnlySomeEndpointsIsRolledBackFromAllOfThem() {
        Version next = new Version("fake", "2");
        shelf.whenStarted = () -> next.refusing = true;

        UpdateView update = updated(next);

        assertEquals(UpdateState.ROLLED_BACK, update.state());
        assertTrue(lastLine(update).contains("not these"), update::toString);
        assertEquals(2, old.open);
    }

    @Test
    void aBundleThatLacksAClassIsRolledBack() {
        Version next = new Version("fake", "2");
        next.incomplete = true;

        UpdateView update = updated(next);

        assertEquals(UpdateState.ROLLED_BACK, update.state());
        assertTrue(lastLine(update).contains("NoClassDefFoundError"), update::toString);
        assertEquals(2, old.open);
    }

    private void rolledBackForWantOfAMethod(Version next) {
        UpdateView update = updated(next);

        assertEquals(UpdateState.ROLLED_BACK, update.state(), update::toString);
        assertTrue(lastLine(update).contains("NoSuchMethodError"), update::toString);
        assertSame(old, drivers.factory("fake").orElseThrow());
        assertEquals(List.of(old), drivers.installed());
        assertEquals(2, old.open);
    }

    @Test
    void aBundleThatCannotSayItsTypeIsRolledBackAndHoldsUpNoOther() {
        Version next = new Version("fake", "2");
        next.withoutType = true;

        rolledBackForWantOfAMethod(next);
    }

    @Test
    void aBundleThatCannotSayItsVersionIsRolledBack() {
        Version next = new Version("fake", "2");
        next.withoutVersion = true;

        rolledBackForWantOfAMethod(next);
    }

    @Test
    void whatBreaksAfterTheNewVersionIsInRollsNothingBack() {
        Version next = new Version("fake", "2");
        shelf.afterUninstall = () -> {
            throw new TxException(TxException.Kind.DATABASE, "away", null);
        };

        assertEquals(UpdateState.UPDATED, updated(next).state());
        assertEquals(2, next.open);
    }

    @Test
    void anOldBundleThatCannotBeUninstalledIsSaidAndUsedNoMore() {
        Version next = new Version("fake", "2");
        shelf.stuck = true;

        UpdateView update = updated(next);

        assertEquals(UpdateState.UPDATED, update.state());
        assertTrue(lastLine(update).contains("The old bundle 1 could not be uninstalled"), update::toString);
        drivers.refresh();
        assertEquals(2, next.open);
        assertSame(next, drivers.factory("fake").orElseThrow());
    }

    @Test
    void aNewBundleThatCannotBeUninstalledIsSaidAndNotUsed() {
        Version next = new Version("fake", "2");
        shelf.whenStarted = () -> next.refusing = true;
        shelf.stuck = true;

        UpdateView update = updated(next);

        assertEquals(UpdateState.ROLLED_BACK, update.state());
        assertTrue(
                update.lines().stream().anyMatch(line -> line.contains("The new bundle 2 could not be uninstalled")),
                update::toString);
        drivers.refresh();
        assertEquals(2, old.open);
        assertSame(old, drivers.factory("fake").orElseThrow());
    }

    @Test
    void whatIsNoDriverOfThatTypeChangesNothing() {
        assertTrue(lastLine(updated(new Version("other", "2"))).contains("offers the driver other"));
        shelf.unfit = Optional.of("It is no bundle.");
        assertEquals("It is no bundle.", lastLine(updated(new Version("fake", "2"))));
        assertEquals(2, old.open);
    }

    @Test
    void anUpdateIsForInstalledDriversAndOneAtATime() {
        ProblemException unknown = assertThrows(
                ProblemException.class, () -> cloud.submit(cloud.operator, new UpdateDriver("nothing", URL)));
        assertEquals(LocationProblem.DRIVER_UNKNOWN, unknown.type());
        List<ProblemException> refused = new ArrayList<>();
        shelf.whenStarted = () -> refused.add(assertThrows(
                ProblemException.class, () -> cloud.submit(cloud.operator, new UpdateDriver("fake", URL))));

        updated(new Version("fake", "2"));

        assertEquals(
                List.of(Problem.CONFLICT),
                refused.stream().map(ProblemException::type).toList());
    }

    @Test
    void onlyOperatorsUpdateDrivers() {
        assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, new UpdateDriver("fake", URL)));
        assertEquals(List.of(), shelf.done);
    }

    @Test
    void twoVersionsThatWereInstalledByHandAreUsedInTheSameOrderAfterEveryStart() {
        Version next = new Version("fake", "2");
        drivers.bind(next, edition(2));
        assertEquals(2, next.open, "the greater one takes over");
        assertEquals(0, old.open);

        drivers.unbind(next);
        drivers.unbind(old);
        drivers.bind(next, edition(2));
        drivers.bind(old, edition(1));

        assertEquals(2, next.open, "whichever comes first");
        assertEquals(0, old.open);
    }

    @Test
    void aCallThatGoesOnEndsOnTheVersionItBeganWith() throws InterruptedException {
        Version next = new Version("fake", "2");
        Thread swap = new Thread(() -> drivers.bind(next, edition(2)));

        Driver.Health health = drivers.driver(endpoint, driver -> {
            swap.start();
            // until calls of others go to the next one
            while (drivers.driver(endpoint, Driver::capabilities) != Version.MARKED) {
                Thread.onSpinWait();
            }
            return driver.health();
        });
        swap.join();

        assertEquals(Driver.Health.State.UP, health.state(), "it was not closed under the call");
        assertEquals(0, old.open);
    }

    @Test
    void whoCannotComeAgainWaitsForADriverThatIsBeingReplaced() throws InterruptedException {
        drivers.unbind(old);
        Thread back = new Thread(() -> drivers.bind(old, edition(1)));

        assertThrows(DriverAway.class, () -> drivers.driver(endpoint, Driver::health));
        back.start();
        assertEquals(
                Driver.Health.State.UP,
                drivers.patiently(() -> drivers.driver(endpoint, Driver::health))
                        .state());
        back.join();
    }
}
