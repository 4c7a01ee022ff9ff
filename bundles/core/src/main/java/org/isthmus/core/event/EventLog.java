// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.event;

import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.core.Json;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/** Writes events, in the transaction of what happened. */
public final class EventLog {
    private static final int MOST_DATA = 8000;

    private final Tx tx;
    private final Ids ids;
    private final Runnable afterCommit;

    /**
     * An event log.
     *
     * @param afterCommit wakes the sequencer; quick
     */
    public EventLog(Tx tx, Ids ids, Runnable afterCommit) {
        this.tx = tx;
        this.ids = ids;
        this.afterCommit = afterCommit;
    }

    /** Appends, inside the running transaction. Its sequence comes after the commit. */
    public void append(
            Instant now, OrganizationId organization, String type, Subject subject, Map<String, String> data) {
        String json = Json.write(data);
        if (json.length() > MOST_DATA) {
            throw new IllegalArgumentException("An event's data has at most 8000 characters: " + type);
        }
        Sql.run(() -> {
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement(
                            "insert into evt_event (id, sequence, organization, type, subject_kind, subject_id,"
                                    + " occurred_at, data) values (?, null, ?, ?, ?, ?, ?, ?)")) {
                Sql.bind(
                                insert,
                                ids.event().value(),
                                organization.value(),
                                type,
                                subject.kind(),
                                subject.id(),
                                Times.micros(now),
                                json)
                        .executeUpdate();
            }
            return null;
        });
        tx.afterCommit(afterCommit);
    }
}
