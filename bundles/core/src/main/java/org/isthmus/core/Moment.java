// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.model.Ids.OrganizationId;

/**
 * The moment of a change and where to tell of it, whoever brings it about: the gate, a step of an operation, or a
 * reconciler. Lives as long as the transaction.
 */
public record Moment(Instant now, OrganizationId organization, Telling telling) {
    /** Takes an event for the running transaction. */
    @FunctionalInterface
    public interface Telling {
        void event(String type, Subject subject, Map<String, String> data);
    }

    public static Moment of(Change change) {
        return new Moment(change.now(), change.organization(), change::event);
    }

    public void event(String type, Subject subject, Map<String, String> data) {
        telling.event(type, subject, data);
    }

    public long micros() {
        return Times.micros(now);
    }
}
