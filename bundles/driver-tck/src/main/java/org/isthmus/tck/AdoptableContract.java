// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of {@link Adoptable}, for a {@link ComputeContract} that claims it. */
public interface AdoptableContract extends FacetContract {
    private static Wish<ComputeDriver, Created> adopt(String ref, ServerId server) {
        return (driver, call) -> driver.facet(Adoptable.class).orElseThrow().adopt(call, ref, server);
    }

    private static Wish<ComputeDriver, Void> release(String ref) {
        return (driver, call) -> driver.facet(Adoptable.class).orElseThrow().release(call, ref);
    }

    private String stranger() {
        Optional<String> ref = bench().subject().makeUnmanaged();
        Assumptions.assumeTrue(ref.isPresent(), "This subject cannot make an unmanaged server.");
        return ref.orElseThrow();
    }

    private SeenServer listed(String ref) {
        return bench().list().stream()
                .filter(seen -> seen.ref().equals(ref))
                .findFirst()
                .orElseThrow(() -> new AssertionError("list does not show the server " + ref));
    }

    @Test
    default void o01_adoptMakesAStrangersServerOurs() {
        String ref = stranger();
        ServerId id = bench().plan();
        String token = bench().driver().token();

        Created adopted = bench().driver().done(token, adopt(ref, id));

        SeenServer seen = bench().seen(id);
        assertEquals(adopted.ref(), seen.ref());
        assertEquals(Optional.of(token), seen.token());
        assertEquals(Optional.of(id), seen.server());
    }

    @Test
    default void o02_adoptAgainIsDoneAndUnderAnotherTokenAConflict() {
        String ref = stranger();
        ServerId id = bench().plan();
        String token = bench().driver().token();
        Created adopted = bench().driver().done(token, adopt(ref, id));

        assertEquals(adopted, bench().driver().done(token, adopt(ref, id)));
        bench().driver()
                .mustRefuse(
                        "Adopting what is ours under another token",
                        adopt(adopted.ref(), bench().plan()),
                        Kind.CONFLICT);
    }

    @Test
    default void o03_releaseTakesOurMarksOff() {
        String ref = stranger();
        ServerId id = bench().plan();
        Created adopted = bench().driver().done(adopt(ref, id));

        bench().driver().done(release(adopted.ref()));
        bench().driver().done(release(adopted.ref()));

        assertFalse(listed(adopted.ref()).managed(), "it is a stranger's again");
        assertEquals(Optional.empty(), bench().find(id));
    }
}
