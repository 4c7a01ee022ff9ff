// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryTokenView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of directories, their settings and their tokens. Plain JDBC; an organization has a handful. */
@Component(service = DirectoryStore.class)
public final class DirectoryStore {
    private static final String SELECT =
            "SELECT id, organization, name, kind, enabled, created_at, created_by, version FROM idn_directory WHERE ";
    private static final String TOKENS =
            "SELECT id, name, directory, expires_at, created_at, created_by FROM idn_directory_token WHERE ";

    private final Tx tx;

    /** Settings and secrets as they are kept. */
    private record Texts(Map<String, String> settings, Map<String, String> sealed) {}

    private record Head(
            DirectoryId id,
            OrganizationId organization,
            Name name,
            Kind kind,
            boolean enabled,
            Instant createdAt,
            String createdBy,
            long version) {
        DirectoryView with(Texts texts) {
            return new DirectoryView(
                    id,
                    name,
                    organization,
                    kind,
                    enabled,
                    texts.settings(),
                    texts.sealed().keySet(),
                    createdAt,
                    createdBy,
                    version);
        }
    }

    @Activate
    public DirectoryStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /** All of an organization, by name. */
    public List<DirectoryView> all(OrganizationId organization) {
        return views("organization = ? ORDER BY name", organization.value());
    }

    /** A page of them. Filters: name, kind. */
    public Page<DirectoryView> list(OrganizationId organization, Query query) {
        Map<String, String> filters = Selection.filters(query, Set.of("name", "kind"));
        return page(
                all(organization).stream()
                        .filter(view -> filters.getOrDefault("name", view.name().value())
                                .equals(view.name().value()))
                        .filter(view -> filters.getOrDefault("kind", view.kind().name())
                                .equals(view.kind().name()))
                        .toList(),
                query,
                view -> view.name().value());
    }

    /** A page of a directory's tokens. Filters: none. */
    public Page<DirectoryTokenView> tokens(DirectoryId directory, Query query) {
        Selection.filters(query, Set.of());
        return page(tokens(directory), query, token -> token.name().value());
    }

    /** A page of what is a handful at most, in the order of its keys. */
    private static <V> Page<V> page(List<V> all, Query query, Function<V, String> key) {
        String after = Cursor.key(query.page()).orElse("");
        int limit = query.page().limit();
        return Page.of(
                all.stream()
                        .filter(one -> key.apply(one).compareTo(after) > 0)
                        .sorted(Comparator.comparing(key))
                        .limit(limit + 1L)
                        .toList(),
                limit,
                one -> Cursor.after(key.apply(one)));
    }

    /** Lets nobody else change this directory until the end of the transaction. False when it is not there. */
    public boolean lock(DirectoryId directory) {
        return Jdbc.write(tx, "UPDATE idn_directory SET name = name WHERE id = ?", statement -> {
            statement.setString(1, directory.value());
            return statement.executeUpdate() == 1;
        });
    }

    /** All of a kind that are enabled in the organization of this name: one query, whether there is one or not. */
    public List<DirectoryView> enabled(String organizationName, Kind kind) {
        return views(
                "kind = ? AND enabled = TRUE AND organization IN (SELECT o.id FROM idn_organization o WHERE o.name = ?)"
                        + " ORDER BY name",
                kind.name(),
                organizationName);
    }

    /** By id or name. */
    public Optional<DirectoryView> resolve(OrganizationId organization, Ref ref) {
        return views(
                        (ref.isId(DirectoryId.PREFIX) ? "id" : "name") + " = ? AND organization = ?",
                        ref.text(),
                        organization.value())
                .stream()
                .findFirst();
    }

    public Optional<DirectoryView> find(OrganizationId organization, DirectoryId directory) {
        return resolve(organization, Ref.of(directory));
    }

    /** The secrets of a directory, sealed. */
    public Map<String, String> sealed(DirectoryId directory) {
        return texts(directory).sealed();
    }

