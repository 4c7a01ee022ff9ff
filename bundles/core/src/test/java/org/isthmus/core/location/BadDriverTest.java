// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.Ledger.Thing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Drivers that answer what no driver may, or not at all. */
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

    @Test
    void aServerThatItsDriverOnlySaysIsRemovedIsAskedForAgainUntilItIs() {
        String faults = "[{\"on\":\"delete\",\"kind\":\"LIE\",\"times\":3}]";
        try (Cloud cloud = new Cloud("liar").furnished(Map.of("faults", faults))) {
            String web = cloud.deploy("web").id().value();
            cloud.policy(policy -> new Policy(1000, Duration.ZERO, Optional.empty(), List.of()));

            OperationView operation = cloud.run(cloud.user, new DeleteServer(Cloud.ACME, new Ref("web")));
            assertEquals(OperationState.RUNNING, operation.state());
            assertTrue(operation.reason().orElse("").contains("still has it"), operation::toString);
            for (int tries = 0; tries < 20 && !operation.state().ended(); tries++) {
                assertTrue(cloud.ledger().living(Thing.SERVER).contains(web));
                cloud.house.clock.advance(Duration.ofSeconds(5));
                cloud.house.work();
                operation = cloud.operation(operation.id());
            }

            assertEquals(OperationState.SUCCEEDED, operation.state());
            assertEquals(Set.of(), cloud.ledger().living(Thing.SERVER));
        }
    }

    @Test
    void aServerWhosePortIsOnlySaidToBeThereDoesNotRun() {
        String faults = "[{\"on\":\"ensurePort\",\"kind\":\"LIE\"}]";
        try (Cloud cloud = new Cloud("liar").furnished()) {
            change(cloud, faults);
            OperationView operation = cloud.run(cloud.user, Cloud.wish("web"));
            for (int tries = 0; tries < 200 && !operation.state().ended(); tries++) {
                cloud.house.clock.advance(Duration.ofSeconds(10));
                cloud.house.work();
                operation = cloud.operation(operation.id());
            }

            assertEquals(OperationState.FAILED, operation.state(), operation::toString);
            assertEquals(Set.of(), cloud.ledger().living(Thing.SERVER));
        }
    }

    /** It waits for half a minute, for a call and for its end. */
    @Test
    @Tag("whole")
    void anEndpointWhoseDriverHungWorksAgainSoonAfterItAnswers() {
        Map<String, String> hanging = Map.of("faults", "[{\"on\":\"create\",\"kind\":\"HANG\"}]");
        try (Cloud cloud = new Cloud("hung").furnished(hanging)) {
            OperationView operation = cloud.run(cloud.user, Cloud.wish("web"));
            assertTrue(operation.reason().orElse("").contains("did not answer"), operation::toString);

            change(cloud, "[]");
            int seconds = 0;
            while (!cloud.operation(operation.id()).state().ended()) {
                assertTrue(seconds++ < 30, () -> "not after half a minute: " + cloud.operation(operation.id()));
                cloud.house.clock.advance(Duration.ofSeconds(1));
                cloud.house.work();
            }

            assertEquals(
                    OperationState.SUCCEEDED, cloud.operation(operation.id()).state());
            cloud.run(cloud.user, Cloud.wish("another"));
            assertEquals(ServerState.RUNNING, cloud.server("another").state());
        }
    }

    /** From now on its driver has these faults. */
    private static void change(Cloud cloud, String faults) {
        Ref fake = new Ref("fake");
        cloud.submit(
                cloud.operator,
                new ChangeEndpoint(
                        Cloud.HERE,
                        fake,
                        cloud.domain
                                .locations()
                                .endpoint(cloud.operator, Cloud.HERE, fake)
                                .version(),
                        Optional.empty(),
                        Map.of("faults", faults),
                        Map.of()));
    }
}
