// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.core.TagTable;
import org.isthmus.core.Things;
import org.isthmus.core.location.Uses;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;

/** Networks. Inside a transaction. */
public final class NetworkStore implements Uses {
    private static final String TABLE = "net_network";
    private static final TagTable TAGS = new TagTable("net_tag", "network_id");
    private static final Map<String, Select.Filter> FILTERS = Map.of(
            "name", Select.text("name"),
            "state", Select.constant("state", "state", NetworkState.class),
            "location",
                    (select, value) -> select.where(
                            "x.location_id in (select l.id from loc_location l where l.id = ? or l.name = ?)",
                            value,
                            value));

    private final RowStore rows;

    public NetworkStore(RowStore rows) {
        this.rows = rows;
    }

    public Optional<Network> find(NetworkId id) {
        return rows.look(NetworkRow.class, TABLE, id).map(NetworkRow::network);
    }

    public Optional<Network> find(OrganizationId organization, Ref ref) {
        Optional<Network> found = ref.isId(NetworkId.PREFIX)
                ? find(new NetworkId(ref.text()))
                : rows
                        .select(
                                NetworkRow.class,
                                TABLE,
                                "where x.organization_id = ? and x.name = ?",
                                organization.value(),
                                ref.text())
                        .stream()
                        .findFirst()
                        .map(NetworkRow::network);
        return found.filter(network -> network.organization().equals(organization));
    }

    public Network must(OrganizationId organization, Ref ref) {
        return find(organization, ref).orElseThrow(() -> absent(ref));
    }

    public Network must(NetworkId id) {
        return find(id).orElseThrow(() -> absent(Ref.of(id)));
    }

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no network %s in this organization.", ref);
    }

    static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because(
                "There is a network %s in this organization already; choose another name.", name);
    }

    Page<Network> page(Reach reach, Query query) {
        String organization = reach.organization().id().value();
        return new Select<>(rows, NetworkRow.class, TABLE)
                .where("x.organization_id = ?", organization)
                .within(reach, Things.Kind.NETWORK)
                .filtered(query, FILTERS)
                .tagged(query, organization, TAGS)
                .page(query.page(), NetworkRow::id)
                .map(NetworkRow::network);
    }

    /** All networks an endpoint's driver makes. */
    List<Network> of(EndpointId endpoint) {
        return new Select<>(rows, NetworkRow.class, TABLE)
                .where("x.endpoint_id = ?", endpoint.value()).all().stream()
                        .map(NetworkRow::network)
                        .toList();
    }

    Map<String, Map<String, String>> tags(Collection<NetworkId> networks) {
        return TAGS.of(rows, networks.stream().map(NetworkId::value).toList());
    }

    /** The network whose subnet overlaps, if any; those that failed hold nothing. */
    Optional<Name> overlapping(OrganizationId organization, LocationId location, Cidr cidr) {
        return rows.one(
                "select name from net_network where organization_id = ? and location_id = ? and state <> ?"
                        + " and first_address <= ? and last_address >= ?",
                row -> new Name(row.getString(1)),
                organization.value(),
                location.value(),
                NetworkState.FAILED.name(),
                cidr.network() + cidr.size() - 1,
                cidr.network());
    }

    Network insert(Network network, Map<String, String> tags) {
        NetworkRow row = new NetworkRow(network);
        rows.insert(row, () -> taken(network.name()));
        rows.change(
                "insert into net_cursor (network_id, next_address) values (?, ?)",
                network.id().value(),
                network.cidr().firstServer());
        TAGS.give(rows, network.organization().value(), network.id(), tags);
        return row.network();
    }

    Network change(Network network, Name name, boolean neverPublic, Optional<Map<String, String>> tags) {
        NetworkRow row = rows.find(NetworkRow.class, network.id()).orElseThrow(() -> absent(Ref.of(network.id())));
        if (row.version() != network.version()) {
            throw Problem.STALE.because("The network has version %d by now; read it again.", row.version());
        }
        row.change(name, neverPublic);
        rows.flush(() -> taken(name));
        if (tags.isPresent()) {
            TAGS.replace(rows, network.organization().value(), network.id(), tags.get());
            rows.touch(row);
        }
        return row.network();
    }

    /** The one way a network's state changes. A change the table does not know is refused. */
    Network moveTo(NetworkId id, NetworkState to, Optional<String> reason, Optional<OperationId> operation) {
        NetworkRow row = rows.find(NetworkRow.class, id).orElseThrow(() -> absent(Ref.of(id)));
        NetworkState from = row.network().state();
        if (from != to && !from.mayBecome(to)) {
            throw NetworkProblem.NOT_ACTIVE.because("The network %s is %s and cannot become %s.", id, from, to);
        }
        row.state(to, reason, operation);
        rows.flush();
        return row.network();
    }

    /** Keeps what is different below, if anything; false when the row has moved on from what was looked at. */
    boolean drift(Network looked, Optional<String> found) {
        Optional<NetworkRow> row = rows.find(NetworkRow.class, looked.id());
        if (row.isEmpty() || row.get().version() != looked.version()) {
            return false;
        }
        row.get().drift(found);
        rows.flush();
        return true;
    }

    /**
     * Makes this transaction the only one that gives out addresses of the network, or takes it down, until it ends. False
     * when the network is gone.
     */
    public boolean lock(NetworkId id) {
        return rows.change("update net_cursor set next_address = next_address where network_id = ?", id.value()) == 1;
    }

    long cursor(NetworkId id) {
        return rows.one("select next_address from net_cursor where network_id = ?", row -> row.getLong(1), id.value())
                .orElseThrow(() -> absent(Ref.of(id)));
    }

    void cursor(NetworkId id, long next) {
        rows.change("update net_cursor set next_address = ? where network_id = ?", next, id.value());
    }

    void delete(NetworkId id) {
        TAGS.remove(rows, id);
        rows.change("delete from net_cursor where network_id = ?", id.value());
        rows.change("delete from net_network where id = ?", id.value());
    }

    /** Names of the first few servers on it; the table is the servers', the question ours. */
    List<String> servers(NetworkId id) {
        return rows.query(
                "select s.name from srv_server s where s.id in (select p.server_id from net_port p where p.network_id = ?)"
                        + " order by s.name fetch first 4 rows only",
                row -> row.getString(1),
                id.value());
    }

    @Override
    public Optional<String> ofLocation(LocationId location) {
        return counted("select count(*) from net_network where location_id = ?", location.value());
    }

    @Override
    public Optional<String> ofEndpoint(EndpointId endpoint) {
        return counted("select count(*) from net_network where endpoint_id = ?", endpoint.value());
    }

    /** What an organization still owns of this. */
    public Optional<String> ofOrganization(OrganizationId organization) {
        return counted("select count(*) from net_network where organization_id = ?", organization.value());
    }

    private Optional<String> counted(String sql, String of) {
        return Uses.counted(rows.one(sql, row -> row.getLong(1), of).orElse(0L), "network");
    }
}
