// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PageTest {
    @Test
    void theExtraRowOnlyTellsThatThereIsMore() {
        Page<Integer> page = Page.of(List.of(1, 2, 3), 2, String::valueOf);

        assertEquals(List.of(1, 2), page.items());
        assertEquals(Optional.of("2"), page.next());
    }

    @Test
    void theLastPageHasNoNext() {
        assertEquals(
                Optional.empty(), Page.of(List.of(1, 2), 2, String::valueOf).next());
    }

    @Test
    void aLimitIsOneToAThousand() {
        assertThrows(IllegalArgumentException.class, () -> new Page.Request(0, Optional.empty()));
        assertThrows(IllegalArgumentException.class, () -> new Page.Request(1001, Optional.empty()));
    }

    @Test
    void aNameIsADnsLabel() {
        assertEquals("web-1", new Name("web-1").toString());
        for (String bad : List.of("", "-a", "a-", "A", "a.b", "a".repeat(64))) {
            assertThrows(IllegalArgumentException.class, () -> new Name(bad), bad);
        }
    }
}
