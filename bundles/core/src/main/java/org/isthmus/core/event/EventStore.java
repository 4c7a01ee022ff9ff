// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.event;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.isthmus.api.Subject;
import org.isthmus.api.event.Event;
import org.isthmus.core.Json;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.EventId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;

/** All queries on events but the append. */
final class EventStore {
    private static final String COLUMNS =
            "id, sequence, organization, type, subject_kind, subject_id, occurred_at, data";
    /** Derby is told the index, lest it read all that was few when the statement was compiled; others read a comment. */
    private static final String OF_ONE =
            "--DERBY-PROPERTIES index=evt_of\n where organization = ? and sequence > ?" + " and sequence <= ?";

    private final Tx tx;
    private final Leases leases;

    /** The cursor of whoever gives numbers; no listener is called so. */
    private static final String NEWEST = "*";

    EventStore(Tx tx, Leases leases) {
        this.tx = tx;
        this.leases = leases;
    }

    /** Gives the next numbers to at most {@code most} committed events without one. Returns how many. */
    int sequence(Leases.Lease lease, int most) {
        return tx.retrying(() -> Sql.run(() -> {
            List<String> ids = new ArrayList<>();
            try (PreparedStatement select = tx.connection()
                            .prepareStatement("select id from evt_event where sequence is null order by id fetch first "
                                    + most + " rows only");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getString(1));
                }
            }
            if (ids.isEmpty()) {
                return 0;
            }
            leases.fence(lease);
            long next = newest();
            try (PreparedStatement update =
                    tx.connection().prepareStatement("update evt_event set sequence = ? where id = ?")) {
                for (String id : ids) {
                    next++;
                    Sql.bind(update, next, id).addBatch();
                }
                update.executeBatch();
            }
            moveCursor(NEWEST, next);
            return ids.size();
        }));
    }

    /**
     * The last number that was given. Kept as a cursor: of a column that may be null Derby finds the largest only by reading
     * all rows.
     */
    long newest() {
        return tx.read(() -> {
            long kept = cursor(NEWEST);
            return kept >= 0 ? kept : largest();
        });
    }

    /** For a database in which no number was given since cursors have it. */
    private long largest() {
        return Sql.run(() -> {
            try (PreparedStatement select = tx.connection().prepareStatement("select max(sequence) from evt_event");
                    ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0L;
            }
        });
    }

    List<Event> after(long sequence, int most) {
        return first(most, "where sequence > ?", sequence);
    }

    /** Of these organizations only: a page of each, as to have one of all the database would sort whatever they have. */
    List<Event> after(Set<OrganizationId> organizations, long sequence, int most) {
        // what comes between two queries is none's yet: a later event of one would hide an earlier one of another
        long last = organizations.size() > 1 ? newest() : Long.MAX_VALUE;
        return organizations.stream()
                .flatMap(each -> first(most, OF_ONE, each.value(), sequence, last).stream())
                .sorted(Comparator.comparingLong(Event::sequence))
                .limit(most)
                .toList();
    }

    private List<Event> first(int most, String condition, Object... values) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                            .prepareStatement("select " + COLUMNS + " from evt_event " + condition
                                    + " order by sequence fetch first " + most + " rows only");
                    ResultSet row = Sql.bind(select, values).executeQuery()) {
                List<Event> events = new ArrayList<>();
                while (row.next()) {
                    events.add(event(row));
                }
                return events;
            }
        }));
    }

    private static Event event(ResultSet row) throws SQLException {
        return new Event(
                new EventId(row.getString(1)),
                row.getLong(2),
                new OrganizationId(row.getString(3)),
                row.getString(4),
                new Subject(row.getString(5), row.getString(6)),
                Times.instant(row.getLong(7)),
                Json.read(row.getString(8)));
    }

    long cursor(String name) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select =
                            tx.connection().prepareStatement("select sequence from evt_cursor where name = ?");
                    ResultSet row = Sql.bind(select, name).executeQuery()) {
                return row.next() ? row.getLong(1) : -1L;
            }
        }));
    }

    void moveCursor(String name, long sequence) {
        tx.retrying(() -> Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update evt_cursor set sequence = ? where name = ? and sequence < ?")) {
                // never backwards: whoever lost the lease meanwhile comes late
                if (Sql.bind(update, sequence, name, sequence).executeUpdate() == 1 || cursor(name) >= 0) {
                    return null;
                }
            }
            try (PreparedStatement insert =
                    tx.connection().prepareStatement("insert into evt_cursor (name, sequence) values (?, ?)")) {
                Sql.bind(insert, name, sequence).executeUpdate();
            }
            return null;
        }));
    }
}
