// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import javax.persistence.NoResultException;
import javax.persistence.OptimisticLockException;
import javax.persistence.PersistenceException;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.junit.jupiter.api.Test;

/** States that the embedded Derby does not produce on demand. */
final class FailuresTest {
    @Test
    void statesOfBothDatabasesMeanTheSame() {
        assertEquals(Kind.LOCK_TIMEOUT, kind(new SQLException("lock", "40XL1", 30000)));
        assertEquals(Kind.LOCK_TIMEOUT, kind(new SQLException("lock", "55P03")));
        assertEquals(Kind.DEADLOCK, kind(new SQLException("deadlock of Derby", "40001", 30000)));
        assertEquals(Kind.DEADLOCK, kind(new SQLException("deadlock of PostgreSQL", "40P01")));
        assertEquals(Kind.SERIALIZATION, kind(new SQLException("PostgreSQL's", "40001", 0)));
        assertEquals(Kind.DUPLICATE, kind(new SQLException("unique", "23505")));
        assertEquals(Kind.BUSY, kind(new SQLException("gone", "08006")));
        assertEquals(Kind.BUSY, kind(new SQLException("restarting", "57P01")));
        assertEquals(Kind.BUSY, kind(new SQLTransientConnectionException("none free within 10 s")));
        assertEquals(Kind.BUSY, kind(new SQLException("PostgreSQL's disk is full", "53100")));
        assertEquals(Kind.BUSY, kind(new SQLException("Derby's disk is full", "XSDFB", 45000)));
        assertEquals(Kind.BUSY, kind(new SQLException("Derby has ended itself", "XJ999", 45000)));
        assertEquals(Kind.DATABASE, kind(new SQLException("syntax", "42X01")));
        assertEquals(Kind.DATABASE, kind(new SQLException("no state")));
    }

    @Test
    void aStateCountsMoreThanTheTypeAroundIt() {
        SQLException lock = new SQLException("lock", "40XL1", 30000);

        assertEquals(Kind.LOCK_TIMEOUT, kind(new OptimisticLockException("dressed up", lock)));
        assertEquals(Kind.CONFLICT, kind(new PersistenceException(new OptimisticLockException("stale"))));
        assertEquals(Kind.DATABASE, kind(new PersistenceException("other")));
    }

    @Test
    void theReasonOfABatchIsItsNextException() {
        BatchUpdateException batch = new BatchUpdateException("batch", "XJ208", new int[0]);
        batch.setNextException(new SQLException("unique", "23505"));

        assertEquals(Kind.DUPLICATE, kind(new IllegalStateException(batch)));
    }

    @Test
    void whatNoDatabaseSaidStaysWhatItIs() {
        assertEquals(Optional.empty(), Failures.typed(new IllegalStateException("mine")));
        assertEquals(Optional.empty(), Failures.typed(new NoResultException("an answer")));
        TxException known = new TxException(Kind.BUSY, "known", null);
        assertSame(known, Failures.typed((Throwable) known).orElseThrow());
    }

    @Test
    void aSwallowedLockIsWorthAnotherAttemptAndASwallowedMistakeIsNot() {
        SQLException lock = new SQLException("lock", "40XL1", 30000);

        assertEquals(true, Failures.metSomebody(new TxException(Kind.ROLLED_BACK, "swallowed", lock)));
        assertFalse(
                Failures.metSomebody(new TxException(Kind.ROLLED_BACK, "swallowed", new SQLException("x", "42X01"))));
        assertFalse(Failures.metSomebody(new TxException(Kind.ROLLED_BACK, "swallowed", null)));
    }

    private static Kind kind(Throwable failure) {
        return Failures.typed(failure).orElseThrow().kind();
    }
}
