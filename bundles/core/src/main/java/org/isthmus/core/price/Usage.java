// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.price;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.api.price.Item;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/**
 * Usage intervals, half-open: what a subject uses from a moment on, until another. Said declaratively, in the transaction of
 * the state change, so that neither a crash nor a repetition loses or doubles a second.
 */
public final class Usage {
    private final Tx tx;
    private final Ids ids;
    private final Follower follower;

    /**
     * Usage.
     *
     * @param follower keeps accounts of it
     */
    public Usage(Tx tx, Ids ids, Follower follower) {
        this.tx = tx;
        this.ids = ids;
        this.follower = follower;
    }

    /** Whoever keeps accounts of what is used. */
    @FunctionalInterface
    public interface Follower {
        /** What a subject uses changes like this. Called in the transaction of it, before the intervals are written. */
        void follow(Instant now, OrganizationId organization, Subject subject, List<Turn> turns);
    }

    /**
     * From a moment on so much more of an item is used, or less.
     *
     * @param more negative for less
     * @param at microseconds since 1970 UTC
     */
    public record Turn(Item item, long more, long at) {}

    private record Open(String id, long quantity, long from) {}

    /**
     * From now on the subject uses exactly this: what differs is closed and opened, what is equal goes on. Quantities of
     * zero are as absent. Inside a transaction.
     */
    public void set(Instant now, OrganizationId organization, Subject subject, Map<Item, Long> quantities) {
        long at = Times.micros(now);
        Sql.run(() -> {
            Map<Item, Open> open = open(subject);
            List<Open> ended = new ArrayList<>();
            Map<Item, Long> begun = new EnumMap<>(Item.class);
            List<Turn> turns = new ArrayList<>();
            for (Item item : Item.values()) {
                long wanted = quantities.getOrDefault(item, 0L);
                Open is = open.get(item);
                if (is != null && is.quantity() == wanted) {
                    continue;
                }
                if (is != null) {
                    ended.add(is);
                    turns.add(new Turn(item, -is.quantity(), Math.max(at, is.from())));
                }
                if (wanted > 0) {
                    begun.put(item, wanted);
                    turns.add(new Turn(item, wanted, at));
                }
            }
            if (!turns.isEmpty()) {
                follower.follow(now, organization, subject, turns);
            }
            for (Open each : ended) {
                close(each, at);
            }
            begin(at, organization, subject, begun);
            return null;
        });
    }

    private Map<Item, Open> open(Subject subject) throws java.sql.SQLException {
        Map<Item, Open> open = new EnumMap<>(Item.class);
        try (PreparedStatement select = tx.connection()
                .prepareStatement("select id, item, quantity, from_at from usg_interval where subject_id = ?"
                        + " and subject_kind = ? and until_at is null")) {
            try (ResultSet rows = Sql.bind(select, subject.id(), subject.kind()).executeQuery()) {
                while (rows.next()) {
                    open.put(
                            Item.valueOf(rows.getString(2)),
                            new Open(rows.getString(1), rows.getLong(3), rows.getLong(4)));
                }
            }
        }
        return open;
    }

    private void close(Open open, long at) throws java.sql.SQLException {
        // an interval of no length says nothing and is taken back
        String sql = open.from() >= at
                ? "delete from usg_interval where id = ? and from_at >= ?"
                : "update usg_interval set until_at = ? where id = ?";
        try (PreparedStatement change = tx.connection().prepareStatement(sql)) {
            if (open.from() >= at) {
                Sql.bind(change, open.id(), at).executeUpdate();
            } else {
                Sql.bind(change, at, open.id()).executeUpdate();
            }
        }
    }

    private void begin(long at, OrganizationId organization, Subject subject, Map<Item, Long> begun)
            throws java.sql.SQLException {
        if (begun.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = tx.connection()
                .prepareStatement(
                        "insert into usg_interval (id, organization, subject_kind, subject_id, item, quantity,"
                                + " from_at, until_at) values (?, ?, ?, ?, ?, ?, ?, null)")) {
            for (Map.Entry<Item, Long> each : begun.entrySet()) {
                Sql.bind(
                                insert,
                                ids.usage().value(),
                                organization.value(),
                                subject.kind(),
                                subject.id(),
                                each.getKey().name(),
                                each.getValue(),
                                at)
                        .executeUpdate();
            }
        }
    }
}
