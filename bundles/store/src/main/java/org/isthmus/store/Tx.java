// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store;

import java.sql.Connection;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One database transaction for every bundle that takes part. Bound to the running thread, the only thread-local of the
 * product. Keep it short; never call a driver, the network or another thread inside, nor wait for a service that may be
 * swapped: its swap waits for calls in flight, and one of those may wait for what is locked here.
 *
 * <p>Any failed statement dooms the whole transaction, also when the exception is swallowed: Derby would silently go on in
 * a new one. So refusals are decided before writing, and duplicates are looked for first and caught last.
 */
@ProviderType
public interface Tx {
    /** Work in a transaction. */
    @FunctionalInterface
    interface Work<R, X extends Exception> {
        R run() throws X;
    }

    /** Work in a transaction that gives nothing back. */
    @FunctionalInterface
    interface Action<X extends Exception> {
        void run() throws X;
    }

    /**
     * Joins the running transaction or opens one; any exception rolls the whole back.
     *
     * @throws TxException when the database says no; its kind says why
     */
    <R, X extends Exception> R run(Work<R, X> work) throws X;

    default <X extends Exception> void execute(Action<X> work) throws X {
        this.<Object, X>run(() -> {
            work.run();
            return null;
        });
    }

    /**
     * Opens a transaction and runs the work, again from the start up to five times when it met a lock, a deadlock or a
     * stale version. The work must have no effect but on the database. Inside a transaction it just joins.
     */
    <R, X extends Exception> R retrying(Work<R, X> work) throws X;

    /** Joins the running transaction, or reads in a read-only one: a write in it fails loudly. */
    <R, X extends Exception> R read(Work<R, X> work) throws X;

    /** True while a transaction runs on this thread. */
    boolean running();

    /** The unit's enlisted entity manager; only inside {@code run} or {@code read}, never closed by the caller. */
    EntityManager em(EntityManagerFactory unit);

    /** The transaction's connection, after flushing the enlisted entity managers; never closed by the caller. */
    Connection connection();

    /** Runs after the commit, on this thread, outside the transaction; not at all after a rollback. */
    void afterCommit(Runnable work);
}
