// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.api.audit.AuditLog.Kind;
import org.isthmus.api.audit.AuditLog.Result;
import org.isthmus.audit.merkle.Verifier;
import org.isthmus.audit.note.NoteSigner;
import org.isthmus.audit.note.NoteVerifier;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** A log on an empty database with a clock that stands, sequenced by hand. */
final class Desk implements AutoCloseable {
    static final int REFUSALS = 3;

    final HandClock clock = new HandClock();
    final EmbeddedDatabase database = EmbeddedDatabase.inMemory("audit", clock);
    final Tx tx = database.tx();
    final Ids ids = new Ids(clock);
    final OrganizationId platform = ids.organization();
    final OrganizationId bakery = ids.organization();
    final OrganizationId brewery = ids.organization();
    final NoteSigner signer = signer();
    final Intake intake = new Intake(tx, clock, ids, REFUSALS, () -> {});
    final Sequencer sequencer = sequencer("first", signer::sign);

    private static NoteSigner signer() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            return new NoteSigner("test/log", pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    Sequencer sequencer(String holder, UnaryOperator<String> signing) {
        return sequencer(holder, signing, new SecureRandom());
    }

    Sequencer sequencer(String holder, UnaryOperator<String> signing, RandomGenerator random) {
        return new Sequencer(tx, database.leases(), clock, random, holder, "test/log", signing, 1000);
    }

    Caller ann() {
        return user("ann@bakery", bakery);
    }

    Caller user(String username, OrganizationId organization) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(ids.user()),
                username,
                organization,
                Caller.Door.REST,
                "192.0.2.7",
                "req-1",
                Optional.empty(),
                false);
    }

    Fact attempt(OrganizationId organization) {
        return fact(Kind.ATTEMPT, ann(), organization, new Subject("server", "web-1"), Map.of("name", "web-1"));
    }

    Fact refused(Caller caller) {
        return new Fact(
                Kind.REFUSED,
                caller,
                "session.create",
                bakery,
                new Subject("user", "anne"),
                Result.DENIED,
                Optional.empty(),
                "wrong password",
                Map.of());
    }

    static Fact fact(Kind kind, Caller caller, OrganizationId organization, Subject subject, Map<String, String> data) {
        return new Fact(
                kind,
                caller,
                "server.deploy",
                organization,
                subject,
                Result.PENDING,
                Optional.empty(),
                "role administrator",
                data);
    }

    void append(int count, OrganizationId organization) {
        tx.execute(() -> {
            for (int i = 0; i < count; i++) {
                intake.append(attempt(organization));
            }
        });
    }

    /** All leaves, in the order of their index. */
    List<byte[]> leaves() {
        return rows("select leaf from aud_entry order by position", row -> row.getBytes(1));
    }

    List<Long> numbers(String sql) {
        return rows(sql, row -> row.getLong(1));
    }

    List<String> texts(String sql) {
        return rows(sql, row -> row.getString(1));
    }

    int change(String sql) {
        return Sql.write(tx, () -> {
            try (PreparedStatement update = tx.connection().prepareStatement(sql)) {
                return update.executeUpdate();
            }
        });
    }

    int erase(String username) {
        return Sql.write(tx, () -> LogStore.erase(tx.connection(), username));
    }

    interface Reading<R> {
        R of(ResultSet row) throws SQLException;
    }

    private <R> List<R> rows(String sql, Reading<R> reading) {
        return Sql.read(tx, () -> {
            List<R> found = new ArrayList<>();
            Connection connection = tx.connection();
            try (PreparedStatement select = connection.prepareStatement(sql);
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(reading.of(rows));
                }
            }
            return found;
        });
    }

    /** The newest checkpoint, when its signature is right and it is that of exactly the leaves that are stored. */
    boolean checkpointHolds() {
        String note =
                texts("select note from aud_checkpoint order by entries desc").get(0);
        String expected = "test/log\n" + leaves().size() + "\n"
                + Base64.getEncoder().encodeToString(Verifier.root(leaves())) + "\n";
        return NoteVerifier.of(signer.verifier()).accepts(note) && note.startsWith(expected + "\n");
    }

    @Override
    public void close() {
        database.close();
    }

    /** Stands until it is told that time passed. */
    static final class HandClock extends Clock {
        private Instant now = Instant.parse("2026-11-23T08:00:00.123456Z");

        synchronized void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public synchronized Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("UTC only");
        }
    }
}
