// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.Map;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Cloud;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drivers that answer what no driver may. */
final class BadDriverTest {
    @ParameterizedTest
    @CsvSource({"create,LIE", "create,NOTHING", "create,MISSING_CODE", "power,LIE", "power,NOTHING", "find,NOTHING"})
    void anOperationWhoseDriverAnswersNonsenseFailsAndHoldsNothing(String verb, String kind) {
        String faults = "[{\"on\":\"" + verb + "\",\"kind\":\"" + kind + "\"}]";
        try (Cloud cloud = new Cloud("bad").furnished(Map.of("faults", faults))) {
            OperationView operation = cloud.run(cloud.user, Cloud.wish("web"));
            for (int tries = 0; tries < 200 && !operation.state().ended(); tries++) {
                cloud.house.clock.advance(Duration.ofSeconds(10));
                cloud.house.work();
                operation = cloud.operation(operation.id());
            }

            assertEquals(OperationState.FAILED, operation.state(), operation::toString);
            assertFalse(operation.reason().orElse("").isEmpty());
            assertEquals(ServerState.FAILED, cloud.server("web").state());
            assertEquals(
                    0,
                    cloud.count(
                            "select count(*) from usg_interval where until_at is null and subject_kind = 'server'"));
        }
    }
}
