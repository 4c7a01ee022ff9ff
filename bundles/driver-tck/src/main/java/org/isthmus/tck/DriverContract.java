// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.isthmus.spi.Driver;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.Snapshots;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules for every driver. Not for driver authors to extend: its two subclasses are. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
public abstract class DriverContract {
    /** Every facet with its contract. */
    static final Map<Class<?>, Class<? extends FacetContract>> FACETS = Map.of(
            Resizable.class, ResizableContract.class,
            Attachable.class, AttachableContract.class,
            Snapshots.class, SnapshotsContract.class,
            Console.class, ConsoleContract.class,
            Metered.class, MeteredContract.class,
            Adoptable.class, AdoptableContract.class,
            ImageExport.class, ImageExportContract.class,
            ImageImport.class, ImageImportContract.class);

    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

    DriverContract() {}

    abstract Subject<?> currentSubject();

    abstract Bench<?> currentBench();

    /** The facets that must be there; any other must not. */
    abstract Set<Class<?>> claimed();

    /** One of each call, all of which should succeed. */
    abstract void ordinaryLife();

    /** Calls that should be refused; how is not looked at. */
    abstract void refusals();

    @Test
    final void d01_healthIsAnAnswer() {
        Health health = currentBench().ask(Driver::health);

        Assertions.assertNotNull(health.state());
        Assertions.assertNotNull(health.detail());
    }

    @Test
    final void d02_exactlyTheFacetsClaimedAreOffered() {
        Driver driver = currentBench().driver();
        for (Class<?> facet : FACETS.keySet()) {
            boolean claimed = claimed().contains(facet);

            String name = facet.getSimpleName();
            Assertions.assertEquals(claimed, driver.facet(facet).isPresent(), "facet(" + name + ") is present");
            Assertions.assertEquals(claimed, driver.capabilities().contains(name), "capabilities has " + name);
        }
    }

    @Test
    final void d03_closingTwiceIsAsClosingOnce() {
        Driver driver = currentBench().driver();

        driver.close();
        driver.close();

        currentBench().restart();
    }

    @Test
    final void d04_healthSaysThatTheFarEndIsAway() {
        Health away = currentBench().whileAway(() -> currentBench().ask(Driver::health));

        Assertions.assertNotEquals(Health.State.UP, away.state());
        Assertions.assertFalse(away.detail().isBlank(), "health says why");
    }

    @Test
    final void d05_everyCallReturnsWithinTenSeconds() {
        ordinaryLife();

        Duration longest = currentBench().longestCall();
        Assertions.assertTrue(longest.compareTo(CALL_LIMIT) <= 0, () -> "A call took " + longest);
    }

    @Test
    final void d06_noMessageContainsASecret() {
        refusals();

        currentBench().heard(String.valueOf(currentBench().ask(Driver::health)));
        for (String message : currentBench().messages()) {
            for (String secret : currentSubject().secrets()) {
                Assertions.assertFalse(message.contains(secret), "A message contains a secret.");
            }
        }
    }
}
