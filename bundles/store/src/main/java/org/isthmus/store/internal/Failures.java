// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static java.util.Map.entry;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.persistence.NoResultException;
import javax.persistence.NonUniqueResultException;
import javax.persistence.OptimisticLockException;
import javax.persistence.PersistenceException;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;

/**
 * What a failure of the database means. One table of SQLStates for Derby and PostgreSQL; the state is looked at before the
 * type of the exception, because OpenJPA dresses a lock timeout as a stale version.
 */
final class Failures {
    /** Derby's vendor code of an error after which it has rolled back the whole transaction. */
    private static final int DERBY_TRANSACTION_SEVERITY = 30_000;

    /** From this vendor code on it has ended the connection, or itself: the next connection opens it again. */
    private static final int DERBY_SESSION_SEVERITY = 40_000;

    /** Derby broke inside: so it does under those who are in it when it ends itself. */
    private static final String DERBY_BROKE = "XJ001";

    private static final Map<String, Kind> BY_STATE = Map.ofEntries(
            entry("40XL1", Kind.LOCK_TIMEOUT),
            entry("40XL2", Kind.LOCK_TIMEOUT),
            entry("55P03", Kind.LOCK_TIMEOUT),
            entry("40P01", Kind.DEADLOCK),
            // PostgreSQL's meaning; Derby says 40001 for a deadlock, see kind()
            entry("40001", Kind.SERIALIZATION),
            entry("23505", Kind.DUPLICATE),
            // PostgreSQL: a statement failed before and its participant went on
            entry("25P02", Kind.ROLLED_BACK),
            entry(DERBY_BROKE, Kind.BUSY),
            entry("08000", Kind.BUSY),
            entry("08001", Kind.BUSY),
            entry("08003", Kind.BUSY),
            entry("08004", Kind.BUSY),
            entry("08006", Kind.BUSY),
            // PostgreSQL: no space left, no memory, too many connections, a disk that fails
            entry("53100", Kind.BUSY),
            entry("53200", Kind.BUSY),
            entry("53300", Kind.BUSY),
            entry("58030", Kind.BUSY),
            entry("57P01", Kind.BUSY),
            entry("57P02", Kind.BUSY),
            entry("57P03", Kind.BUSY));

    private Failures() {}

    /** The typed exception for a failure, or empty when no database stands behind it. */
    static Optional<TxException> typed(Throwable failure) {
        if (failure instanceof TxException known) {
            return Optional.of(known);
        }
        Throwable said = null;
        Kind kind = null;
        for (Throwable each : everythingBehind(failure)) {
            if (each instanceof TxException known) {
                return Optional.of(known);
            }
            Optional<Kind> precise = kind(each);
            if (precise.isPresent()) {
                return Optional.of(new TxException(precise.get(), message(each), failure));
            }
            if (kind != Kind.CONFLICT && each instanceof OptimisticLockException) {
                kind = Kind.CONFLICT;
                said = each;
            } else if (kind == null && isDatabase(each)) {
                kind = Kind.DATABASE;
                said = each;
            } else if (kind == Kind.DATABASE && each instanceof SQLException && !(said instanceof SQLException)) {
                said = each;
            }
        }
        return kind == null ? Optional.empty() : Optional.of(new TxException(kind, message(said), failure));
    }

    /** The typed exception for what is a failure of the database in any case. */
    static TxException typed(SQLException failure) {
        return typed((Throwable) failure).orElseThrow();
    }

    /** True when the same work may well succeed the next time: it met somebody else's lock or change. */
    static boolean metSomebody(TxException failure) {
        return switch (failure.kind()) {
            case CONFLICT, LOCK_TIMEOUT, DEADLOCK, SERIALIZATION -> true;
                // a participant swallowed it: what counts is what that was
            case ROLLED_BACK -> everythingBehind(failure).stream().anyMatch(Failures::isSomebody);
            case BUSY, DUPLICATE, DATABASE -> false;
        };
    }

    private static boolean isSomebody(Throwable each) {
        if (each instanceof TxException typed) {
            return typed.kind() != Kind.ROLLED_BACK && metSomebody(typed);
        }
        return each instanceof OptimisticLockException
                || kind(each)
                        .filter(kind ->
                                kind == Kind.LOCK_TIMEOUT || kind == Kind.DEADLOCK || kind == Kind.SERIALIZATION)
                        .isPresent();
    }

    /** True when the database itself has given up the transaction, whatever call told so. */
    static boolean endsTransaction(SQLException failure) {
        String state = failure.getSQLState();
        return failure.getErrorCode() >= DERBY_TRANSACTION_SEVERITY || (state != null && state.startsWith("40"));
    }

    /** True when embedded Derby has ended the connection, or itself. */
    static boolean endsDerby(Throwable failure) {
        return everythingBehind(failure).stream()
                .anyMatch(each -> each instanceof SQLException sql
                        && (sql.getErrorCode() >= DERBY_SESSION_SEVERITY || DERBY_BROKE.equals(sql.getSQLState())));
    }

    private static Optional<Kind> kind(Throwable each) {
        if (each instanceof InterruptedException) {
            return Optional.of(Kind.BUSY); // while it waited for a connection
        }
        if (!(each instanceof SQLException sql)) {
            return Optional.empty();
        }
        if (sql instanceof SQLTransientConnectionException) {
            return Optional.of(Kind.BUSY);
        }
        if ("40001".equals(sql.getSQLState()) && sql.getErrorCode() == DERBY_TRANSACTION_SEVERITY) {
            return Optional.of(Kind.DEADLOCK);
        }
        String state = sql.getSQLState();
        if (state != null && (state.startsWith("XSD") || state.startsWith("XSL"))) {
            return Optional.of(Kind.BUSY); // Derby's files and its log: the disk is full, more often than not
        }
        Optional<Kind> known = Optional.ofNullable(state).map(BY_STATE::get);
        return known.isEmpty() && sql.getErrorCode() >= DERBY_SESSION_SEVERITY ? Optional.of(Kind.BUSY) : known;
    }

    /** An empty or ambiguous result is an answer, not a failure. */
    private static boolean isDatabase(Throwable each) {
        return each instanceof SQLException
                || (each instanceof PersistenceException
                        && !(each instanceof NoResultException)
                        && !(each instanceof NonUniqueResultException));
    }

    /** The failure, its causes, and each SQL exception's next ones (a batch hides the reason there); outermost first. */
    private static Set<Throwable> everythingBehind(Throwable failure) {
        Set<Throwable> found = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Throwable> inOrder = new java.util.LinkedHashSet<>();
        Deque<Throwable> open = new ArrayDeque<>();
        open.add(failure);
        while (!open.isEmpty()) {
            Throwable each = open.remove();
            if (!found.add(each)) {
                continue;
            }
            inOrder.add(each);
            if (each.getCause() != null) {
                open.add(each.getCause());
            }
            if (each instanceof SQLException sql && sql.getNextException() != null) {
                open.add(sql.getNextException());
            }
        }
        return inOrder;
    }

    private static String message(Throwable said) {
        return said.getMessage() == null ? said.getClass().getSimpleName() : said.getMessage();
    }
}
