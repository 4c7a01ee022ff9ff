// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.event;

import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.EventId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * A fact.
 *
 * @param sequence its place among all events: 1 and up, no gaps, the order in which they are dispatched
 * @param type a subject and a past tense, such as {@code server.started}
 * @param data short texts, no secrets
 */
public record Event(
        EventId id,
        long sequence,
        OrganizationId organization,
        String type,
        Subject subject,
        Instant at,
        Map<String, String> data) {
    public Event {
        data = Map.copyOf(data);
    }
}
