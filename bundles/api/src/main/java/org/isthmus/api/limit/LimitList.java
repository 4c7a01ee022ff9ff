// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.limit;

import java.time.Instant;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/** The limits of an organization's users, by user. */
@ProviderType
public interface LimitList {
    /**
     * The users who deployed something in the present UTC day, and what is left to them; those who have not are left out:
     * they have all of {@code deploymentsPerDay}.
     */
    Page<LimitView> list(Caller caller, Ref organization, Query query);

    /**
     * Deployments of a user in a UTC day.
     *
     * @param used finished and running ones; failed ones are given back
     * @param left never below zero
     * @param resetsAt the next midnight UTC
     */
    record LimitView(Subject subject, int deploymentsPerDay, int used, int left, Instant resetsAt) {}
}
