// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.AccessReviews.LineState;
import org.isthmus.api.identity.AccessReviews.ReviewLineView;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.State;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ReviewId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of reviews and of their lines. Plain JDBC: a review can have many thousands. */
@Component(service = ReviewStore.class)
public final class ReviewStore {
    private static final int BATCH = 500;
    /** A line that nobody decided, and whose grant is there. */
    private static final String UNDECIDED =
            "l.state = 'OPEN' AND EXISTS (SELECT 1 FROM idn_grant g WHERE g.id = l.grant_id)";

    private static final String SELECT = "SELECT r.id, r.organization, r.name, r.scope_kind, r.scope_id, r.reviewers,"
            + " r.state, r.due_at, r.closed_at, r.closed_by, r.created_at, r.created_by, r.version,"
            + " (SELECT COUNT(*) FROM idn_review_line l WHERE l.review = r.id),"
            + " (SELECT COUNT(*) FROM idn_review_line l WHERE l.review = r.id AND " + UNDECIDED + ")"
            + " FROM idn_review r WHERE ";
    private static final String LINES = "SELECT l.grant_id, l.subject_kind, l.subject_id, l.subject_name, l.role,"
            + " l.role_name, l.actions, l.scope_kind, l.scope_id, l.from_at, l.until_at, l.granted_at, l.granted_by,"
            + " l.state, l.reason, l.decided_by, l.decided_at, g.id FROM idn_review_line l LEFT JOIN idn_grant g"
            + " ON g.id = l.grant_id WHERE ";

    private final Tx tx;

    @Activate
    public ReviewStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /** A line, and the role as grants name it. */
    public record Line(ReviewLineView view, String role) {}

    /** By id or name. */
    public Optional<ReviewView> resolve(OrganizationId organization, Ref ref, Instant now) {
        return reviews(
                        (ref.isId(ReviewId.PREFIX) ? "r.id" : "r.name") + " = ? AND r.organization = ?",
                        1,
                        now,
                        ref.text(),
                        organization.value())
                .stream()
                .findFirst();
    }

    /** The oldest first. Filters: name, state. */
    public Page<ReviewView> list(OrganizationId organization, Query query, Instant now) {
        Map<String, String> filters = Selection.filters(query, Set.of("name", "state"));
        StringBuilder condition = new StringBuilder("r.organization = ? AND r.id > ?");
        List<String> values = new ArrayList<>(
                List.of(organization.value(), Cursor.key(query.page()).orElse("")));
        filters.forEach((field, value) -> {
            condition.append(" AND r.").append(field).append(" = ?");
            values.add(field.equals("state") ? value.toUpperCase(Locale.ROOT) : value);
        });
        int limit = query.page().limit();
        return Page.of(
                reviews(condition + " ORDER BY r.id", limit + 1, now, values.toArray(String[]::new)),
                limit,
                view -> Cursor.after(view.id().value()));
    }

    /** Open ones whose time is over, of which nobody was told: at most so many. */
    public List<ReviewView> overdue(Instant now, int most) {
        String condition = "r.state = 'OPEN' AND r.overdue_told = ? AND r.due_at <= ? ORDER BY r.due_at";
        return Jdbc.read(tx, SELECT + condition, query -> {
            query.setBoolean(1, false);
            query.setLong(2, Micros.of(now));
            query.setMaxRows(most);
            return reviews(query, now);
        });
    }

    /** True the first time. */
    public boolean told(ReviewId review) {
        return Jdbc.write(
                tx,
                "UPDATE idn_review SET overdue_told = ? WHERE id = ? AND overdue_told = ? AND state = 'OPEN'",
                update -> {
                    update.setBoolean(1, true);
                    update.setString(2, review.value());
                    update.setBoolean(3, false);
                    return update.executeUpdate() == 1;
                });
    }

