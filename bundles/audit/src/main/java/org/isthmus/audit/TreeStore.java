// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.audit.merkle.Growth;
import org.isthmus.audit.merkle.Tiles;

/** Tiles and checkpoints, on a transaction's connection. */
final class TreeStore implements Tiles {
    private static final long HOUR = Duration.ofHours(1).toMillis() * 1000;

    private final Connection connection;

    TreeStore(Connection connection) {
        this.connection = connection;
    }

    /** The newest checkpoint: how many entries it covers, when it was signed, the signed note. */
    record Head(long size, long signedAt, String note) {}

    @Override
    public Map<Long, byte[]> at(Set<Long> places) {
        Map<Long, byte[]> tiles = new HashMap<>();
        if (places.isEmpty()) {
            return tiles;
        }
        try (PreparedStatement select = connection.prepareStatement(
                "select place, hashes from aud_tile where place in (" + Sql.marks(places.size()) + ")")) {
            int parameter = 1;
            for (Long place : places) {
                select.setLong(parameter++, place);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    tiles.put(rows.getLong(1), rows.getBytes(2));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("Tiles of the audit log cannot be read", e);
        }
        return tiles;
    }

    void write(Growth growth) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update aud_tile set hashes = ? where place = ?");
                PreparedStatement insert =
                        connection.prepareStatement("insert into aud_tile (hashes, place) values (?, ?)")) {
            for (Map.Entry<Long, byte[]> tile : growth.changed().entrySet()) {
                PreparedStatement statement = growth.replaced().contains(tile.getKey()) ? update : insert;
                statement.setBytes(1, tile.getValue());
                statement.setLong(2, tile.getKey());
                statement.addBatch();
            }
            update.executeBatch();
            insert.executeBatch();
        }
    }

    Optional<Head> newest() throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select entries, signed_at, note from aud_checkpoint"
                                + " order by entries desc fetch first 1 rows only");
                ResultSet row = select.executeQuery()) {
            return row.next()
                    ? Optional.of(new Head(row.getLong(1), row.getLong(2), row.getString(3)))
                    : Optional.empty();
        }
    }

    /** Keeps the head and forgets the others of the same hour: a newer one proves whatever they proved. */
    void keep(Head head) throws SQLException {
        try (PreparedStatement forget = connection.prepareStatement("delete from aud_checkpoint where signed_at >= ?");
                PreparedStatement insert = connection.prepareStatement(
                        "insert into aud_checkpoint (entries, signed_at, note) values (?, ?, ?)")) {
            forget.setLong(1, Math.floorDiv(head.signedAt(), HOUR) * HOUR);
            forget.executeUpdate();
            insert.setLong(1, head.size());
            insert.setLong(2, head.signedAt());
            insert.setString(3, head.note());
            insert.executeUpdate();
        }
    }
}
