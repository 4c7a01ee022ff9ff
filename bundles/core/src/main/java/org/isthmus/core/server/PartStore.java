// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.server.ServerView.SnapshotView;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.TxException;
import org.isthmus.store.seal.Seal;

/** What belongs to one server and goes with it: disks, snapshots, what is in its seed, console tickets. In a transaction. */
final class PartStore {
    private final RowStore rows;
    private final Seal seal;

    PartStore(RowStore rows, Seal seal) {
        this.rows = rows;
        this.seal = seal;
    }

    /** A disk; the first of a server is its boot disk. */
    record Disk(DiskId id, ServerId server, int sortNo, long sizeGiB) {
        boolean boot() {
            return sortNo == 0;
        }

        long bytes() {
            return sizeGiB << 30;
        }
    }

    void insert(Disk disk) {
        rows.change(
                "insert into srv_disk (id, server_id, sort_no, size_gib) values (?, ?, ?, ?)",
                disk.id().value(),
                disk.server().value(),
                disk.sortNo(),
                disk.sizeGiB());
    }

    List<Disk> disks(ServerId server) {
        return disks(List.of(server)).get(server);
    }

    /** The disks of many servers in a few queries, each server's in its order. */
    Map<ServerId, List<Disk>> disks(Collection<ServerId> servers) {
        Map<ServerId, List<Disk>> disks = new LinkedHashMap<>();
        servers.forEach(server -> disks.put(server, new ArrayList<>()));
        rows.among(
                "select id, server_id, sort_no, size_gib from srv_disk",
                "srv_disk_server",
                "server_id",
                "server_id, sort_no",
                servers.stream().map(ServerId::value).toList(),
                row -> {
                    ServerId server = new ServerId(row.getString(2));
                    return disks.get(server)
                            .add(new Disk(new DiskId(row.getString(1)), server, row.getInt(3), row.getLong(4)));
                });
        return disks;
    }

    /** The disks of all servers of an endpoint, each server's in its order. */
    Map<ServerId, List<Disk>> disks(EndpointId endpoint) {
        return rows
                .query(
                        "select d.id, d.server_id, d.sort_no, d.size_gib from srv_disk d join srv_server s"
                                + " on s.id = d.server_id where s.endpoint_id = ? order by d.sort_no, d.id",
                        row -> new Disk(
                                new DiskId(row.getString(1)),
                                new ServerId(row.getString(2)),
                                row.getInt(3),
                                row.getLong(4)),
                        endpoint.value())
                .stream()
                .collect(Collectors.groupingBy(Disk::server));
    }

    void grow(DiskId disk, long sizeGiB) {
        rows.change("update srv_disk set size_gib = ? where id = ?", sizeGiB, disk.value());
    }

    void delete(DiskId disk) {
        rows.change("delete from srv_disk where id = ?", disk.value());
    }

