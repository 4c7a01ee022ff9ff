// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class SharedTransactionTest {
    private static Library library;

    @BeforeAll
    static void open() {
        library = new Library("shared");
    }

    @AfterAll
    static void close() {
        library.close();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        assertFalse(library.tx.running());
        assertEquals(0, library.database.connectionsInUse());
        library.clear();
    }

    @Test
    void threeParticipantsCommitTogether() {
        library.tx.execute(() -> {
            library.book("b1", "One");
            library.reader("r1", "Ann");
            library.note("n1");
        });

        assertEquals(1, library.count("tst_book"));
        assertEquals(1, library.count("tst_reader"));
        assertEquals(1, library.count("tst_note"));
        assertEquals("One", library.title("b1"));
    }

    @Test
    void aFailureInTheSecondParticipantUndoesTheFirst() {
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> library.tx.execute(() -> {
                    library.book("b1", "One");
                    library.note("n1");
                    library.tx.execute(() -> {
                        library.reader("r1", "Ann");
                        throw new IllegalStateException("the second bundle broke");
                    });
                }));

        assertEquals("the second bundle broke", thrown.getMessage());
        library.assertEmpty();
    }

    @Test
    void aSwallowedFailureOfAParticipantDoomsTheWhole() {
        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.execute(() -> {
                    library.book("b1", "One");
                    assertThrows(
                            IllegalStateException.class,
                            () -> library.tx.execute(() -> {
                                throw new IllegalStateException("swallowed");
                            }));
                    library.note("n1");
                }));

        assertEquals(Kind.ROLLED_BACK, thrown.kind());
        assertEquals("swallowed", thrown.getCause().getMessage());
        library.assertEmpty();
    }

    @Test
    void aSwallowedFailedStatementDoomsTheWhole() {
        library.note("n1");

        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.execute(() -> {
                    library.book("b1", "One");
                    try (PreparedStatement again = library.tx
                            .connection()
                            .prepareStatement("insert into tst_note (id, text) values ('n1', 'again')")) {
                        assertThrows(SQLException.class, again::executeUpdate);
                    }
                    library.note("n2");
                }));

        assertEquals(Kind.ROLLED_BACK, thrown.kind());
        assertEquals(0, library.count("tst_book"));
        assertEquals(1, library.count("tst_note"));
    }

    @Test
    void aParticipantThatRollsBackDoomsTheWhole() {
        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.execute(() -> {
                    library.note("n1");
                    library.tx.connection().rollback();
                }));

        assertEquals(Kind.ROLLED_BACK, thrown.kind());
        library.assertEmpty();
    }

    @Test
    void participantsCannotCommitOrCloseWhatIsShared() {
        assertThrows(
                IllegalStateException.class,
                () -> library.tx.execute(() -> {
                    library.note("n1");
                    library.tx.connection().commit();
                    library.tx.connection().close();
                    library.note("n2");
                    throw new IllegalStateException("after the participant's commit");
                }));

        library.assertEmpty();
    }

    @Test
    void aConnectionKeptBeyondTheEndIsOfNoUse() throws SQLException {
        java.sql.Connection kept = library.tx.run(() -> library.tx.connection());

        assertTrue(kept.isClosed());
        assertThrows(SQLException.class, () -> kept.prepareStatement("select * from tst_note"));
    }

    @Test
    void innerTransactionsJoinTheOuterAndSeeItsWork() {
        library.tx.execute(() -> {
            library.book("b1", "One");
            assertEquals("One", library.title("b1"));
            assertEquals(1, library.count("tst_book"));
            library.tx.retrying(() -> {
                library.retitle("b1", "Two");
                return null;
            });
            assertSame(library.tx.em(library.books), library.tx.em(library.books));
        });

        assertEquals("Two", library.title("b1"));
    }

    @Test
    void plainStatementsSeeWhatEntityManagersHaveNotYetWritten() {
        library.tx.execute(() -> {
            library.book("b1", "One");
            assertEquals(1, library.statement("update tst_book set title = 'Two' where id = 'b1'"));
        });

        assertEquals("Two", library.title("b1"));
    }

    @Test
    void workAfterTheCommitRunsOutsideAndOnce() {
        List<String> seen = new ArrayList<>();

        library.tx.execute(() -> {
            library.note("n1");
            library.tx.execute(() -> library.tx.afterCommit(() -> seen.add("running " + library.tx.running())));
            library.tx.afterCommit(() -> {
                throw new IllegalStateException("told to the operator only");
            });
            library.tx.afterCommit(() -> seen.add("notes " + library.count("tst_note")));
            assertEquals(List.of(), seen);
        });

        assertEquals(List.of("running false", "notes 1"), seen);
    }

    @Test
    void workAfterTheCommitDoesNotRunAfterARollback() {
        List<String> seen = new ArrayList<>();

        assertThrows(
                IllegalStateException.class,
                () -> library.tx.execute(() -> {
                    library.tx.afterCommit(() -> seen.add("ran"));
                    throw new IllegalStateException("rolled back");
                }));

        assertEquals(List.of(), seen);
    }

    @Test
    void aReadRefusesPlainWrites() {
        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.read(() -> library.statement("insert into tst_note (id, text) values ('n1', '')")));

        assertEquals(Kind.DATABASE, thrown.kind());
        library.assertEmpty();
    }

    @Test
    void aReadRefusesWritesOfEntityManagers() {
        TxException thrown = assertThrows(
                TxException.class,
                () -> library.tx.read(() -> {
                    library.tx.em(library.books).persist(new BookRow("b1", "One"));
                    return null;
                }));

        assertEquals(Kind.DATABASE, thrown.kind());
        library.assertEmpty();
    }

    @Test
    void aWriteIsPossibleAgainAfterARead() {
        assertEquals(0, library.count("tst_note"));

        for (int i = 0; i < 40; i++) {
            library.note("n" + i);
            assertEquals(i + 1, library.count("tst_note"));
        }
    }

    @Test
    void outsideATransactionNothingCanBeWritten() throws SQLException {
        assertThrows(IllegalStateException.class, () -> library.tx.connection());
        assertThrows(IllegalStateException.class, () -> library.tx.em(library.books));
        assertThrows(IllegalStateException.class, () -> library.tx.afterCommit(() -> {}));
        try (java.sql.Connection connection = library.database.dataSource().getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into tst_note (id, text) values ('n1', '')")) {
            assertThrows(SQLException.class, insert::executeUpdate);
        }
    }

    @Test
    void checkedExceptionsOfTheWorkPassThroughUnchanged() {
        java.io.IOException mine = new java.io.IOException("mine");

        assertSame(
                mine,
                assertThrows(
                        java.io.IOException.class,
                        () -> library.tx.run(() -> {
                            throw mine;
                        })));
    }
}
