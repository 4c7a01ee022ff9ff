// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.LongAdder;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Tx} on a pool of connections: the running transaction is bound to its thread. */
@Component(service = {Tx.class, ThreadTx.class})
public final class ThreadTx implements Tx {
    private static final int ATTEMPTS = 5;

    private final Connections connections;
    private final Pause pause;

    @SuppressWarnings("ThreadLocalUsage") // one for each database, so that tests have several; removed after each use
    private final ThreadLocal<Transaction> current = new ThreadLocal<>();

    private final LongAdder committed = new LongAdder();
    private final LongAdder rolledBack = new LongAdder();
    private final LongAdder retried = new LongAdder();

    @Activate
    public ThreadTx(@Reference(target = "(osgi.jndi.service.name=isthmus)") DataSource pool) {
        this(pool, Pause.JITTERED);
    }

    public ThreadTx(DataSource pool, Pause pause) {
        this.connections = new Connections(pool, System::nanoTime);
        this.pause = pause;
    }

    @Override
    public <R, X extends Exception> R run(Work<R, X> work) throws X {
        Transaction running = current.get();
        return running != null ? join(running, work) : open(false, work);
    }

    @Override
    public <R, X extends Exception> R read(Work<R, X> work) throws X {
        Transaction running = current.get();
        return running != null ? join(running, work) : open(true, work);
    }

    @Override
    public <R, X extends Exception> R retrying(Work<R, X> work) throws X {
        Transaction running = current.get();
        if (running != null) {
            return join(running, work);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return open(false, work);
            } catch (TxException e) {
                if (attempt == ATTEMPTS || !Failures.metSomebody(e) || !pause.before(attempt)) {
                    throw e;
                }
                retried.increment();
            }
        }
    }

    @Override
    public boolean running() {
        return current.get() != null;
    }

    @Override
    public EntityManager em(EntityManagerFactory unit) {
        return required().manager(unit);
    }

    @Override
    public Connection connection() {
        Transaction running = required();
        running.flush();
        return running.connection();
    }

    @Override
    public void afterCommit(Runnable work) {
        required().afterCommit(work);
    }

    /** The connection for a persistence unit: the transaction's without flushing (it is flushing), else a read-only one. */
    Connection participantConnection() throws SQLException {
        Transaction running = current.get();
        if (running != null) {
            return running.connection();
        }
        Connection connection = connections.get();
        try {
            connection.setAutoCommit(false);
            connection.setReadOnly(true); // a forgotten transaction fails loudly
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Transactions since the start. */
    Counts counts() {
        return new Counts(committed.sum(), rolledBack.sum(), retried.sum());
    }

    record Counts(long committed, long rolledBack, long retried) {}

    private static <R, X extends Exception> R join(Transaction running, Work<R, X> work) throws X {
        try {
            return work.run();
        } catch (Throwable t) {
            running.doom(t);
            rethrowTyped(t);
            throw t;
        }
    }

    private <R, X extends Exception> R open(boolean readOnly, Work<R, X> work) throws X {
        Transaction transaction = begin(readOnly);
        boolean calledOff = Thread.currentThread().isInterrupted();
        boolean derbyEnded = false;
        R result;
        current.set(transaction);
        try {
            result = work.run();
            transaction.commit();
        } catch (Throwable t) {
            derbyEnded = Failures.endsDerby(t);
            rethrowTyped(t);
            throw t;
        } finally {
            current.remove();
            // outside of the binding, so that nothing that an entity manager does while it closes can join
            transaction.end();
            if (derbyEnded && !calledOff) {
                Thread.interrupted(); // Derby interrupts whoever is in it when it ends itself: nobody called this off
            }
            (transaction.committed() ? committed : rolledBack).increment();
        }
        transaction.runAfterCommit();
        return result;
    }

    private Transaction begin(boolean readOnly) {
        try {
            return new Transaction(connections.get(), readOnly);
        } catch (SQLException e) {
            throw Failures.typed(e);
        }
    }

    private Transaction required() {
        Transaction running = current.get();
        if (running == null) {
            throw new IllegalStateException("No transaction is running on this thread: use Tx.run or Tx.read.");
        }
        return running;
    }

    private static void rethrowTyped(Throwable failure) {
        Failures.typed(failure).ifPresent(typed -> {
            throw typed;
        });
    }
}
