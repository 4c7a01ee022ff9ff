// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

/** What the facets' contracts share: the bench of the test that is running. */
interface FacetContract {
    /** Opened before each test. */
    ComputeBench bench();

    /** A reference of a server that was there and is gone. */
    default String goneRef() {
        ComputeBench.Made made = bench().create();
        bench().delete(made.id(), java.util.Optional.of(made.ref()));
        return made.ref();
    }
}
