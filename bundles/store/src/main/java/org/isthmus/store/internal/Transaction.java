// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction: one pooled connection, one entity manager per persistence unit, all committed by one commit. Used by
 * one thread.
 */
final class Transaction {
    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);

    private final Connection real;
    private final SharedConnection shared;
    private final IdentityHashMap<EntityManagerFactory, EntityManager> managers = new IdentityHashMap<>(4);
    private final List<EntityManager> inOrder = new ArrayList<>(4);
    private final List<Runnable> afterCommit = new ArrayList<>(2);
    private Throwable doom;
    private boolean committed;

    /** Takes over the connection: it is closed by {@link #end}, or here when it cannot be prepared. */
    Transaction(Connection connection, boolean readOnly) throws SQLException {
        try {
            if (connection.getAutoCommit()) {
                connection.setAutoCommit(false);
            }
            if (readOnly) {
                connection.setReadOnly(true);
            }
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        real = connection;
        shared = new SharedConnection(connection, this::doom);
    }

    /** From here on nothing may be committed. The first reason stays. */
    void doom(Throwable reason) {
        if (doom == null) {
            doom = reason;
        }
    }

    Connection connection() {
        return shared.proxy();
    }

    EntityManager manager(EntityManagerFactory unit) {
        EntityManager manager = managers.get(unit);
        if (manager == null) {
            manager = unit.createEntityManager();
            managers.put(unit, manager);
            inOrder.add(manager);
            manager.getTransaction().begin();
        }
        return manager;
    }

    void flush() {
        // by index: flushing one unit may enlist another
        for (int i = 0; i < inOrder.size(); i++) {
            inOrder.get(i).flush();
        }
    }

    void afterCommit(Runnable work) {
        afterCommit.add(work);
    }

    void commit() {
        requireNotDoomed();
        flush();
        shared.ending();
        for (EntityManager manager : inOrder) {
            manager.getTransaction().commit(); // on the shared connection a commit does nothing
        }
        requireNotDoomed();
        try {
            real.commit();
        } catch (SQLException e) {
            throw Failures.typed(e);
        }
        committed = true;
    }

    /** Rolls back unless committed, and gives the connection back. Never throws. */
    void end() {
        shared.ending();
        for (EntityManager manager : inOrder) {
            quietly("An entity manager did not roll back", () -> {
                if (manager.getTransaction().isActive()) {
                    manager.getTransaction().rollback();
                }
            });
            quietly("An entity manager did not close", manager::close);
        }
        if (!committed) {
            quietly("A transaction did not roll back; the pool drops the connection", real::rollback);
        }
        shared.over();
        quietly("A connection did not go back to the pool", real::close);
    }

    boolean committed() {
        return committed;
    }

    /** The transaction is over and cannot be undone: what fails here is told to the operator, not to the caller. */
    void runAfterCommit() {
        for (Runnable work : afterCommit) {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("Something failed after the commit of a transaction; the transaction itself stands", e);
            }
        }
    }

    private void requireNotDoomed() {
        if (doom != null) {
            throw new TxException(
                    Kind.ROLLED_BACK, "a participant failed and went on (" + doom.getMessage() + ")", doom);
        }
    }

    private interface Closing {
        void run() throws SQLException;
    }

    private static void quietly(String problem, Closing work) {
        try {
            work.run();
        } catch (SQLException | RuntimeException e) {
            LOG.debug("{}", problem, e);
        }
    }
}
