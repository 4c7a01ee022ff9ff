// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A copy in memory of some tables of a database, kept current by the I/O thread.
 *
 * <p>A server sends what a transaction changed before it answers any later request on the same connection. So after an
 * answer the replica is at least as new as that answer, and whoever reads inside {@link #read} sees the state between
 * two transactions, never half of one.
 */
public final class Replica {
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    Replica(List<TableSpec> specs) {
        specs.forEach(spec -> tables.put(spec.table(), new Table(spec)));
    }

    /** What a reader sees, only inside {@link #read} and {@link #await}. */
    public interface View {
        Collection<Row> rows(String table);

        Optional<Row> row(String table, UUID uuid);

        /** Rows whose index column holds this text, ordered by UUID. */
        List<Row> indexed(String table, String text);
    }

    /** Runs a short computation on one consistent state; it must not wait for anything. */
    public <T> T read(Function<View, T> reader) {
        lock.lock();
        try {
            return reader.apply(view);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the condition holds; false when it does not within the time. */
    public boolean await(Predicate<View> condition, long nanos) throws InterruptedException {
        long left = nanos;
        lock.lockInterruptibly();
        try {
            while (!condition.test(view)) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Which form an update has. */
    enum Form {
        /** RFC 7047: rows before and after. */
        WHOLE,
        /** ovsdb-server(7), {@code update2}: rows and differences. */
        DIFFERENCES
    }

    /**
     * Applies an update, all or nothing as readers see it.
     *
     * @param anew everything held is replaced
     * @throws Lost when it makes no sense; the replica is then empty and needs a dump
     */
    List<Change> apply(JsonNode updates, Form form, boolean anew, Map<String, Map<String, ColumnType>> types)
            throws Lost {
        List<Change> changes = new ArrayList<>();
        lock.lock();
        try {
            if (anew) {
                tables.values().forEach(Table::clear);
            }
            if (!updates.isObject()) {
                throw Lost.nonsense("an update that is no object");
            }
            for (Map.Entry<String, JsonNode> each : updates.properties()) {
                Table table = tables.get(each.getKey());
                if (table == null || !each.getValue().isObject()) {
                    throw Lost.nonsense("an update of a table nobody asked for");
                }
                for (Map.Entry<String, JsonNode> row : each.getValue().properties()) {
                    UUID uuid = ColumnType.uuid(row.getKey());
                    changes.add(table.apply(uuid, row.getValue(), form, types.get(each.getKey())));
                }
            }
        } catch (Lost e) {
            tables.values().forEach(Table::clear);
            throw e;
        } finally {
            changed.signalAll();
            lock.unlock();
        }
        return changes;
    }

    private final View view = new View() {
        @Override
        public Collection<Row> rows(String table) {
            return tables.get(table).rows.values();
        }

        @Override
        public Optional<Row> row(String table, UUID uuid) {
            return Optional.ofNullable(tables.get(table).rows.get(uuid));
        }

        @Override
        public List<Row> indexed(String table, String text) {
            Table found = tables.get(table);
            return found.index.getOrDefault(text, Set.of()).stream()
                    .map(found.rows::get)
                    .toList();
        }
    };

    private static final class Table {
        private final TableSpec spec;
        private final Map<UUID, Row> rows = new HashMap<>();
        private final Map<String, Set<UUID>> index = new HashMap<>();

        Table(TableSpec spec) {
            this.spec = spec;
        }

        void clear() {
            rows.clear();
            index.clear();
        }

        Change apply(UUID uuid, JsonNode update, Form form, Map<String, ColumnType> types) throws Lost {
            Optional<Row> before = Optional.ofNullable(rows.get(uuid));
            Optional<Row> after =
                    form == Form.WHOLE ? whole(uuid, update, types) : differing(uuid, before, update, types);
            before.ifPresent(this::remove);
            after.ifPresent(this::add);
            return new Change(spec.table(), before, after);
        }

        private Optional<Row> whole(UUID uuid, JsonNode update, Map<String, ColumnType> types) throws Lost {
            if (update.hasNonNull("new")) {
                return Optional.of(row(uuid, update.get("new"), types));
            }
            if (update.hasNonNull("old")) {
                return Optional.empty();
            }
            throw Lost.nonsense("an update of a row with neither old nor new");
        }

        private Optional<Row> differing(UUID uuid, Optional<Row> before, JsonNode update, Map<String, ColumnType> types)
                throws Lost {
            if (update.has("initial") || update.has("insert")) {
                return Optional.of(row(uuid, update.path(update.has("initial") ? "initial" : "insert"), types));
            }
            if (update.has("delete")) {
                return Optional.empty();
            }
            if (!update.has("modify") || before.isEmpty()) {
                throw Lost.nonsense("a change of a row that is not there");
            }
            Map<String, Datum> columns = new HashMap<>(before.get().columns());
            Row difference = row(uuid, update.get("modify"), types);
            for (Map.Entry<String, Datum> each : difference.columns().entrySet()) {
                columns.merge(
                        each.getKey(), each.getValue(), (had, change) -> had.with(change, types.get(each.getKey())));
            }
            return Optional.of(new Row(uuid, columns));
        }

        private static Row row(UUID uuid, JsonNode json, Map<String, ColumnType> types) throws Lost {
            if (!json.isObject()) {
                throw Lost.nonsense("a row that is no object");
            }
            Map<String, Datum> columns = new HashMap<>();
            for (Map.Entry<String, JsonNode> each : json.properties()) {
                ColumnType type = types.get(each.getKey());
                if (type == null) {
                    throw Lost.nonsense("a column nobody asked for");
                }
                columns.put(each.getKey(), type.read(each.getValue()));
            }
            return new Row(uuid, columns);
        }

        private void add(Row row) {
            rows.put(row.uuid(), row);
            spec.index().ifPresent(column -> index.computeIfAbsent(row.text(column), text -> new TreeSet<>())
                    .add(row.uuid()));
        }

        private void remove(Row row) {
            rows.remove(row.uuid());
            spec.index()
                    .ifPresent(column -> index.computeIfPresent(row.text(column), (text, uuids) -> {
                        uuids.remove(row.uuid());
                        return uuids.isEmpty() ? null : uuids;
                    }));
        }
    }
}
