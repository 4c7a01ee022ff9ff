// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.webhook.Webhooks.Delivery;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Times;
import org.isthmus.core.operation.CallerText;
import org.isthmus.model.Ids.EventId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.WebhookId;
import org.isthmus.model.Name;
import org.isthmus.store.Tx;

/** All queries on webhooks. Plain JDBC. */
final class WebhookStore {
    private static final String COLUMNS =
            "id, organization, name, url, secret, patterns, enabled, owner, created_at, created_by, version, sequence,"
                    + " suspended, failures, failing_since, last_event, last_sequence, last_type, last_at, last_attempt,"
                    + " last_delivered, last_status, last_error";

    private final Tx tx;

    WebhookStore(Tx tx) {
        this.tx = tx;
    }

    private int change(String sql, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
                return Sql.bind(statement, values).executeUpdate();
            }
        });
    }

    private <T> List<T> query(String sql, RowStore.Mapper<T> mapper, Object... values) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql);
                    ResultSet result = Sql.bind(statement, values).executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(mapper.map(result));
                }
                return rows;
            }
        }));
    }

    private List<Webhook> all(String condition, Object... values) {
        return query("select " + COLUMNS + " from whk_webhook where " + condition, WebhookStore::webhook, values);
    }

    private static Webhook webhook(ResultSet row) throws SQLException {
        long since = row.getLong(15);
        Optional<Instant> failingSince = row.wasNull() ? Optional.empty() : Optional.of(Times.instant(since));
        return new Webhook(
                new WebhookId(row.getString(1)),
                new OrganizationId(row.getString(2)),
                new Name(row.getString(3)),
                row.getString(4),
                row.getString(5),
                row.getString(6).isEmpty()
                        ? List.of()
                        : List.of(row.getString(6).split(" ")),
                row.getBoolean(7),
                CallerText.read(row.getString(8)),
                Times.instant(row.getLong(9)),
                row.getString(10),
                row.getLong(11),
                row.getLong(12),
                Optional.ofNullable(row.getString(13)),
                row.getInt(14),
                failingSince,
                row.getString(16) == null ? Optional.empty() : Optional.of(delivery(row)));
    }

    private static Delivery delivery(ResultSet row) throws SQLException {
        int status = row.getInt(22);
        Optional<Integer> answered = row.wasNull() ? Optional.empty() : Optional.of(status);
        return new Delivery(
                new EventId(row.getString(16)),
                row.getLong(17),
                row.getString(18),
                Times.instant(row.getLong(19)),
                row.getInt(20),
                row.getBoolean(21),
                answered,
                Optional.ofNullable(row.getString(23)));
    }

    /** By id or name. */
    Optional<Webhook> find(OrganizationId organization, Ref ref) {
        return all(
                        (ref.isId(WebhookId.PREFIX) ? "id" : "name") + " = ? and organization = ?",
                        ref.text(),
                        organization.value())
                .stream()
                .findFirst();
    }

    /** When it is time to look at it. */
    Optional<Webhook> due(WebhookId id, Instant now) {
        return all("id = ? and due_at <= ?", id.value(), Times.micros(now)).stream()
                .findFirst();
    }

    /** By name, after one. */
    List<Webhook> page(OrganizationId organization, String after, int most) {
        return all(
                "organization = ? and name > ? order by name fetch first " + most + " rows only",
                organization.value(),
                after);
    }

    int count(OrganizationId organization) {
        return query(
                        "select count(*) from whk_webhook where organization = ?",
                        row -> row.getInt(1),
                        organization.value())
                .get(0);
    }

    /** What is due to be looked at, and the last event it is done with. */
    record Due(WebhookId id, long sequence) {}

    List<Due> due(Instant now) {
        return query(
                "select id, sequence from whk_webhook where due_at <= ? order by due_at, id",
                row -> new Due(new WebhookId(row.getString(1)), row.getLong(2)),
                Times.micros(now));
    }

    void insert(Webhook it) {
        change(
                "insert into whk_webhook (id, organization, name, url, secret, patterns, enabled, owner, created_at,"
                        + " created_by, version, sequence, due_at, failures) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                        + " ?, 0)",
                it.id().value(),
                it.organization().value(),
                it.name().value(),
                it.url(),
                it.secret(),
                String.join(" ", it.patterns()),
                it.enabled(),
                CallerText.write(it.owner()),
                Times.micros(it.createdAt()),
                it.createdBy(),
                it.version(),
                it.sequence(),
                it.enabled() ? Times.micros(it.createdAt()) : Nothing.LONG);
    }

    /** As somebody wants it; whatever was in its way is forgotten. False when it is not at the version before. */
    boolean change(Webhook it, Instant now) {
        return change(
                        "update whk_webhook set name = ?, url = ?, secret = ?, patterns = ?, enabled = ?, owner = ?,"
                                + " version = ?, due_at = ?, suspended = null, failures = 0, failing_since = null"
                                + " where id = ? and version = ?",
                        it.name().value(),
                        it.url(),
                        it.secret(),
                        String.join(" ", it.patterns()),
                        it.enabled(),
                        CallerText.write(it.owner()),
                        it.version(),
                        it.enabled() ? Times.micros(now) : Nothing.LONG,
                        it.id().value(),
                        it.version() - 1)
                == 1;
    }

    boolean delete(WebhookId id) {
        return change("delete from whk_webhook where id = ?", id.value()) == 1;
    }

    /** Nothing up to here was for it. Inside a transaction, as all below. */
    void pass(WebhookId id, long sequence) {
        change("update whk_webhook set sequence = ? where id = ? and sequence < ?", sequence, id.value(), sequence);
    }

    void delivered(WebhookId id, Delivery delivery) {
        attempted(id, delivery, "sequence = ?, failures = 0, failing_since = null", delivery.sequence());
    }

    /** It is looked at again at that time. */
    void failed(WebhookId id, Delivery delivery, int failures, Instant since, Instant again) {
        attempted(
                id,
                delivery,
                "failures = ?, failing_since = ?, due_at = ?",
                failures,
                Times.micros(since),
                Times.micros(again));
    }

    private void attempted(WebhookId id, Delivery it, String rest, Object... values) {
        List<Object> all = new ArrayList<>(List.of(
                it.event().value(),
                it.sequence(),
                it.type(),
                Times.micros(it.at()),
                it.attempt(),
                it.delivered(),
                it.status().<Object>map(status -> status).orElse(Nothing.INTEGER),
                it.error().<Object>map(error -> error).orElse(Nothing.TEXT)));
        all.addAll(List.of(values));
        all.add(id.value());
        change(
                "update whk_webhook set last_event = ?, last_sequence = ?, last_type = ?, last_at = ?, last_attempt = ?,"
                        + " last_delivered = ?, last_status = ?, last_error = ?, " + rest
                        + " where id = ? and due_at is not null",
                all.toArray());
    }

    /** It delivers nothing until somebody changes it. False when it did not anyway, or was changed meanwhile. */
    boolean suspend(Webhook it, String reason) {
        return change(
                        "update whk_webhook set suspended = ?, due_at = null where id = ? and version = ?"
                                + " and due_at is not null",
                        reason,
                        it.id().value(),
                        it.version())
                == 1;
    }
}
