// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.role;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.junit.jupiter.api.Test;

final class RolesTest {
    private static final Path TABLE = Path.of("../../docs/guides/roles.md");

    @Test
    void theRolesAreWhatTheirTableForPeopleSays() throws IOException {
        List<String> written = Files.readAllLines(TABLE).stream()
                .filter(line -> line.startsWith("|"))
                .toList();

        assertEquals(String.join("\n", table()), String.join("\n", written), "docs/guides/roles.md differs from Role");
    }

    private static List<String> table() {
        List<ShippedRole> roles = List.of(ShippedRole.values());
        List<String> lines = new java.util.ArrayList<>();
        lines.add("| action | allows to | "
                + roles.stream().map(ShippedRole::key).collect(Collectors.joining(" | ")) + " |");
        lines.add("|---|---|" + ":-:|".repeat(roles.size()));
        for (Action action : Action.values()) {
            lines.add("| `" + action.key() + "` | " + action.description() + " | "
                    + roles.stream()
                            .map(role -> action == Action.OWN_ACCOUNT
                                    ? "●"
                                    : role.actions().contains(action) ? "●" : " ")
                            .collect(Collectors.joining(" | "))
                    + " |");
        }
        return lines;
    }

    @Test
    void onlyOperatorsHavePlatformActionsAndOnlyInThePlatform() {
        for (ShippedRole role : ShippedRole.values()) {
            boolean any = role.actions().stream().anyMatch(Action::platform);

            assertEquals(role == ShippedRole.OPERATOR, any, role.key());
            assertEquals(role == ShippedRole.OPERATOR, role.platformOnly(), role.key());
        }
    }

    @Test
    void operatorsDoNothingWithCustomersThings() {
        for (Action action : ShippedRole.OPERATOR.actions()) {
            assertFalse(action.key().matches("(server|network|image|user|grant|audit|department)\\..*"), action.key());
        }
    }

    @Test
    void auditorsAndReadersOnlyRead() {
        for (ShippedRole role : List.of(ShippedRole.AUDITOR, ShippedRole.READ_ONLY, ShippedRole.VPN_USER)) {
            assertTrue(role.actions().stream().allMatch(action -> action.key().endsWith(".read")), role.key());
        }
        assertTrue(ShippedRole.AUDITOR.actions().contains(Action.AUDIT_READ));
        assertFalse(ShippedRole.READ_ONLY.actions().contains(Action.AUDIT_READ));
    }

    @Test
    void rootInsideServersIsAllThatItsRoleAdds() {
        Set<Action> changes = ShippedRole.SERVER_ROOT.actions().stream()
                .filter(action -> !action.key().endsWith(".read"))
                .collect(Collectors.toSet());

        assertEquals(Set.of(Action.SERVER_ROOT), changes);
        assertEquals(
                Set.of(ShippedRole.ORGANIZATION_ADMIN, ShippedRole.SERVER_ROOT),
                Arrays.stream(ShippedRole.values())
                        .filter(role -> role.actions().contains(Action.SERVER_ROOT))
                        .collect(Collectors.toSet()));
    }

    @Test
    void deployersDoNotTouchNetworksAndManagersNeitherCreateNorDelete() {
        assertTrue(ShippedRole.SERVER_DEPLOYER.actions().stream()
                .noneMatch(action -> action.key().matches("network\\.(create|change|delete)")));
        assertFalse(ShippedRole.SERVER_MANAGER.actions().contains(Action.SERVER_DEPLOY));
        assertFalse(ShippedRole.SERVER_MANAGER.actions().contains(Action.SERVER_DELETE));
    }

    @Test
    void aKeyFindsItsRole() {
        assertTrue(Arrays.stream(ShippedRole.values())
                .allMatch(role -> ShippedRole.byKey(role.key()).orElseThrow() == role));
        assertTrue(ShippedRole.byKey("OPERATOR").isEmpty());
    }
}
