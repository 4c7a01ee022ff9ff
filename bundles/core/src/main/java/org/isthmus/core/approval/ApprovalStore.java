// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.Approvals.State;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.core.Sql;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Times;
import org.isthmus.core.operation.CallerText;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** Requests, and the places that deletions take. Plain JDBC. */
final class ApprovalStore {
    private static final String COLUMNS =
            "id, organization, operation, action, subject_kind, subject_id, asker, command_type, command, reasons,"
                    + " currency, estimate, for_money, state, expires_at, decided_by, decided_at, decision_note,"
                    + " created_at, version";

    private final Tx tx;

    ApprovalStore(Tx tx) {
        this.tx = tx;
    }

    /** Inside a transaction. */
    void insert(Request it) {
        Sql.run(() -> {
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement("insert into apr_approval (" + COLUMNS + ", created_by) values"
                            + " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                return Sql.bind(
                                insert,
                                it.id().value(),
                                it.organization().value(),
                                it.operation().value(),
                                it.action(),
                                it.subject().kind(),
                                it.subject().id(),
                                CallerText.write(it.asker()),
                                it.commandType(),
                                it.command(),
                                String.join("\n", it.reasons()),
                                it.estimate().hourly().currency(),
                                text(it.estimate()),
                                it.money(),
                                it.state().name(),
                                Times.micros(it.expiresAt()),
                                Nothing.TEXT,
                                Nothing.LONG,
                                Nothing.TEXT,
                                Times.micros(it.createdAt()),
                                it.version(),
                                it.asker().username())
                        .executeUpdate();
            }
        });
    }

    Optional<Request> find(ApprovalId id) {
        return tx.read(() -> query("where id = ?", id.value())).stream().findFirst();
    }

    Optional<Request> of(OperationId operation) {
        return tx.read(() -> query("where operation = ?", operation.value())).stream()
                .findFirst();
    }

    /** Newest first, below an id. */
    List<Request> list(OrganizationId organization, Optional<State> state, Optional<String> below, int most) {
        List<Object> values = new ArrayList<>(List.of(organization.value()));
        StringBuilder where = new StringBuilder("where organization = ?");
        state.ifPresent(wanted -> {
            where.append(" and state = ?");
            values.add(wanted.name());
        });
        below.ifPresent(id -> {
            where.append(" and id < ?");
            values.add(id);
        });
        return tx.read(() -> query(where + " order by id desc fetch first " + most + " rows only", values.toArray()));
    }

    /** What waits for longer than it may, and what was approved: somebody has to go on with it. */
    List<Request> due(Instant now, int most) {
        List<Request> due = new ArrayList<>();
        tx.read(() -> {
            due.addAll(query(
                    "where state = ? and expires_at <= ? order by expires_at fetch first " + most + " rows only",
                    State.WAITING.name(),
                    Times.micros(now)));
            due.addAll(query(
                    "where state = ? order by expires_at fetch first " + most + " rows only", State.APPROVED.name()));
            return due;
        });
        return due;
    }

    /** One moves on, when it still is as said; false when somebody else was first. Inside a transaction. */
    boolean move(
            ApprovalId id, State from, State to, Optional<String> by, Optional<Instant> at, Optional<String> comment) {
        boolean over = to != State.APPROVED;
        return Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update apr_approval set state = ?, version = version + 1"
                            + (by.isPresent() ? ", decided_by = ?, decided_at = ?" : "")
                            + (comment.isPresent() ? ", decision_note = ?" : "")
                            // what was asked for may hold secrets: it is not kept for longer than it is needed
                            + (over ? ", command = ''" : "") + " where id = ? and state = ?")) {
                List<Object> values = new ArrayList<>(List.of(to.name()));
                by.ifPresent(values::add);
                at.map(Times::micros).ifPresent(values::add);
                comment.ifPresent(values::add);
                values.add(id.value());
                values.add(from.name());
                return Sql.bind(update, values.toArray()).executeUpdate() == 1;
            }
        });
    }

    private List<Request> query(String condition, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement select =
                            tx.connection().prepareStatement("select " + COLUMNS + " from apr_approval " + condition);
                    ResultSet row = Sql.bind(select, values).executeQuery()) {
                List<Request> all = new ArrayList<>();
                while (row.next()) {
                    all.add(request(row));
                }
                return all;
            }
        });
    }

    private static Request request(ResultSet row) throws SQLException {
        long decided = row.getLong("decided_at");
        boolean undecided = row.wasNull();
        return new Request(
                new ApprovalId(row.getString("id")),
                new OrganizationId(row.getString("organization")),
                new OperationId(row.getString("operation")),
                row.getString("action"),
                new Subject(row.getString("subject_kind"), row.getString("subject_id")),
                CallerText.read(row.getString("asker")),
                row.getString("command_type"),
                Optional.ofNullable(row.getString("command")).orElse(""),
                List.of(row.getString("reasons").split("\n", -1)),
                estimate(row.getString("currency"), row.getString("estimate")),
                row.getBoolean("for_money"),
                State.valueOf(row.getString("state")),
                Times.instant(row.getLong("expires_at")),
                Optional.ofNullable(row.getString("decided_by")),
                undecided ? Optional.empty() : Optional.of(Times.instant(decided)),
                Optional.ofNullable(row.getString("decision_note")),
                Times.instant(row.getLong("created_at")),
                row.getLong("version"));
    }

    private static String text(Estimate estimate) {
        return estimate.items().stream()
                .map(line -> line.item().name() + " " + line.quantity() + " "
                        + line.hourly().amount().toPlainString())
                .collect(Collectors.joining("\n"));
    }

    private static Estimate estimate(String currency, String text) {
        List<Estimate.Line> lines = new ArrayList<>();
        for (String line : text == null || text.isEmpty() ? new String[0] : text.split("\n", -1)) {
            String[] parts = line.split(" ", -1);
            lines.add(new Estimate.Line(
                    Item.valueOf(parts[0]),
                    Long.parseLong(parts[1]),
                    new Money(new java.math.BigDecimal(parts[2]), currency)));
        }
        return Estimate.of(currency, lines);
    }

    /** Makes the places of a person, in transactions of their own, so that {@link #take} only updates. */
    void places(String person, int most) {
        int there = tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select =
                            tx.connection().prepareStatement("select count(*) from apr_deletion where person = ?");
                    ResultSet row = Sql.bind(select, person).executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        }));
        for (int place = there; place < most; place++) {
            int number = place;
            try {
                tx.retrying(() -> Sql.run(() -> {
                    try (PreparedStatement insert = tx.connection()
                            .prepareStatement("insert into apr_deletion (person, place, taken_at) values (?, ?, 0)")) {
                        return Sql.bind(insert, person, number).executeUpdate();
                    }
                }));
            } catch (TxException e) {
                if (e.kind() != TxException.Kind.DUPLICATE) {
                    throw e;
                }
                // another request of the same person made it
            }
        }
    }

    /** Whether one of a person's first places is free. */
    boolean free(String person, int most, long since) {
        return !freePlaces(person, most, since).isEmpty();
    }

    /** Takes one that is free; false when there is none. Inside a transaction. */
    boolean take(String person, int most, long since, long now) {
        for (int place : freePlaces(person, most, since)) {
            int changed = Sql.run(() -> {
                try (PreparedStatement update = tx.connection()
                        .prepareStatement("update apr_deletion set taken_at = ? where person = ? and place = ?"
                                + " and taken_at <= ?")) {
                    return Sql.bind(update, now, person, place, since).executeUpdate();
                }
            });
            if (changed == 1) {
                return true;
            }
        }
        return false;
    }

    private List<Integer> freePlaces(String person, int most, long since) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                            .prepareStatement("select place from apr_deletion where person = ? and place < ?"
                                    + " and taken_at <= ? order by place");
                    ResultSet row = Sql.bind(select, person, most, since).executeQuery()) {
                List<Integer> free = new ArrayList<>();
                while (row.next()) {
                    free.add(row.getInt(1));
                }
                return free;
            }
        }));
    }
}
