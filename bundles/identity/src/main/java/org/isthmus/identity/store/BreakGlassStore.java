// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of break-glass. Plain JDBC. */
@Component(service = BreakGlassStore.class)
public final class BreakGlassStore {
    private static final String SELECT =
            "SELECT id, organization, asker, asked_by, role_name, scope_kind, scope_id, reason,"
                    + " lasts_seconds, state, asked_at, confirmed_by, begun_at, until_at, ended_at, ended_by, grant_id, version,"
                    + " role, confirmer FROM idn_break_glass WHERE ";

    private final Tx tx;

    @Activate
    public BreakGlassStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /**
     * One as it is kept.
     *
     * @param role as grants name it
     */
    public record Kept(BreakGlassView view, String role, Optional<UserId> confirmer) {}

    public Optional<Kept> find(OrganizationId organization, BreakGlassId id, Instant now) {
        return read("id = ? AND organization = ?", 1, now, id.value(), organization.value()).stream()
                .findFirst();
    }

    /** What somebody has asked for and not been confirmed, or holds. */
    public Optional<Kept> running(UserId asker, Instant now) {
        return read("asker = ? AND state IN ('ASKED', 'ACTIVE')", 0, now, asker.value()).stream()
                .filter(kept -> kept.view().state() != State.EXPIRED)
                .findFirst();
    }

    /** The oldest first. Filter: state. */
    public Page<BreakGlassView> list(OrganizationId organization, Query query, Instant now) {
        Map<String, String> filters = Selection.filters(query, Set.of("state"));
        String after = Cursor.key(query.page()).orElse("");
        int limit = query.page().limit();
        String order = " ORDER BY id";
        String these = "organization = ? AND id > ?";
        Optional<State> state = Optional.ofNullable(filters.get("state")).map(BreakGlassStore::state);
        String late = Long.toString(Micros.of(now.minus(BreakGlass.ASKED)));
        String which = state.map(wanted -> switch (wanted) {
                    case ASKED -> " AND state = 'ASKED' AND asked_at > " + late;
                    case EXPIRED -> " AND state = 'ASKED' AND asked_at <= " + late;
                    case ACTIVE, OVER -> " AND state = '" + wanted.name() + "'";
                })
                .orElse("");
        return Page.of(
                read(these + which + order, limit + 1, now, organization.value(), after).stream()
                        .map(Kept::view)
                        .toList(),
                limit,
                view -> Cursor.after(view.id().value()));
    }

    private static State state(String text) {
        try {
            return State.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("state", "state is one of " + List.of(State.values()) + ".");
        }
    }

    /** Those whose time is over, or all that run: at most so many. */
    public List<BreakGlassView> due(Instant now, boolean all, int most) {
        return read(
                        "state = 'ACTIVE'" + (all ? "" : " AND until_at <= " + Micros.of(now)) + " ORDER BY until_at",
                        most,
                        now)
                .stream()
                .map(Kept::view)
                .toList();
    }

    public void insert(BreakGlassView asked, String role) {
        Jdbc.write(
                tx,
                "INSERT INTO idn_break_glass (id, organization, asker, asked_by, role, role_name, scope_kind, scope_id,"
                        + " reason, lasts_seconds, state, asked_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                insert -> {
                    insert.setString(1, asked.id().value());
                    insert.setString(2, asked.organization().value());
                    insert.setString(3, asked.asker().value());
                    insert.setString(4, asked.askedBy());
                    insert.setString(5, role);
                    insert.setString(6, asked.role());
                    insert.setString(7, asked.scope().kind());
                    insert.setString(8, asked.scope().id());
                    insert.setString(9, asked.reason());
                    insert.setLong(10, asked.lasts().toSeconds());
                    insert.setString(11, asked.state().name());
                    insert.setLong(12, Micros.of(asked.createdAt()));
                    insert.setLong(13, asked.version());
                    return insert.executeUpdate();
                });
    }

    /** It begins; false when somebody else was first. */
    public boolean begin(
            BreakGlassId id, Optional<UserId> confirmer, String by, Instant from, Instant until, GrantId grant) {
        return Jdbc.write(
                tx,
                "UPDATE idn_break_glass SET state = 'ACTIVE', confirmer = ?, confirmed_by = ?, begun_at = ?, until_at = ?,"
                        + " grant_id = ?, version = version + 1 WHERE id = ? AND state = 'ASKED'",
                update -> {
                    update.setString(1, confirmer.map(UserId::value).orElse(null));
                    update.setString(2, by);
                    update.setLong(3, Micros.of(from));
                    update.setLong(4, Micros.of(until));
                    update.setString(5, grant.value());
                    update.setString(6, id.value());
                    return update.executeUpdate() == 1;
                });
    }

    /** It is over; false when it was before. */
    public boolean end(BreakGlassId id, String by, Instant at) {
        return Jdbc.write(
                tx,
                "UPDATE idn_break_glass SET state = 'OVER', ended_by = ?, ended_at = ?, version = version + 1 WHERE id = ?"
                        + " AND state <> 'OVER'",
                update -> {
                    update.setString(1, by);
                    update.setLong(2, Micros.of(at));
                    update.setString(3, id.value());
                    return update.executeUpdate() == 1;
                });
    }

    public void deleteAll(OrganizationId organization) {
        Jdbc.write(tx, "DELETE FROM idn_break_glass WHERE organization = ?", delete -> {
            delete.setString(1, organization.value());
            return delete.executeUpdate();
        });
    }

    private List<Kept> read(String condition, int most, Instant now, String... values) {
        return Jdbc.read(tx, SELECT + condition, query -> {
            fill(query, values);
            query.setMaxRows(most);
            List<Kept> all = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    all.add(kept(rows, now));
                }
            }
            return all;
        });
    }

    private static void fill(PreparedStatement query, String... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            query.setString(i + 1, values[i]);
        }
    }

    private static Kept kept(ResultSet row, Instant now) throws SQLException {
        State state = State.valueOf(row.getString(10));
        Instant asked = Micros.toInstant(row.getLong(11));
        boolean late = state == State.ASKED && !now.isBefore(asked.plus(BreakGlass.ASKED));
        return new Kept(
                new BreakGlassView(
                        new BreakGlassId(row.getString(1)),
                        new OrganizationId(row.getString(2)),
                        new UserId(row.getString(3)),
                        row.getString(4),
                        row.getString(5),
                        new Subject(row.getString(6), row.getString(7)),
                        row.getString(8),
                        Duration.ofSeconds(row.getLong(9)),
                        late ? State.EXPIRED : state,
                        Optional.ofNullable(row.getString(12)),
                        maybe(row, 13),
                        maybe(row, 14),
                        maybe(row, 15),
                        Optional.ofNullable(row.getString(16)),
                        Optional.ofNullable(row.getString(17)).map(GrantId::new),
                        asked,
                        row.getString(4),
                        row.getLong(18)),
                row.getString(19),
                Optional.ofNullable(row.getString(20)).map(UserId::new));
    }

    private static Optional<Instant> maybe(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Micros.toInstant(value));
    }
}
