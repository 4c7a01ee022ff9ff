// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Subject;

/** What a step's effect gets: the moment, and where to tell. Lives as long as the cursor's transaction. */
public interface StepChange {
    /** The moment of the change: one for all rows of it, usage intervals included. */
    Instant now();

    void event(String type, Subject subject, Map<String, String> data);
}
