// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.sql.Connection;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.store.Tx;

/** Transactions as they are, for tests that do something besides. */
public abstract class TxAround implements Tx {
    private final Tx tx;

    protected TxAround(Tx tx) {
        this.tx = tx;
    }

    /** What begins a transaction; may throw instead. */
    protected Tx there() {
        return tx;
    }

    @Override
    public <R, X extends Exception> R run(Work<R, X> work) throws X {
        return there().run(work);
    }

    @Override
    public <R, X extends Exception> R retrying(Work<R, X> work) throws X {
        return there().retrying(work);
    }

    @Override
    public <R, X extends Exception> R read(Work<R, X> work) throws X {
        return there().read(work);
    }

    @Override
    public boolean running() {
        return tx.running();
    }

    @Override
    public EntityManager em(EntityManagerFactory unit) {
        return tx.em(unit);
    }

    @Override
    public Connection connection() {
        return tx.connection();
    }

    @Override
    public void afterCommit(Runnable work) {
        tx.afterCommit(work);
    }
}
