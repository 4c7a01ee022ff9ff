// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.identity.store.Jdbc;
import org.isthmus.identity.store.Micros;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** {@link Memory} in the database, so that a login may begin at one controller and end at another. Plain JDBC. */
final class SsoStore implements Memory {
    /** Under way from one address: a whole company may share it. */
    static final int MOST_OF_ADDRESS = 200;
    /** Under way in all; whoever begins as many from everywhere only keeps others from beginning for some minutes. */
    static final int MOST = 20_000;

    private static final Duration COME_BACK = Duration.ofMinutes(1);

    private final Tx tx;
    private final Clock clock;

    SsoStore(Tx tx, Clock clock) {
        this.tx = tx;
        this.clock = clock;
    }

    @Override
    public void begun(Underway login, String address) {
        String from = address.length() <= 100 ? address : address.substring(0, 100);
        tx.retrying(() -> {
            tidy("idn_sso_login", "expires_at");
            boolean room = count(
                                    "SELECT COUNT(*) FROM idn_sso_login WHERE directory = ? AND address = ?",
                                    login.provider(),
                                    from)
                            < MOST_OF_ADDRESS
                    && count("SELECT COUNT(*) FROM idn_sso_login") < MOST;
            if (!room) {
                throw Problem.TOO_MANY.retryAfter(
                        COME_BACK, "Too many logins are under way and not finished. Try again in a minute.");
            }
            return Jdbc.write(
                    tx,
                    "INSERT INTO idn_sso_login (state_hash, directory, browser_hash, next_path, address, begun_at,"
                            + " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    insert -> {
                        insert.setString(1, login.state().hex());
                        insert.setString(2, login.provider());
                        insert.setString(3, login.browser().hex());
                        insert.setString(4, login.next().orElse(null));
                        insert.setString(5, from);
                        insert.setLong(6, Micros.of(login.begunAt()));
                        insert.setLong(7, Micros.of(login.expiresAt()));
                        return insert.executeUpdate();
                    });
        });
    }

    @Override
    public Optional<Underway> seen(Sha256 state) {
        return Jdbc.read(
                tx,
                "SELECT directory, browser_hash, next_path, begun_at, expires_at FROM idn_sso_login WHERE state_hash = ?",
                query -> {
                    query.setString(1, state.hex());
                    try (ResultSet row = query.executeQuery()) {
                        return row.next()
                                ? Optional.of(new Underway(
                                        state,
                                        row.getString(1),
                                        new Sha256(row.getString(2)),
                                        Micros.toInstant(row.getLong(4)),
                                        Micros.toInstant(row.getLong(5)),
                                        Optional.ofNullable(row.getString(3))))
                                : Optional.<Underway>empty();
                    }
                });
    }

    @Override
    public Optional<Underway> taken(Sha256 state) {
        return tx.retrying(() -> {
            Optional<Underway> found = seen(state);
            int mine = Jdbc.write(tx, "DELETE FROM idn_sso_login WHERE state_hash = ?", delete -> {
                delete.setString(1, state.hex());
                return delete.executeUpdate();
            });
            return mine == 1 ? found : Optional.<Underway>empty();
        });
    }

    @Override
    public boolean firstUse(String provider, String token, Instant until) {
        Sha256 hash = Sha256.of(token.getBytes(StandardCharsets.UTF_8));
        try {
            return tx.retrying(() -> {
                tidy("idn_sso_used", "until_at");
                if (count(
                                "SELECT COUNT(*) FROM idn_sso_used WHERE directory = ? AND token_hash = ?",
                                provider,
                                hash.hex())
                        > 0) {
                    return false;
                }
                return Jdbc.write(
                        tx, "INSERT INTO idn_sso_used (directory, token_hash, until_at) VALUES (?, ?, ?)", insert -> {
                            insert.setString(1, provider);
                            insert.setString(2, hash.hex());
                            insert.setLong(3, Micros.of(until));
                            return insert.executeUpdate() == 1;
                        });
            });
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                return false;
            }
            throw e;
        }
    }

    private void tidy(String table, String until) {
        Jdbc.write(tx, "DELETE FROM " + table + " WHERE " + until + " < ?", delete -> {
            delete.setLong(1, Micros.of(clock.instant()));
            return delete.executeUpdate();
        });
    }

    private int count(String sql, String... values) {
        return Jdbc.read(tx, sql, query -> {
            for (int i = 0; i < values.length; i++) {
                query.setString(i + 1, values[i]);
            }
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        });
    }
}
