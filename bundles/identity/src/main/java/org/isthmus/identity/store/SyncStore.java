// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.identity.Syncs.State;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** How it goes with each directory that is brought here: a row each, from its first run until it is unlinked. Plain JDBC. */
@Component(service = SyncStore.class)
public final class SyncStore {
    private static final int LONGEST_DETAIL = 1_000;

    private final Tx tx;

    /**
     * How it goes.
     *
     * @param confirmed the plan that somebody confirmed when they asked last
     * @param agreed what a run that goes on may take from people
     * @param report the last one, as it was written
     */
    public record Run(
            DirectoryId directory,
            State state,
            Optional<String> detail,
            Optional<Instant> askedAt,
            Optional<String> confirmed,
            Optional<Instant> startedAt,
            Optional<Instant> finishedAt,
            Set<String> agreed,
            Optional<String> report) {
        public static Run never(DirectoryId directory) {
            return new Run(
                    directory,
                    State.NEVER,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(),
                    Optional.empty());
        }
    }

    /**
     * A directory that may be due.
     *
     * @param every its setting sync.interval
     */
    public record Candidate(
            OrganizationId organization,
            DirectoryId directory,
            Optional<String> every,
            State state,
            Optional<Instant> startedAt) {}

    @Activate
    public SyncStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /** All enabled LDAP directories: one query, for it is asked every few seconds. */
    public List<Candidate> candidates() {
        return Jdbc.read(
                tx,
                "SELECT d.organization, d.id, s.content, r.state, r.started_at FROM idn_directory d"
                        + " LEFT JOIN idn_directory_setting s ON s.directory = d.id AND s.name = 'sync.interval'"
                        + " LEFT JOIN idn_sync r ON r.directory = d.id WHERE d.kind = 'LDAP' AND d.enabled = TRUE",
                query -> {
                    List<Candidate> all = new ArrayList<>();
                    try (ResultSet row = query.executeQuery()) {
                        while (row.next()) {
                            all.add(new Candidate(
                                    new OrganizationId(row.getString(1)),
                                    new DirectoryId(row.getString(2)),
                                    Optional.ofNullable(row.getString(3)),
                                    Optional.ofNullable(row.getString(4))
                                            .map(State::valueOf)
                                            .orElse(State.NEVER),
                                    moment(row, 5)));
                        }
                    }
                    return all;
                });
    }

    public Run find(DirectoryId directory) {
        return Jdbc.read(
                tx,
                "SELECT state, detail, asked_at, confirmed, started_at, finished_at, agreed, report FROM idn_sync"
                        + " WHERE directory = ?",
                query -> {
                    query.setString(1, directory.value());
                    try (ResultSet row = query.executeQuery()) {
                        return row.next() ? run(directory, row) : Run.never(directory);
                    }
                });
    }

    private static Run run(DirectoryId directory, ResultSet row) throws SQLException {
        return new Run(
                directory,
                State.valueOf(row.getString(1)),
                Optional.ofNullable(row.getString(2)),
                moment(row, 3),
                Optional.ofNullable(row.getString(4)),
                moment(row, 5),
                moment(row, 6),
                Optional.ofNullable(row.getString(7))
                        .filter(text -> !text.isEmpty())
                        .map(text -> Set.copyOf(List.of(text.split(" "))))
                        .orElse(Set.of()),
                Optional.ofNullable(row.getString(8)));
    }

    private static Optional<Instant> moment(ResultSet row, int column) throws SQLException {
        long micros = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Micros.toInstant(micros));
    }

    /** Somebody asks for it: at the latest after the run that goes on. */
    public void ask(OrganizationId organization, DirectoryId directory, Optional<String> confirmed, Instant now) {
        tx.execute(() -> {
            needRow(organization, directory);
            Jdbc.write(
                    tx,
                    "UPDATE idn_sync SET asked_at = ?, confirmed = ?,"
                            + " state = CASE WHEN state = 'RUNNING' THEN state ELSE 'ASKED' END WHERE directory = ?",
                    update -> {
                        update.setLong(1, Micros.of(now));
                        update.setString(2, confirmed.orElse(null));
                        update.setString(3, directory.value());
                        return update.executeUpdate();
                    });
        });
    }

    /** A run begins, or goes on where another was killed. */
    public void begin(OrganizationId organization, DirectoryId directory, Instant now) {
        tx.execute(() -> {
            needRow(organization, directory);
            Jdbc.write(
                    tx,
                    "UPDATE idn_sync SET state = 'RUNNING', detail = NULL, started_at = ?, finished_at = NULL"
                            + " WHERE directory = ?",
                    update -> {
                        update.setLong(1, Micros.of(now));
                        update.setString(2, directory.value());
                        return update.executeUpdate();
                    });
        });
    }

    /** What the run may take from people is settled; what was confirmed is used up. */
    public void agree(DirectoryId directory, Set<String> losses) {
        Jdbc.write(tx, "UPDATE idn_sync SET agreed = ?, confirmed = NULL WHERE directory = ?", update -> {
            update.setString(1, String.join(" ", losses));
            update.setString(2, directory.value());
            return update.executeUpdate();
        });
    }

    /** A run ends; when somebody asked meanwhile, the next begins at once. */
    public void end(DirectoryId directory, State state, Optional<String> detail, Optional<String> report, Instant now) {
        tx.execute(() -> {
            Jdbc.write(
                    tx,
                    "UPDATE idn_sync SET state = CASE WHEN asked_at > started_at THEN 'ASKED'"
                            + " ELSE CAST(? AS VARCHAR(20)) END, detail = ?, finished_at = ?, agreed = NULL"
                            + " WHERE directory = ?",
                    update -> {
                        update.setString(1, state.name());
                        update.setString(
                                2,
                                detail.map(text -> text.substring(0, Math.min(LONGEST_DETAIL, text.length())))
                                        .orElse(null));
                        update.setLong(3, Micros.of(now));
                        update.setString(4, directory.value());
                        return update.executeUpdate();
                    });
            report.ifPresent(text -> Jdbc.write(tx, "UPDATE idn_sync SET report = ? WHERE directory = ?", update -> {
                update.setString(1, text);
                update.setString(2, directory.value());
                return update.executeUpdate();
            }));
        });
    }

    private void needRow(OrganizationId organization, DirectoryId directory) {
        int there = Jdbc.write(tx, "UPDATE idn_sync SET directory = directory WHERE directory = ?", update -> {
            update.setString(1, directory.value());
            return update.executeUpdate();
        });
        if (there == 0) {
            Jdbc.write(tx, "INSERT INTO idn_sync (directory, organization, state) VALUES (?, ?, 'NEVER')", insert -> {
                insert.setString(1, directory.value());
                insert.setString(2, organization.value());
                return insert.executeUpdate();
            });
        }
    }
}
