// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers;
import org.isthmus.model.Name;
import org.junit.jupiter.api.Test;

final class StatesTest {
    @Test
    void everyServerStateButTheFirstCanBeReached() {
        for (ServerState state : ServerState.values()) {
            boolean reached = Arrays.stream(ServerState.values()).anyMatch(from -> from.mayBecome(state));
            assertEquals(state != ServerState.REQUESTED, reached, state.name());
        }
    }

    @Test
    void aBusyServerCanOnlyGoWhereItsOperationTakesIt() {
        assertFalse(ServerState.STARTING.mayBecome(ServerState.STOPPING));
        assertFalse(ServerState.FAILED.mayBecome(ServerState.RUNNING));
        assertTrue(ServerState.DELETED.mayBecome(ServerState.STOPPED));
        assertEquals(List.of(ServerState.DELETED), ServerState.FAILED.next());
    }

    @Test
    void anEndedOperationStaysEnded() {
        for (OperationState ended : OperationState.values()) {
            if (ended.ended()) {
                assertTrue(Arrays.stream(OperationState.values()).noneMatch(ended::mayBecome));
            }
        }
    }

    @Test
    void everyProblemHasItsOwnSlugAndSaysWhatToDo() {
        Set<String> slugs = new HashSet<>();
        Stream.<ProblemType[]>of(
                        Problem.values(),
                        IdentityProblem.values(),
                        LimitProblem.values(),
                        LocationProblem.values(),
                        NetworkProblem.values(),
                        ImageProblem.values(),
                        ServerProblem.values())
                .flatMap(Arrays::stream)
                .forEach(type -> {
                    assertTrue(slugs.add(type.slug()), type.slug());
                    assertTrue(type.slug().matches("[a-z0-9-]+"), type.slug());
                    assertTrue(type.status() >= 400 && type.status() < 600);
                    assertFalse(type.title().isBlank());
                    assertTrue(type.help().endsWith("."), type.help());
                });
    }

    @Test
    void actionsAreFoundByTheirKeys() {
        for (Action action : Action.values()) {
            assertEquals(Optional.of(action), Action.byKey(action.key()));
        }
        assertEquals(Optional.empty(), Action.byKey("server.explode"));
    }

    @Test
    void aServerWithoutANetworkCannotEvenBeWished() {
        ProblemException refused = assertThrows(
                ProblemException.class,
                () -> new Servers.DeployServer(
                        new Ref("acme"),
                        new Name("web-1"),
                        List.of(),
                        new Ref("tiny"),
                        new Servers.Flavor(1, 128),
                        List.of(1L),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        false,
                        Optional.empty(),
                        Servers.Placement.DEFAULT));

        assertEquals(ServerProblem.NO_NETWORK, refused.type());
    }
}
