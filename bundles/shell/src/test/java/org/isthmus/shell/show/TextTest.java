// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.show;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.location.Locations;
import org.isthmus.api.price.Item;
import org.isthmus.model.Money;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

final class TextTest {
    record Inner(String detail, Optional<String> absent) {}

    record View(String name, long memoryMiB, boolean isProtected, Inner health, Set<String> tags, Money price) {}

    private static final View VIEW =
            new View("web-1", 512, true, new Inner("fine", Optional.empty()), Set.of("b", "a"), Money.usd("0.5"));

    @Test
    void aTableHasItsColumnsUnderHeadingsAndNothingForWhatIsAbsent() {
        String table = Text.table("name memoryMiB health.detail health.absent tags price", List.of(Shown.of(VIEW)));

        assertEquals(
                """
                NAME   MEMORY MIB  HEALTH DETAIL  HEALTH ABSENT  TAGS  PRICE
                web-1  512         fine                          a, b  0.5 USD
                """,
                table);
    }

    @Test
    void aSheetHasALineForEachFieldAndEachPartOfAList() {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("view", VIEW);
        view.put("disks", List.of(Map.of("id", "d1"), Map.of("id", "d2")));

        assertEquals(
                """
                view.name           web-1
                view.memoryMiB      512
                view.protected      true
                view.health.detail  fine
                view.tags           a, b
                view.price          0.5 USD
                disks[0].id         d1
                disks[1].id         d2
                """,
                Text.sheet(Shown.of(view)));
    }

    @Test
    void constantsAreSpelledAsInRest() {
        assertEquals("on-premises", Shown.of(Locations.Kind.ON_PREMISES).asText());
        assertEquals("DEGRADED", Shown.of(Locations.HealthState.DEGRADED).asText());
        assertEquals("memoryGiB", Shown.of(Item.MEMORY_GIB).asText());
    }

    @Test
    void aSecretIsNeverShownByAccident() {
        assertThrows(IllegalStateException.class, () -> Shown.of(Map.of("password", new Secret("hunter2"))));
    }

    @Test
    void jsonKeepsWhatATerminalMayNotSee() {
        JsonNode tree = Shown.of(Map.of("name", "a\u001Bb"));

        assertEquals("{\"name\":\"a\\u001Bb\"}", Json.line(tree));
        assertEquals("name  a\uFFFDb\n", Text.sheet(tree));
    }
}
