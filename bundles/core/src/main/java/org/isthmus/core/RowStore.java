// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import javax.persistence.LockModeType;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Id;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** The domain's rows in the running transaction: entities where a row has a version, plain statements where it has none. */
public final class RowStore {
    /** How many values a part of a long list has: few sizes, so that few statements are compiled. */
    private static final int[] PARTS = {1, 8, 64, 256};

    private final Tx tx;
    private final EntityManagerFactory unit;
    private final Map<Class<?>, TableRows<?>> tables = new ConcurrentHashMap<>();

    public RowStore(Tx tx, EntityManagerFactory unit) {
        this.tx = tx;
        this.unit = unit;
    }

    /** For plain statements only: it knows no entities. */
    public static RowStore plain(Tx tx) {
        return new RowStore(tx, null);
    }

    /** Makes a value of a result's present row. */
    @FunctionalInterface
    public interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    public Tx tx() {
        return tx;
    }

    private EntityManager em() {
        return tx.em(unit);
    }

    /** The row, to be changed in this transaction. */
    public <R> Optional<R> find(Class<R> type, Id id) {
        return Optional.ofNullable(em().find(type, id.value()));
    }

    /** Inserts at once; what a unique index has already becomes the caller's problem. */
    public void insert(Object row, Supplier<ProblemException> duplicate) {
        duplicateIs(duplicate, () -> {
            em().persist(row);
            em().flush();
        });
    }

    /** Inserts at once what cannot be there yet. */
    public void insert(Object row) {
        em().persist(row);
        em().flush();
    }

    /** Writes what was changed at once, so that versions are the new ones. */
    public void flush() {
        em().flush();
    }

    public void flush(Supplier<ProblemException> duplicate) {
        duplicateIs(duplicate, this::flush);
    }

    /** Gives a row its next version at once: something of it that has its own table has changed. */
    public void touch(Object row) {
        em().lock(row, LockModeType.OPTIMISTIC_FORCE_INCREMENT);
        em().flush();
    }

    private void duplicateIs(Supplier<ProblemException> duplicate, Runnable work) {
        try {
            tx.execute(work::run);
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                throw duplicate.get();
            }
            throw e;
        }
    }

    public void delete(Object row) {
        em().remove(row);
        em().flush();
    }

    /** The row, to be looked at; to change it, {@link #find} it. */
    public <R> Optional<R> look(Class<R> type, String table, Id id) {
        return select(type, table, "where x.id = ?", id.value()).stream().findFirst();
    }

    /** Rows of one table, which is called {@code x} in what follows it; to be looked at. */
    public <R> List<R> select(Class<R> type, String table, String rest, Object... values) {
        TableRows<R> read = rows(type);
        return query("select " + read.selected() + " from " + table + " x " + rest, read::read, values);
    }

    /**
     * Rows of one table as in {@link #select}, whose column is one of many values.
     *
     * @param index begins with the owner and the column
     */
    public <R> List<R> among(
            Class<R> type,
            String table,
            String index,
            String owner,
            String of,
            String column,
            Collection<String> values) {
        TableRows<R> read = rows(type);
        List<R> found = new ArrayList<>();
        among(
                "select " + read.selected() + " from " + table + " x",
                index,
                "x." + owner + " = ? and x." + column,
                "x." + owner + ", x." + column,
                List.of(of),
                values,
                row -> found.add(read.read(row)));
        return found;
    }

    @SuppressWarnings("unchecked") // each class has its own
    private <R> TableRows<R> rows(Class<R> type) {
        return (TableRows<R>) tables.computeIfAbsent(type, TableRows::new);
    }

    /** A plain statement; how many rows it changed. */
    public int change(String sql, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
                return Sql.bind(statement, values).executeUpdate();
            }
        });
    }

    /** A plain query. */
    public <T> List<T> query(String sql, Mapper<T> mapper, Object... values) {
        return Sql.run(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql);
                    ResultSet result = Sql.bind(statement, values).executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(mapper.map(result));
                }
                return rows;
            }
        });
    }

    /** A plain query for one row at most. */
    public <T> Optional<T> one(String sql, Mapper<T> mapper, Object... values) {
        return query(sql, mapper, values).stream().findFirst();
    }

    /** True when the query finds anything. */
    public boolean any(String sql, Object... values) {
        return !query(sql, row -> true, values).isEmpty();
    }

    /** {@code ?, ?, ?} for a list of values. */
    public static String marks(int count) {
        return String.join(", ", Collections.nCopies(count, "?"));
    }

    /**
     * The rows whose column is one of many values: in a few statements, however many values there are.
     *
     * @param index the index that begins with the column. Derby is told to use it: left alone, it compares every row of a
     *     table that was small when the statement was compiled with every value. Others read the hint as a comment
     * @param order the columns of that index, so that nothing is sorted
     */
    public <T> void among(
            String select, String index, String column, String order, Collection<?> values, Mapper<T> mapper) {
        among(select, index, column, order, List.of(), values, mapper);
    }

    /**
     * The same where the index begins with other columns.
     *
     * @param column with conditions on those columns before it: {@code organization_id = ? and id}
     * @param leading the values of those columns
     */
    public <T> void among(
            String select,
            String index,
            String column,
            String order,
            List<String> leading,
            Collection<?> values,
            Mapper<T> mapper) {
        List<Object> all = List.copyOf(values);
        int from = 0;
        while (from < all.size()) {
            int left = all.size() - from;
            int marks = Arrays.stream(PARTS)
                    .filter(size -> size >= left)
                    .findFirst()
                    .orElse(PARTS[PARTS.length - 1]);
            List<Object> part = all.subList(from, from + Math.min(left, marks));
            List<Object> filled = new ArrayList<>(leading);
            filled.addAll(part);
            // the same value twice finds its rows once
            filled.addAll(Collections.nCopies(marks - part.size(), part.get(0)));
            query(
                    select + " --DERBY-PROPERTIES index=" + index + "\n where " + column + " in (" + marks(marks)
                            + ") order by " + order,
                    mapper,
                    filled.toArray());
            from += part.size();
        }
    }
}
