// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Cloud;
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

    @Test
    void whatWaitsNoLongerThanItMayStaysAsItIs() {
        OperationId operation = waiting();

        watch().bringBack();

        assertEquals(0, cloud.house.work());
        assertEquals(OperationState.RUNNING, cloud.operation(operation).state());
    }
}
