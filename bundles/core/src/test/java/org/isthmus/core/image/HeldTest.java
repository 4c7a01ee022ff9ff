// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.core.House;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HeldTest {
    private final House house = new House("held", OperationsPart.unprobed());
    private final Leases leases = house.database.leases();
    private final Lease lease =
            leases.hold("work", "one", Duration.ofMinutes(1)).orElseThrow();
    private final Held held = new Held(leases, lease, house.clock);

    @AfterEach
    void close() {
        house.close();
    }

    private Optional<Lease> other() {
        return leases.hold("work", "other", Duration.ofMinutes(1));
    }

    @Test
    void aLeaseIsKeptAsLongAsItIsAskedFor() {
        for (int i = 0; i < 5; i++) {
            house.clock.advance(Duration.ofSeconds(30));

            assertTrue(held.still());
        }

        assertEquals(Optional.empty(), other());
    }

    @Test
    void aLeaseThatAnotherTookIsLostAlsoWhenNobodyHasItAnyMore() {
        assertTrue(held.still());
        house.clock.advance(Duration.ofSeconds(61));
        leases.release(other().orElseThrow());

        assertFalse(held.still());
        assertEquals("other", leases.last("work").orElseThrow().holder());
    }
}
