// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.event;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears every event, in sequence, at least once: an OSGi service. The dispatcher keeps a cursor under {@link #name}, so a
 * listener that was away goes on where it was. An exception stops the cursor there; the event comes again, with back-off.
 */
@ConsumerType
public interface EventListener {
    /** The cursor's name, constant over versions. */
    String name();

    void on(Event event);
}