    /** Writes a snapshot down before it is taken, so that its name is its own; it is shown once it is ready. */
    void insert(ServerId server, SnapshotView snapshot) {
        try {
            rows.tx()
                    .execute(() -> rows.change(
                            "insert into srv_snapshot (id, server_id, name, ready, created_at, created_by)"
                                    + " values (?, ?, ?, ?, ?, ?)",
                            snapshot.id().value(),
                            server.value(),
                            snapshot.name().value(),
                            false,
                            Times.micros(snapshot.createdAt()),
                            snapshot.createdBy()));
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                throw Problem.NAME_TAKEN.because("The server has a snapshot %s already.", snapshot.name());
            }
            throw e;
        }
    }

    void ready(SnapshotId snapshot) {
        rows.change("update srv_snapshot set ready = ? where id = ?", true, snapshot.value());
    }

    void delete(SnapshotId snapshot) {
        rows.change("delete from srv_snapshot where id = ?", snapshot.value());
    }

    /** Those that were taken, oldest first. */
    List<SnapshotView> snapshots(ServerId server) {
        return rows.query(
                "select id, name, created_at, created_by from srv_snapshot where server_id = ? and ready = ? order by id",
                row -> new SnapshotView(
                        new SnapshotId(row.getString(1)),
                        new Name(row.getString(2)),
                        Times.instant(row.getLong(3)),
                        row.getString(4)),
                server.value(),
                true);
    }

    SnapshotView snapshot(ServerId server, Ref ref) {
        return snapshots(server).stream()
                .filter(each -> each.id().value().equals(ref.text())
                        || each.name().value().equals(ref.text()))
                .findFirst()
                .orElseThrow(() -> Problem.NOT_FOUND.because("The server has no snapshot %s.", ref));
    }

    void keepUserData(ServerId server, Secret userData) {
        rows.change(
                "insert into srv_seed (server_id, user_data) values (?, ?)",
                server.value(),
                seal.seal(userData, server.value()));
    }

    Optional<Secret> userData(ServerId server) {
        return rows.one("select user_data from srv_seed where server_id = ?", row -> row.getString(1), server.value())
                .map(kept -> seal.open(kept, server.value()));
    }

    void forgetUserData(ServerId server) {
        // most have none, and to delete nothing is dear on Derby: it makes a warning, with its stack and its text
        if (rows.any("select server_id from srv_seed where server_id = ?", server.value())) {
            rows.change("delete from srv_seed where server_id = ?", server.value());
        }
    }

    /** Writes down which key of its organization's SSH authority the server's seed tells it to trust. */
    void keepTrust(ServerId server, int generation) {
        rows.change("insert into srv_trust (server_id, generation) values (?, ?)", server.value(), generation);
    }

    /** That it trusts this one, whatever was meant before: its seed says so. */
    void trusts(ServerId server, int generation) {
        if (rows.change("update srv_trust set generation = ? where server_id = ?", generation, server.value()) == 0) {
            keepTrust(server, generation);
        }
    }

    /** Servers that have no seed yet will trust this key. One that gets its seed at the same moment writes down what is in it. */
    void trustAnew(OrganizationId organization, int generation) {
        // holds on to their rows, so that none of them gets its seed meanwhile
        rows.change("update srv_server set ref = ref where organization_id = ? and ref is null", organization.value());
        rows.change(
                "update srv_trust set generation = ? where server_id in"
                        + " (select id from srv_server where organization_id = ? and ref is null)",
                generation,
                organization.value());
    }

    /** That key; none for a server that was made before there were any. */
    Optional<Integer> trust(ServerId server) {
        return rows.one("select generation from srv_trust where server_id = ?", row -> row.getInt(1), server.value());
    }

    /** All the keys that servers of an organization trust. */
    List<Integer> trusted(OrganizationId organization) {
        return rows.query(
                "select distinct t.generation from srv_trust t join srv_server s on s.id = t.server_id"
                        + " where s.organization_id = ?",
                row -> row.getInt(1),
                organization.value());
    }

    /**
     * A right to open a console.
     *
     * @param user whose it is; absent for the machine's root and the system
     */
    record Ticket(ServerId server, Optional<UserId> user, Optional<String> username) {}

    void insertTicket(String hash, Ticket ticket, Instant expiresAt) {
        rows.change(
                "insert into srv_ticket (ticket, server_id, user_id, username, expires_at) values (?, ?, ?, ?, ?)",
                hash,
                ticket.server().value(),
                ticket.user().<Object>map(UserId::value).orElse(Sql.Nothing.TEXT),
                ticket.username().<Object>map(name -> name).orElse(Sql.Nothing.TEXT),
                Times.micros(expiresAt));
    }

    /** What the ticket is for, while it is good. */
    Optional<Ticket> ticket(String hash, Instant now) {
        return rows.one(
                "select server_id, user_id, username from srv_ticket where ticket = ? and expires_at > ?",
                row -> new Ticket(
                        new ServerId(row.getString(1)),
                        Optional.ofNullable(row.getString(2)).map(UserId::new),
                        Optional.ofNullable(row.getString(3))),
                hash,
                Times.micros(now));
    }

    /** Uses the ticket up: what it was for, when it was good. Two who try it at once do not both get it. */
    Optional<Ticket> useTicket(String hash, Instant now) {
        return ticket(hash, now).filter(found -> rows.change("delete from srv_ticket where ticket = ?", hash) == 1);
    }

    void forgetTickets(Instant expiredBefore) {
        rows.change("delete from srv_ticket where expires_at <= ?", Times.micros(expiredBefore));
    }

    /** Everything of a server that is gone. */
    void deleteAll(ServerId server) {
        rows.change("delete from srv_disk where server_id = ?", server.value());
        rows.change("delete from srv_snapshot where server_id = ?", server.value());
        rows.change("delete from srv_seed where server_id = ?", server.value());
        rows.change("delete from srv_ticket where server_id = ?", server.value());
        rows.change("delete from srv_trust where server_id = ?", server.value());
    }
}
