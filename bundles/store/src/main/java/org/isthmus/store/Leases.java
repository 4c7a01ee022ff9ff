// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store;

import java.time.Duration;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Rows that one process at a time holds, for what must have a single doer among several controllers. */
@ProviderType
public interface Leases {
    /**
     * Takes or renews the lease. A transaction of its own.
     *
     * @param name of what is leased: 1 to 60 characters
     * @param holder this process: 1 to 100 characters
     * @return the lease, or empty while another holds it
     */
    Optional<Lease> hold(String name, String holder, Duration length);

    /**
     * Checks, inside the running transaction, that the lease is still the newest, and locks its row: whoever took over
     * meanwhile makes this throw CONFLICT, so that a late holder writes nothing.
     */
    void fence(Lease lease);

    /** Who has it or, when nobody has, had it last; empty when nobody ever had. A transaction of its own. */
    Optional<Lease> last(String name);

    /** Gives it back, so that the next does not wait. */
    void release(Lease lease);

    /**
     * A held lease.
     *
     * @param fence grows each time the holder changes
     */
    record Lease(String name, String holder, long fence) {}
}
