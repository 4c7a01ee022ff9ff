// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.event;

import java.time.Duration;
import java.util.List;
import org.isthmus.api.Caller;
import org.osgi.annotation.versioning.ProviderType;

/** Events as a stream with a cursor. */
@ProviderType
public interface Events {
    /**
     * The events after a sequence number that the caller may see, oldest first; waits up to {@code longest} (0 to 60 s)
     * when there are none yet. At most {@code max} (1 to 1000).
     */
    List<Event> after(Caller caller, long sequence, int max, Duration longest);

    /** The sequence number of the newest event; 0 when there is none. */
    long newest();
}
