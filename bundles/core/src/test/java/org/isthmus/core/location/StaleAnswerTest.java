// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.core.Cloud;
import org.isthmus.core.Moment;
import org.isthmus.core.RowStore;
import org.isthmus.core.domain.Settings;
import org.isthmus.model.Name;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.isthmus.store.seal.SecretBox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two controllers ask one endpoint how it is, and the first question is answered last. */
@Timeout(60)
final class StaleAnswerTest {
    private static final Ref SLOW = new Ref("slow");

    private final Cloud cloud = new Cloud("stale");
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answering = new CountDownLatch(1);
    private volatile boolean down;
    private volatile boolean locked;
    private EndpointWatch other;

    /** An endpoint that thinks long before it says that it is down. */
    private final class Slow implements DriverFactory {
        @Override
        public String type() {
            return "slow";
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
            return List.of();
        }

        @Override
        public Driver open(EndpointConfig endpoint, DriverContext context) {
            return new Driver() {
                @Override
                public Health health() {
                    if (!down) {
                        return Health.up("fine");
                    }
                    down = false;
                    asked.countDown();
                    try {
                        answering.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Health.down("not yet");
                }

                @Override
                public Set<String> capabilities() {
                    return Set.of();
                }

                @Override
                public void close() {}
            };
        }
    }

    @BeforeEach
    void link() throws IOException {
        cloud.location();
        cloud.domain.drivers().bind(new Slow());
        cloud.submit(cloud.operator, new CreateEndpoint(Cloud.HERE, new Name("slow"), "slow", Map.of(), Map.of()));
        RowStore rows = new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"));
        other = new EndpointWatch(
                rows.tx(),
                new EndpointStore(
                        rows, SecretBox.withKeyFile(Settings.in(cloud.directory).keyFile(), new SecureRandom())),
                new HostStore(rows),
                new LocationStore(rows),
                cloud.domain.drivers(),
                cloud.house.database.leases(),
                "other",
                cloud.house.ids,
                cloud.house.clock,
                () -> {
                    locked = locked || rows.tx().running();
                    return new Moment(
                            cloud.house.clock.instant(), cloud.house.access.platform(), (type, subject, data) -> {});
                });
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private EndpointView endpoint() {
        return cloud.domain.locations().endpoint(cloud.operator, Cloud.HERE, SLOW);
    }

    private CompletableFuture<Void> aRoundThatHearsDown() throws InterruptedException {
        down = true;
        CompletableFuture<Void> round =
                CompletableFuture.runAsync(() -> cloud.domain.upkeep().runOnce(), task -> new Thread(task).start());
        asked.await();
        return round;
    }

    @Test
    void anAnswerToAnEarlierQuestionDoesNotReplaceTheAnswerToALaterOne() throws Exception {
        cloud.house.clock.advance(Duration.ofSeconds(1));
        CompletableFuture<Void> round = aRoundThatHearsDown();
        cloud.house.clock.advance(Duration.ofMillis(1));
        Instant later = cloud.house.clock.instant();

        other.check(endpoint().id());
        answering.countDown();
        round.get();

        assertEquals(HealthState.UP, endpoint().health().state(), endpoint().toString());
        assertEquals(Optional.of(later), endpoint().health().checkedAt());
        assertEquals(0, cloud.count("select count(*) from evt_event where type = 'endpoint.down'"));
    }

    @Test
    void anAnswerFromAClockThatWasAheadIsReplaced() throws Exception {
        cloud.house.clock.advance(Duration.ofHours(1));
        other.check(endpoint().id());
        cloud.house.clock.advance(Duration.ofHours(-1));

        CompletableFuture<Void> round = aRoundThatHearsDown();
        answering.countDown();
        round.get();

        assertEquals(HealthState.DOWN, endpoint().health().state());
    }

    /** A swap of identity waits for commands in flight, and they may wait for the rows of an answer. */
    @Test
    void identityIsNotWaitedForWhileAnythingIsLocked() throws Exception {
        cloud.house.clock.advance(Duration.ofSeconds(1));
        down = true;
        answering.countDown();

        other.check(endpoint().id());

        assertEquals(HealthState.DOWN, endpoint().health().state());
        assertFalse(locked);
    }
}
