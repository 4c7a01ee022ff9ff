// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecentTest {
    @Test
    void whatWasNotUsedForLongestIsForgottenFirst() {
        Recent<String, Integer> recent = new Recent<>(2);
        recent.put("a", 1);
        recent.put("b", 2);
        assertEquals(Optional.of(1), recent.get("a"));
        recent.put("c", 3);
        assertEquals(Optional.empty(), recent.get("b"));
        assertEquals(Optional.of(1), recent.get("a"));
        assertEquals(Optional.of(3), recent.get("c"));
    }

    @Test
    void aNewValueTakesThePlaceOfTheOldOne() {
        Recent<String, Integer> recent = new Recent<>(2);
        recent.put("a", 1);
        recent.put("a", 2);
        assertEquals(Optional.of(2), recent.get("a"));
    }
}
