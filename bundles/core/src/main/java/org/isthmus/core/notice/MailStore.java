// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;

/** Mail that is to be sent. Plain JDBC. */
final class MailStore {
    private final Tx tx;

    /**
     * One of them.
     *
     * @param id of the event and the user: one mail for both of them, ever
     */
    record Queued(
            String id,
            OrganizationId organization,
            UserId user,
            String address,
            String subject,
            String text,
            Instant createdAt,
            int attempts) {}

    MailStore(Tx tx) {
        this.tx = tx;
    }

    private int change(String sql, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
                return Sql.bind(statement, values).executeUpdate();
            }
        });
    }

    /** Inside a transaction, as all but the reading. */
    void insert(Queued it) {
        change(
                "insert into ntc_mail (id, organization, user_id, address, subject, content, created_at, due_at, attempts)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, 0)",
                it.id(),
                it.organization().value(),
                it.user().value(),
                it.address(),
                it.subject(),
                it.text(),
                Times.micros(it.createdAt()),
                Times.micros(it.createdAt()));
    }

    List<Queued> due(Instant now, int most) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                            .prepareStatement("select id, organization, user_id, address, subject, content, created_at,"
                                    + " attempts from ntc_mail where due_at <= ? order by due_at, id fetch first "
                                    + most
                                    + " rows only");
                    ResultSet row = Sql.bind(select, Times.micros(now)).executeQuery()) {
                List<Queued> due = new ArrayList<>();
                while (row.next()) {
                    due.add(new Queued(
                            row.getString(1),
                            new OrganizationId(row.getString(2)),
                            new UserId(row.getString(3)),
                            row.getString(4),
                            row.getString(5),
                            row.getString(6),
                            Times.instant(row.getLong(7)),
                            row.getInt(8)));
                }
                return due;
            }
        }));
    }

    void again(String id, int attempts, Instant due) {
        change("update ntc_mail set attempts = ?, due_at = ? where id = ?", attempts, Times.micros(due), id);
    }

    void delete(String id) {
        change("delete from ntc_mail where id = ?", id);
    }
}
