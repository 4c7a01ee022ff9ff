// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.tck.ComputeBench.Made;
import org.junit.jupiter.api.Test;

/** The contract of {@link Resizable}, for a {@link ComputeContract} that claims it. */
public interface ResizableContract extends FacetContract {
    private Wish<ComputeDriver, Void> resize(String ref, int cpus, long memoryMiB) {
        return (driver, call) -> resizable(driver).resize(call, ref, cpus, memoryMiB);
    }

    private static Resizable resizable(ComputeDriver driver) {
        return driver.facet(Resizable.class).orElseThrow();
    }

    @Test
    default void r01_resizeGivesOtherCpusAndMemory() {
        Made made = bench().create();
        long memory = made.spec().memoryMiB() + 32;

        bench().driver().done(resize(made.ref(), 2, memory));

        SeenServer seen = bench().seen(made.id());
        assertEquals(2, seen.cpus());
        assertEquals(memory, seen.memoryMiB());
    }

    @Test
    default void r02_resizeToWhatItHasIsDone() {
        Made made = bench().create();

        bench().driver().done(resize(made.ref(), 1, made.spec().memoryMiB()));
        bench().driver().done(resize(made.ref(), 1, made.spec().memoryMiB()));

        assertEquals(made.spec().memoryMiB(), bench().seen(made.id()).memoryMiB());
    }

    @Test
    default void r03_resizeOfARunningServerIsAConflict() {
        Made made = bench().running();

        bench().driver().mustRefuse("Resize of a running server", resize(made.ref(), 2, 128), Kind.CONFLICT);

        assertEquals(1, bench().seen(made.id()).cpus());
    }

    @Test
    default void r04_resizeOfAServerThatIsNotThereIsNotFound() {
        Wish<ComputeDriver, Void> wish = resize(goneRef(), 1, 64);

        bench().driver().mustRefuse("Resize of a server that is not there", wish, Kind.NOT_FOUND);
    }
}
