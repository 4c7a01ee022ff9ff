// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.Gate.Answer;
import org.isthmus.api.gate.Gate.Replay;
import org.isthmus.core.Sql;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Times;
import org.isthmus.store.Tx;

/** The first answers given under an Idempotency-Key, kept for a day, per caller. */
final class KeptAnswers {
    private static final Duration KEEP = Duration.ofHours(24);
    private static final int MOST_BODY = 64 * 1024;

    private final Tx tx;

    KeptAnswers(Tx tx) {
        this.tx = tx;
    }

    /**
     * The answer kept under this key, if any.
     *
     * @throws org.isthmus.api.ProblemException KEY_REUSED when the key was used for another request
     */
    Optional<Answer> find(String caller, Replay<?> replay, Instant now) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select fingerprint, status, body, location from gat_answer where caller = ?"
                            + " and idempotency_key = ? and created_at > ?")) {
                try (ResultSet row = Sql.bind(select, caller, replay.key(), Times.micros(now.minus(KEEP)))
                        .executeQuery()) {
                    if (!row.next()) {
                        return Optional.empty();
                    }
                    if (!row.getString(1).equals(replay.fingerprint().hex())) {
                        throw Problem.KEY_REUSED.because(
                                "This Idempotency-Key was used for another request within the last 24 hours; use a new one.");
                    }
                    String body = row.getString(3);
                    String location = row.getString(4);
                    return Optional.of(
                            new Answer(row.getInt(2), body == null ? "" : body, location == null ? "" : location));
                }
            }
        }));
    }

    /** Takes the key, inside the gate's transaction: a duplicate in flight waits here, and then finds it taken. */
    void take(String caller, Replay<?> replay, Instant now) {
        Sql.run(() -> {
            try (PreparedStatement old = tx.connection()
                    .prepareStatement(
                            "delete from gat_answer where caller = ? and idempotency_key = ? and created_at <= ?")) {
                Sql.bind(old, caller, replay.key(), Times.micros(now.minus(KEEP)))
                        .executeUpdate();
            }
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement(
                            "insert into gat_answer (caller, idempotency_key, fingerprint, status, created_at)"
                                    + " values (?, ?, ?, 0, ?)")) {
                return Sql.bind(
                                insert,
                                caller,
                                replay.key(),
                                replay.fingerprint().hex(),
                                Times.micros(now))
                        .executeUpdate();
            }
        });
    }

    /** Keeps the answer, inside the same transaction. */
    void keep(String caller, Replay<?> replay, Answer answer) {
        if (answer.body().length() > MOST_BODY) {
            throw new IllegalArgumentException("A kept answer has at most 64 KiB");
        }
        Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update gat_answer set status = ?, body = ?, location = ?"
                            + " where caller = ? and idempotency_key = ?")) {
                return Sql.bind(
                                update,
                                answer.status(),
                                answer.body(),
                                answer.location().isEmpty() ? Nothing.TEXT : answer.location(),
                                caller,
                                replay.key())
                        .executeUpdate();
            }
        });
    }

    /** Drops what is older than a day; from time to time. */
    int dropOld(Instant now) {
        return tx.retrying(() -> Sql.run(() -> {
            try (PreparedStatement delete =
                    tx.connection().prepareStatement("delete from gat_answer where created_at <= ?")) {
                return Sql.bind(delete, Times.micros(now.minus(KEEP))).executeUpdate();
            }
        }));
    }
}