    public void insert(DirectoryView view, Map<String, String> sealed) {
        tx.execute(() -> {
            Jdbc.write(
                    tx,
                    "INSERT INTO idn_directory (organization, name, kind, enabled, created_at, created_by, version, id)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    insert -> {
                        insert.setString(1, view.organization().value());
                        insert.setString(2, view.name().value());
                        insert.setString(3, view.kind().name());
                        insert.setBoolean(4, view.enabled());
                        insert.setLong(5, Micros.of(view.createdAt()));
                        insert.setString(6, view.createdBy());
                        insert.setLong(7, view.version());
                        insert.setString(8, view.id().value());
                        return insert.executeUpdate();
                    });
            write(view.id(), view.settings(), sealed);
        });
    }

    /** All of it anew. STALE when it is not at the version before. */
    public void change(DirectoryView view, Map<String, String> sealed) {
        tx.execute(() -> {
            int changed = Jdbc.write(
                    tx,
                    "UPDATE idn_directory SET name = ?, enabled = ?, version = ? WHERE id = ? AND version = ?",
                    update -> {
                        update.setString(1, view.name().value());
                        update.setBoolean(2, view.enabled());
                        update.setLong(3, view.version());
                        update.setString(4, view.id().value());
                        update.setLong(5, view.version() - 1);
                        return update.executeUpdate();
                    });
            if (changed == 0) {
                throw Problem.STALE.because("The directory was changed or deleted meanwhile; read it again.");
            }
            delete(
                    "DELETE FROM idn_directory_setting WHERE directory = ?",
                    view.id().value());
            write(view.id(), view.settings(), sealed);
        });
    }

    public void delete(DirectoryId directory) {
        tx.execute(() -> {
            delete("DELETE FROM idn_directory_setting WHERE directory = ?", directory.value());
            delete("DELETE FROM idn_directory_token WHERE directory = ?", directory.value());
            delete("DELETE FROM idn_sync WHERE directory = ?", directory.value());
            delete("DELETE FROM idn_directory WHERE id = ?", directory.value());
        });
    }

    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> all(organization).forEach(view -> delete(view.id())));
    }

    /** Whose token that is, if it is not over. */
    public Optional<DirectoryView> ofToken(Sha256 bearer, Instant now) {
        return Jdbc.read(
                        tx,
                        "SELECT organization, directory FROM idn_directory_token WHERE token_hash = ? AND expires_at > ?",
                        query -> {
                            query.setString(1, bearer.hex());
                            query.setLong(2, Micros.of(now));
                            try (ResultSet row = query.executeQuery()) {
                                return row.next()
                                        ? Optional.of(List.of(row.getString(1), row.getString(2)))
                                        : Optional.<List<String>>empty();
                            }
                        })
                .flatMap(found -> find(new OrganizationId(found.get(0)), new DirectoryId(found.get(1))));
    }

    /** By name. */
    public List<DirectoryTokenView> tokens(DirectoryId directory) {
        return Jdbc.read(tx, TOKENS + "directory = ? ORDER BY name", query -> {
            query.setString(1, directory.value());
            List<DirectoryTokenView> tokens = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    tokens.add(new DirectoryTokenView(
                            new TokenId(rows.getString(1)),
                            new Name(rows.getString(2)),
                            new DirectoryId(rows.getString(3)),
                            Micros.toInstant(rows.getLong(4)),
                            Micros.toInstant(rows.getLong(5)),
                            rows.getString(6)));
                }
            }
            return tokens;
        });
    }

    public void insertToken(OrganizationId organization, DirectoryTokenView token, Sha256 bearer) {
        Jdbc.write(
                tx,
                "INSERT INTO idn_directory_token (id, organization, directory, name, token_hash, expires_at, created_at,"
                        + " created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                insert -> {
                    insert.setString(1, token.id().value());
                    insert.setString(2, organization.value());
                    insert.setString(3, token.directory().value());
                    insert.setString(4, token.name().value());
                    insert.setString(5, bearer.hex());
                    insert.setLong(6, Micros.of(token.expiresAt()));
                    insert.setLong(7, Micros.of(token.createdAt()));
                    insert.setString(8, token.createdBy());
                    return insert.executeUpdate();
                });
    }

    public void deleteToken(TokenId token) {
        delete("DELETE FROM idn_directory_token WHERE id = ?", token.value());
    }

    private List<DirectoryView> views(String condition, String... values) {
        return tx.read(() -> {
            List<Head> heads = Jdbc.read(tx, SELECT + condition, query -> {
                for (int i = 0; i < values.length; i++) {
                    query.setString(i + 1, values[i]);
                }
                List<Head> found = new ArrayList<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(head(rows));
                    }
                }
                return found;
            });
            Map<String, Texts> texts = heads.isEmpty() ? Map.of() : texts(heads);
            return heads.stream()
                    .map(head -> head.with(texts.getOrDefault(head.id().value(), new Texts(Map.of(), Map.of()))))
                    .toList();
        });
    }

    private static Head head(ResultSet row) throws SQLException {
        return new Head(
                new DirectoryId(row.getString(1)),
                new OrganizationId(row.getString(2)),
                new Name(row.getString(3)),
                Kind.valueOf(row.getString(4)),
                row.getBoolean(5),
                Micros.toInstant(row.getLong(6)),
                row.getString(7),
                row.getLong(8));
    }

    private Texts texts(DirectoryId directory) {
        return ofMany(Set.of(directory.value())).getOrDefault(directory.value(), new Texts(Map.of(), Map.of()));
    }

    private Map<String, Texts> texts(List<Head> heads) {
        Set<String> ids = new HashSet<>();
        heads.forEach(head -> ids.add(head.id().value()));
        return ofMany(ids);
    }

    private Map<String, Texts> ofMany(Set<String> directories) {
        String marks = String.join(", ", java.util.Collections.nCopies(directories.size(), "?"));
        return Jdbc.read(
                tx,
                "SELECT directory, name, secret, content FROM idn_directory_setting WHERE directory IN (" + marks + ")",
                query -> {
                    int at = 0;
                    for (String directory : directories) {
                        query.setString(++at, directory);
                    }
                    Map<String, Texts> all = new HashMap<>();
                    try (ResultSet rows = query.executeQuery()) {
                        while (rows.next()) {
                            Texts texts = all.computeIfAbsent(
                                    rows.getString(1), any -> new Texts(new LinkedHashMap<>(), new LinkedHashMap<>()));
                            (rows.getBoolean(3) ? texts.sealed() : texts.settings())
                                    .put(rows.getString(2), rows.getString(4));
                        }
                    }
                    return all;
                });
    }

    private void write(DirectoryId directory, Map<String, String> settings, Map<String, String> sealed) {
        Jdbc.write(
                tx,
                "INSERT INTO idn_directory_setting (directory, name, secret, content) VALUES (?, ?, ?, ?)",
                insert -> {
                    for (boolean secret : new boolean[] {false, true}) {
                        for (Map.Entry<String, String> each : (secret ? sealed : settings).entrySet()) {
                            insert.setString(1, directory.value());
                            insert.setString(2, each.getKey());
                            insert.setBoolean(3, secret);
                            insert.setString(4, each.getValue());
                            insert.executeUpdate();
                        }
                    }
                    return 0;
                });
    }

    private void delete(String sql, String value) {
        Jdbc.write(tx, sql, statement -> {
            statement.setString(1, value);
            return statement.executeUpdate();
        });
    }
}
