// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens when transactions meet, on a real database. */
final class ConflictsTest {
    private final ExecutorService others = Executors.newFixedThreadPool(16);
    private Library library;

    @BeforeEach
    void open() {
        library = new Library("conflicts");
    }

    @AfterEach
    void close() {
        others.shutdownNow();
        assertEquals(0, library.database.connectionsInUse());
        library.close();
    }

    @Test
    void aStaleVersionIsAConflict() {
        library.book("b1", "One");

        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.execute(() -> {
                    BookRow mine = library.tx.em(library.books).find(BookRow.class, "b1");
                    library.tx.em(library.books).detach(mine);
                    elsewhere(() -> {
                        library.retitle("b1", "Theirs");
                        return null;
                    });
                    mine.title("Mine");
                    library.tx.em(library.books).merge(mine);
                }));

        assertEquals(Kind.CONFLICT, thrown.kind());
        assertTrue(thrown.retryable());
        assertEquals("Theirs", library.title("b1"));
    }

    @Test
    void waitingTooLongForALockIsALockTimeout() throws Exception {
        library.note("n1");
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        Future<?> holder = others.submit(() -> library.tx.run(() -> {
            library.statement("update tst_note set text = 'held' where id = 'n1'");
            holding.countDown();
            return enough.await(1, TimeUnit.MINUTES);
        }));
        assertTrue(holding.await(1, TimeUnit.MINUTES));

        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.run(() -> library.statement("update tst_note set text = 'late' where id = 'n1'")));
        enough.countDown();

        assertEquals(Kind.LOCK_TIMEOUT, thrown.kind());
        assertTrue(thrown.retryable());
        assertEquals(true, holder.get());
    }

    @Test
    void aRowLockedWhileAResultIsReadIsALockTimeoutThatDoomsTheWhole() throws Exception {
        library.note("n1");
        CountDownLatch holding = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        Future<?> holder = others.submit(() -> library.tx.run(() -> {
            library.statement("update tst_note set text = 'held' where id = 'n1'");
            holding.countDown();
            return enough.await(1, TimeUnit.MINUTES);
        }));
        assertTrue(holding.await(1, TimeUnit.MINUTES));

        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.execute(() -> {
                    library.book("b1", "One");
                    assertThrows(
                            IllegalStateException.class,
                            () -> library.statement("update tst_note set text = 'late' where id = 'n1'"));
                    library.book("b2", "Written into the transaction that Derby began by itself");
                }));
        enough.countDown();

        assertEquals(Kind.ROLLED_BACK, thrown.kind());
        assertTrue(Failures.metSomebody(thrown));
        assertEquals(0, library.count("tst_book"));
        holder.get();
    }

    @Test
    void twoThatWaitForEachOtherAreADeadlock() throws Exception {
        library.note("n1");
        library.note("n2");
        CyclicBarrier both = new CyclicBarrier(2);

        List<Future<Integer>> ends = List.of(
                others.submit(() -> crossing(both, "n1", "n2")), others.submit(() -> crossing(both, "n2", "n1")));
        List<Kind> refused = new ArrayList<>();
        for (Future<Integer> end : ends) {
            try {
                end.get();
            } catch (ExecutionException e) {
                refused.add(((TxException) e.getCause()).kind());
            }
        }

        assertEquals(List.of(Kind.DEADLOCK), refused);
    }

    private int crossing(CyclicBarrier both, String first, String second) throws Exception {
        return library.tx.run(() -> {
            library.statement("update tst_note set text = 'first' where id = '" + first + "'");
            both.await(1, TimeUnit.MINUTES);
            return library.statement("update tst_note set text = 'second' where id = '" + second + "'");
        });
    }

    @Test
    void aSecondRowOfTheSameKeyIsADuplicate() {
        library.note("n1");
        library.book("b1", "One");

        assertEquals(
                Kind.DUPLICATE,
                assertThrows(TxException.class, () -> library.note("n1")).kind());
        TxException byEntityManager = assertThrows(TxException.class, () -> library.book("b1", "Again"));
        assertEquals(Kind.DUPLICATE, byEntityManager.kind());
        assertFalse(byEntityManager.retryable());
    }

    @Test
    void aDuplicateInABatchIsADuplicate() {
        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.run(() -> {
                    try (java.sql.PreparedStatement insert = library.tx
                            .connection()
                            .prepareStatement("insert into tst_note (id, text) values (?, '')")) {
                        for (String id : List.of("n1", "n2", "n1")) {
                            insert.setString(1, id);
                            insert.addBatch();
                        }
                        return insert.executeBatch();
                    }
                }));

        assertEquals(Kind.DUPLICATE, thrown.kind());
        assertEquals(0, library.count("tst_note"));
    }

    @Test
    void retryingRunsTheWorkAgainUntilItMeetsNobody() throws Exception {
        library.book("b1", "One");
        AtomicInteger attempts = new AtomicInteger();

        String before = library.tx.retrying(() -> {
            BookRow mine = library.tx.em(library.books).find(BookRow.class, "b1");
            String read = mine.title();
            if (attempts.incrementAndGet() < 3) {
                library.tx.em(library.books).detach(mine);
                elsewhere(() -> {
                    library.retitle("b1", "Theirs " + attempts.get());
                    return null;
                });
            }
            mine.title("Mine");
            library.tx.em(library.books).merge(mine);
            return read;
        });

        assertEquals(3, attempts.get());
        assertEquals("Theirs 2", before);
        assertEquals("Mine", library.title("b1"));
    }

    @Test
    void retryingGivesUpAfterFiveAttempts() {
        ThreadTx impatient = new ThreadTx(library.database.pool(), Pause.NONE);
        AtomicInteger attempts = new AtomicInteger();

        assertThrows(
                TxException.class,
                () -> impatient.retrying(() -> {
                    attempts.incrementAndGet();
                    throw new TxException(Kind.DEADLOCK, "always", null);
                }));

        assertEquals(5, attempts.get());
        assertEquals(new ThreadTx.Counts(0, 5, 4), impatient.counts());
    }

    @Test
    void whatWillFailAgainIsNotTriedAgain() {
        AtomicInteger attempts = new AtomicInteger();
        library.note("n1");

        assertThrows(
                TxException.class,
                () -> library.tx.retrying(() -> {
                    attempts.incrementAndGet();
                    library.note("n1");
                    return null;
                }));

        assertEquals(1, attempts.get());
    }

    @Test
    void anInterruptedThreadDoesNotTryAgain() throws Exception {
        AtomicInteger attempts = new AtomicInteger();

        Future<Boolean> interrupted = others.submit(() -> {
            assertThrows(
                    TxException.class,
                    () -> library.tx.retrying(() -> {
                        attempts.incrementAndGet();
                        Thread.currentThread().interrupt();
                        throw new TxException(Kind.DEADLOCK, "once", null);
                    }));
            return Thread.interrupted();
        });

        assertEquals(true, interrupted.get());
        assertEquals(1, attempts.get());
    }

    @Test
    void thousandsOfCommitsAndRollbacksAtSixteenThreadsLeakNothing() throws Exception {
        int threads = 16;
        int each = 150;
        List<Future<Object>> ends = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            String own = "t" + thread + "-";
            ends.add(others.submit(() -> {
                for (int i = 0; i < each; i++) {
                    commitOrRollBack(own + i, i % 10 == 0);
                }
                return null;
            }));
        }
        for (Future<Object> end : ends) {
            assertNull(end.get());
        }

        long committed = threads * (each - each / 10L);
        assertEquals(committed, library.count("tst_book"));
        assertEquals(committed, library.count("tst_reader"));
        assertEquals(committed, library.count("tst_note"));
        assertEquals(0, library.database.connectionsInUse());
    }

    private void commitOrRollBack(String id, boolean fail) {
        try {
            library.tx.retrying(() -> {
                library.book(id, "One");
                library.reader(id, "Ann");
                library.note(id);
                if (fail) {
                    throw new IllegalArgumentException("on purpose");
                }
                return null;
            });
        } catch (IllegalArgumentException e) {
            assertEquals("on purpose", e.getMessage());
        }
    }

    /** Runs the work to its end on another thread, in a transaction of its own. */
    private <R> R elsewhere(Callable<R> work) throws Exception {
        return others.submit(work).get(1, TimeUnit.MINUTES);
    }
}