    public void insert(ReviewView review, List<Line> lines) {
        tx.execute(() -> {
            Jdbc.write(
                    tx,
                    "INSERT INTO idn_review (id, organization, name, scope_kind, scope_id, reviewers, state, due_at,"
                            + " overdue_told, created_at, created_by, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    insert -> {
                        insert.setString(1, review.id().value());
                        insert.setString(2, review.organization().value());
                        insert.setString(3, review.name().value());
                        insert.setString(4, review.scope().kind());
                        insert.setString(5, review.scope().id());
                        insert.setString(
                                6,
                                review.reviewers().stream()
                                        .map(UserId::value)
                                        .sorted()
                                        .collect(Collectors.joining(" ")));
                        insert.setString(7, review.state().name());
                        insert.setLong(8, Micros.of(review.dueAt()));
                        insert.setBoolean(9, false);
                        insert.setLong(10, Micros.of(review.createdAt()));
                        insert.setString(11, review.createdBy());
                        insert.setLong(12, review.version());
                        return insert.executeUpdate();
                    });
            insertLines(review, lines);
        });
    }

    private void insertLines(ReviewView review, List<Line> lines) {
        String sql = "INSERT INTO idn_review_line (review, grant_id, organization, subject_kind, subject_id,"
                + " subject_name, role, role_name, actions, scope_kind, scope_id, from_at, until_at, granted_at,"
                + " granted_by, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'OPEN')";
        Jdbc.write(tx, sql, insert -> {
            int waiting = 0;
            for (Line line : lines) {
                fill(insert, review, line);
                insert.addBatch();
                if (++waiting % BATCH == 0) {
                    insert.executeBatch();
                }
            }
            insert.executeBatch();
            return waiting;
        });
    }

    private static void fill(PreparedStatement insert, ReviewView review, Line line) throws SQLException {
        ReviewLineView view = line.view();
        insert.setString(1, review.id().value());
        insert.setString(2, view.grant().value());
        insert.setString(3, review.organization().value());
        insert.setString(4, view.subject().kind());
        insert.setString(5, view.subject().id());
        insert.setString(6, view.subjectName());
        insert.setString(7, line.role());
        insert.setString(8, view.role());
        insert.setString(9, Actions.text(view.actions()));
        insert.setString(10, view.scope().kind());
        insert.setString(11, view.scope().id());
        setMaybe(insert, 12, view.from());
        setMaybe(insert, 13, view.until());
        insert.setLong(14, Micros.of(view.grantedAt()));
        insert.setString(15, view.grantedBy());
    }

    private static void setMaybe(PreparedStatement statement, int column, Optional<Instant> time) throws SQLException {
        if (time.isPresent()) {
            statement.setLong(column, Micros.of(time.get()));
        } else {
            statement.setNull(column, Types.BIGINT);
        }
    }

    /** Lets nobody else decide in it or close it until the end of the transaction. False when it is not open any more. */
    public boolean lock(ReviewId review) {
        return Jdbc.write(
                tx, "UPDATE idn_review SET version = version + 1 WHERE id = ? AND state = 'OPEN'", statement -> {
                    statement.setString(1, review.value());
                    return statement.executeUpdate() == 1;
                });
    }

    /** What was decided of a line; false when it was decided before. */
    public boolean decide(ReviewId review, GrantId grant, LineState state, String reason, String by, Instant at) {
        return Jdbc.write(
                tx,
                "UPDATE idn_review_line SET state = ?, reason = ?, decided_by = ?, decided_at = ? WHERE review = ?"
                        + " AND grant_id = ? AND state = 'OPEN'",
                update -> {
                    update.setString(1, state.name());
                    update.setString(2, reason);
                    update.setString(3, by);
                    update.setLong(4, Micros.of(at));
                    update.setString(5, review.value());
                    update.setString(6, grant.value());
                    return update.executeUpdate() == 1;
                });
    }

    /** Closed, in a transaction that has {@link #lock locked} it. */
    public void close(ReviewId review, String by, Instant at) {
        tx.execute(() -> {
            Jdbc.write(
                    tx,
                    "UPDATE idn_review_line SET state = 'GONE' WHERE review = ? AND state = 'OPEN' AND NOT EXISTS"
                            + " (SELECT 1 FROM idn_grant g WHERE g.id = idn_review_line.grant_id)",
                    update -> {
                        update.setString(1, review.value());
                        return update.executeUpdate();
                    });
            Jdbc.write(
                    tx, "UPDATE idn_review SET state = 'CLOSED', closed_at = ?, closed_by = ? WHERE id = ?", update -> {
                        update.setLong(1, Micros.of(at));
                        update.setString(2, by);
                        update.setString(3, review.value());
                        return update.executeUpdate();
                    });
        });
    }

    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> {
            for (String table : List.of("idn_review_line", "idn_review")) {
                Jdbc.write(tx, "DELETE FROM " + table + " WHERE organization = ?", delete -> {
                    delete.setString(1, organization.value());
                    return delete.executeUpdate();
                });
            }
        });
    }

    public Optional<Line> line(ReviewId review, GrantId grant) {
        return lines("l.review = ? AND l.grant_id = ?", 1, review.value(), grant.value()).stream()
                .findFirst();
    }

    /** By grant. Filters: state, subject. */
    public Page<Line> lines(ReviewId review, Query query) {
        Map<String, String> filters = Selection.filters(query, Set.of("state", "subject"));
        StringBuilder condition = new StringBuilder("l.review = ? AND l.grant_id > ?");
        List<String> values =
                new ArrayList<>(List.of(review.value(), Cursor.key(query.page()).orElse("")));
        Optional.ofNullable(filters.get("subject")).ifPresent(subject -> {
            condition.append(" AND l.subject_id = ?");
            values.add(subject);
        });
        Optional.ofNullable(filters.get("state"))
                .map(ReviewStore::lineState)
                .ifPresent(state -> condition.append(
                        switch (state) {
                            case OPEN -> " AND l.state = 'OPEN' AND g.id IS NOT NULL";
                            case GONE -> " AND (l.state = 'GONE' OR (l.state = 'OPEN' AND g.id IS NULL))";
                            case KEPT, REVOKED -> " AND l.state = '" + state.name() + "'";
                        }));
        int limit = query.page().limit();
        return Page.of(
                lines(condition + " ORDER BY l.grant_id", limit + 1, values.toArray(String[]::new)),
                limit,
                line -> Cursor.after(line.view().grant().value()));
    }

    private static LineState lineState(String text) {
        try {
            return LineState.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("state", "state is one of " + List.of(LineState.values()) + ".");
        }
    }

    /**
     * The grants to look at, with what they are to be called: of a role, to these subjects, or all.
     *
     * @param role as grants name it
     * @param most and one more, when there are more
     */
    public List<Line> toReview(OrganizationId organization, Optional<String> role, Optional<Set<String>> to, int most) {
        String sql = "SELECT g.id, g.subject_kind, g.subject_id, COALESCE(u.username, d.name, p.name, g.subject_id),"
                + " g.role, g.role, '', g.scope_kind, g.scope_id, g.from_at, g.until_at, g.created_at, g.created_by,"
                + " 'OPEN', CAST(NULL AS VARCHAR(500)), CAST(NULL AS VARCHAR(200)), CAST(NULL AS BIGINT), g.id"
                + " FROM idn_grant g LEFT JOIN idn_user u ON u.id = g.subject_id"
                + " LEFT JOIN idn_department d ON d.id = g.subject_id LEFT JOIN idn_group p ON p.id = g.subject_id"
                + " WHERE g.organization = ? AND g.break_glass IS NULL" + (role.isPresent() ? " AND g.role = ?" : "")
                + " ORDER BY g.id";
        return Jdbc.read(tx, sql, query -> {
            query.setString(1, organization.value());
            if (role.isPresent()) {
                query.setString(2, role.get());
            }
            List<Line> lines = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next() && lines.size() <= most) {
                    Line line = line(rows);
                    if (to.filter(subjects ->
                                    !subjects.contains(line.view().subject().id()))
                            .isEmpty()) {
                        lines.add(line);
                    }
                }
            }
            return lines;
        });
    }

    /** The people of these departments. */
    public Set<String> peopleOf(OrganizationId organization, Set<String> departments) {
        return Jdbc.read(
                tx, "SELECT id, department FROM idn_user WHERE organization = ? AND department IS NOT NULL", query -> {
                    query.setString(1, organization.value());
                    Set<String> people = new java.util.HashSet<>();
                    try (ResultSet rows = query.executeQuery()) {
                        while (rows.next()) {
                            if (departments.contains(rows.getString(2))) {
                                people.add(rows.getString(1));
                            }
                        }
                    }
                    return people;
                });
    }

    private List<Line> lines(String condition, int most, String... values) {
        return Jdbc.read(tx, LINES + condition, query -> {
            for (int i = 0; i < values.length; i++) {
                query.setString(i + 1, values[i]);
            }
            query.setMaxRows(most);
            List<Line> lines = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    lines.add(line(rows));
                }
            }
            return lines;
        });
    }

    private static Line line(ResultSet rows) throws SQLException {
        LineState kept = LineState.valueOf(rows.getString(14));
        boolean there = rows.getString(18) != null;
        return new Line(
                new ReviewLineView(
                        new GrantId(rows.getString(1)),
                        new Subject(rows.getString(2), rows.getString(3)),
                        rows.getString(4),
                        rows.getString(6),
                        Actions.of(rows.getString(7)),
                        new Subject(rows.getString(8), rows.getString(9)),
                        maybe(rows, 10),
                        maybe(rows, 11),
                        Micros.toInstant(rows.getLong(12)),
                        rows.getString(13),
                        false,
                        kept == LineState.OPEN && !there ? LineState.GONE : kept,
                        Optional.ofNullable(rows.getString(15)),
                        Optional.ofNullable(rows.getString(16)),
                        maybe(rows, 17)),
                rows.getString(5));
    }

    private static Optional<Instant> maybe(ResultSet rows, int column) throws SQLException {
        long value = rows.getLong(column);
        return rows.wasNull() ? Optional.empty() : Optional.of(Micros.toInstant(value));
    }

    private List<ReviewView> reviews(String condition, int most, Instant now, String... values) {
        return Jdbc.read(tx, SELECT + condition, query -> {
            for (int i = 0; i < values.length; i++) {
                query.setString(i + 1, values[i]);
            }
            query.setMaxRows(most);
            return reviews(query, now);
        });
    }

    private static List<ReviewView> reviews(PreparedStatement query, Instant now) throws SQLException {
        List<ReviewView> reviews = new ArrayList<>();
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                State state = State.valueOf(rows.getString(7));
                Instant due = Micros.toInstant(rows.getLong(8));
                long undecided = rows.getLong(15);
                reviews.add(new ReviewView(
                        new ReviewId(rows.getString(1)),
                        new OrganizationId(rows.getString(2)),
                        new Name(rows.getString(3)),
                        new Subject(rows.getString(4), rows.getString(5)),
                        Arrays.stream(rows.getString(6).split(" "))
                                .filter(id -> !id.isEmpty())
                                .map(UserId::new)
                                .collect(Collectors.toSet()),
                        state,
                        due,
                        state == State.OPEN && undecided > 0 && !now.isBefore(due),
                        rows.getLong(14),
                        undecided,
                        maybe(rows, 9),
                        Optional.ofNullable(rows.getString(10)),
                        Micros.toInstant(rows.getLong(11)),
                        rows.getString(12),
                        rows.getLong(13)));
            }
        }
        return reviews;
    }
}
