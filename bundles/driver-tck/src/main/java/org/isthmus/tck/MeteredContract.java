// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Metered.Counters;
import org.isthmus.tck.ComputeBench.Made;
import org.junit.jupiter.api.Test;

/** The contract of {@link Metered}, for a {@link ComputeContract} that claims it. */
public interface MeteredContract extends FacetContract {
    private List<Counters> counters(Made made) {
        return bench()
                .driver()
                .ask(driver -> driver.facet(Metered.class).orElseThrow().counters())
                .stream()
                .filter(counters -> counters.ref().equals(made.ref()))
                .toList();
    }

    @Test
    default void m01_countersAreShownForServersThatAreOn() {
        Made on = bench().running();
        Made off = bench().create();

        assertEquals(1, counters(on).size(), "a running server has counters");
        assertEquals(List.of(), counters(off), "a stopped one has none");
    }

    @Test
    default void m02_countersOnlyGrow() {
        Made made = bench().running();

        Counters before = counters(made).get(0);
        bench().driver().waiting().pause(Duration.ofSeconds(2));
        Counters after = counters(made).get(0);

        assertTrue(!before.cpuTime().isNegative() && before.memoryMiB() >= 0, "counters are not negative");
        assertTrue(after.cpuTime().compareTo(before.cpuTime()) >= 0, "CPU time");
        assertTrue(after.diskReadBytes() >= before.diskReadBytes(), "bytes read");
        assertTrue(after.diskWrittenBytes() >= before.diskWrittenBytes(), "bytes written");
        assertTrue(after.networkReceivedBytes() >= before.networkReceivedBytes(), "bytes received");
        assertTrue(after.networkSentBytes() >= before.networkSentBytes(), "bytes sent");
    }
}
