// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Cloud;
import org.isthmus.core.Times;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The clock is set by an hour while operations are under way. */
final class ClockSetTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("clock").furnished();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    /** One that waits for its driver. */
    private OperationId waiting() {
        cloud.script().failNext(Verb.CREATE, Kind.UNAVAILABLE);
        OperationView operation = cloud.run(cloud.user, Cloud.wish("web"));
        assertEquals(OperationState.RUNNING, operation.state());
        return operation.id();
    }

    private ClockWatch watch() {
        return cloud.house.operations.worker().clockWatch();
    }

    @Test
    void anOperationDoesNotMissItsDeadlineBecauseTheClockIsSetAhead() {
        OperationId operation = waiting();

        cloud.house.clock.advance(HOUR);
        watch().follow(HOUR);
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(operation).state());
        assertEquals(ServerState.RUNNING, cloud.server("web").state());
    }

    @Test
    void anHourThatReallyPassedIsOneThatItMissedItsDeadlineBy() {
        OperationId operation = waiting();

        cloud.house.clock.advance(HOUR);
        cloud.house.work();

        assertEquals(OperationState.FAILED, cloud.operation(operation).state());
    }

    @Test
    void anOperationDoesNotWaitAnHourLongerBecauseTheClockIsSetBack() {
        OperationId operation = waiting();

        cloud.house.clock.advance(HOUR.negated());
        assertEquals(0, cloud.house.work(), "by the clock it is not due for an hour");
        watch().bringBack();
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(operation).state());
        assertEquals(0, cloud.count("select count(*) from usg_interval where until_at < from_at"));
    }

    /** A controller that runs notices by itself. */
    @Test
    void whatRunsFollowsAClockThatIsSetAheadWithoutAHand() {
        OperationId operation = waiting();
        Worker worker = cloud.house.operations.worker();
        worker.start();
        try {
            cloud.house.clock.advance(HOUR);

            assertEquals(OperationState.SUCCEEDED, ended(operation).state());
        } finally {
            worker.close();
        }
    }

    @Test
    void whatRunsFollowsAClockThatIsSetBackWithoutAHand() {
        OperationId operation = waiting();
        Worker worker = cloud.house.operations.worker();
        worker.start();
        try {
            cloud.house.clock.advance(HOUR.negated());

            assertEquals(OperationState.SUCCEEDED, ended(operation).state());
        } finally {
            worker.close();
        }
    }

    private OperationView ended(OperationId operation) {
        return cloud.house.operations.operations().await(cloud.user, operation, Duration.ofSeconds(20));
    }

    @Test
    void whatAClockThatWasAheadHoldsIsFreeAfterALease() {
        OperationId operation = waiting();
        cloud.house.clock.advance(Duration.ofMinutes(1));
        long now = Times.micros(cloud.house.clock.instant());
        OperationStore store = new OperationStore(cloud.house.database.tx());
        assertTrue(
                store.claim(operation, "other/1", now, now + Times.micros(HOUR)).isPresent());

        watch().bringBack();
        assertEquals(0, cloud.house.work(), "it is held, as long as something claimed now");
        cloud.house.clock.advance(Worker.Settings.DEFAULT.lease());
        cloud.house.work();

        assertEquals(OperationState.SUCCEEDED, cloud.operation(operation).state());
    }

    /** Seen by its row, which somebody else has written: who came across it would wait. */
    @Test
    void whatHasEndedIsNotEvenLookedAt() throws Exception {
        // the first is where reading ends
        cloud.run(cloud.user, Cloud.wish("first"));
        OperationView ended = cloud.run(cloud.user, Cloud.wish("web"));
        assertEquals(OperationState.SUCCEEDED, ended.state());
        OperationStore store = new OperationStore(cloud.house.database.tx());

        try (Connection other = cloud.house.database.pool().getConnection()) {
            other.setAutoCommit(false);
            forgetWhatTheIndexKnewBefore(other);
            other.commit();
            try (PreparedStatement update =
                    other.prepareStatement("update opr_operation set progress = progress where id = ?")) {
                update.setString(1, ended.id().value());
                assertEquals(1, update.executeUpdate());
            }
            assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
                watch().bringBack();
                watch().follow(HOUR);
                store.release("nobody");
            });
            other.rollback();
        }
    }

    /** As it has forgotten, by itself and later, most of what has ended: an entry that was removed is read for a while. */
    private static void forgetWhatTheIndexKnewBefore(Connection connection) throws SQLException {
        if (connection.getMetaData().getDatabaseProductName().contains("Derby")) {
            try (Statement call = connection.createStatement()) {
                call.execute(
                        "call syscs_util.syscs_compress_table('" + connection.getSchema() + "', 'OPR_OPERATION', 0)");
            }
        }
    }

    @Test
    void whatWaitsNoLongerThanItMayStaysAsItIs() {
        OperationId operation = waiting();

        watch().bringBack();

        assertEquals(0, cloud.house.work());
        assertEquals(OperationState.RUNNING, cloud.operation(operation).state());
    }
}
