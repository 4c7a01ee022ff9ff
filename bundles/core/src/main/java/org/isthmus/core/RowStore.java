// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import javax.persistence.LockModeType;
import javax.persistence.Query;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Id;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** The domain's rows in the running transaction: entities where a row has a version, plain statements where it has none. */
public final class RowStore {
    private final Tx tx;
    private final EntityManagerFactory unit;

    public RowStore(Tx tx, EntityManagerFactory unit) {
        this.tx = tx;
        this.unit = unit;
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

    public <R> Optional<R> find(Class<R> type, Id id) {
        return Optional.ofNullable(em().find(type, id.value()));
    }

    /** The row as it is now, past what this transaction has read before. */
    public <R> Optional<R> fresh(Class<R> type, Id id) {
        Optional<R> row = find(type, id);
        row.ifPresent(em()::refresh);
        return row;
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

    /** Entities of one table; the SQL selects all of its columns and has its parameters as ?1, ?2 … */
    public <R> List<R> select(Class<R> type, String sql, List<?> values) {
        Query query = em().createNativeQuery(sql, type);
        for (int i = 0; i < values.size(); i++) {
            query.setParameter(i + 1, values.get(i));
        }
        List<R> rows = new ArrayList<>();
        for (Object each : query.getResultList()) {
            rows.add(type.cast(each));
        }
        return rows;
    }

    public <R> List<R> select(Class<R> type, String sql, Object... values) {
        return select(type, sql, List.of(values));
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
        return String.join(", ", java.util.Collections.nCopies(count, "?"));
    }
}
