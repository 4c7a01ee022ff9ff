// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.core.RowStore;
import org.isthmus.core.Select;
import org.isthmus.core.TagTable;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.location.Uses;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;

/** Servers. Inside a transaction. */
public final class ServerStore implements Uses {
    private static final String TABLE = "srv_server";
    private static final TagTable TAGS = new TagTable("srv_tag", "server_id");
    private static final Map<String, Select.Filter> FILTERS = Map.of(
            "name", Select.text("name"),
            "state", Select.constant("state", "state", ServerState.class),
            "purpose", Select.text("purpose"),
            "location",
                    (select, value) -> select.where(
                            "x.location_id in (select l.id from loc_location l where l.id = ? or l.name = ?)",
                            value,
                            value),
            "network",
                    (select, value) -> select.where(
                            "x.id in (select p.server_id from net_port p where p.network_id in (select n.id"
                                    + " from net_network n where n.id = ? or (n.name = ? and n.organization_id ="
                                    + " x.organization_id)))",
                            value,
                            value),
            "image",
                    (select, value) -> select.where(
                            "x.image_id in (select i.id from img_image i where i.id = ? or (i.name = ? and"
                                    + " i.organization_id = x.organization_id))",
                            value,
                            value),
            "protected", (select, value) -> select.where("x.protected = ?", flag(value)));

    private final RowStore rows;

    public ServerStore(RowStore rows) {
        this.rows = rows;
    }

    private static Boolean flag(String value) {
        if (!value.equals("true") && !value.equals("false")) {
            throw Problem.MALFORMED.at("protected", "protected is true or false.");
        }
        return Boolean.valueOf(value);
    }

    public Optional<Server> find(ServerId id) {
        return rows.look(ServerRow.class, TABLE, id).map(ServerRow::server);
    }

    public Server must(ServerId id) {
        return find(id).orElseThrow(() -> absent(Ref.of(id)));
    }

    private ServerRow row(ServerId id) {
        return rows.find(ServerRow.class, id).orElseThrow(() -> absent(Ref.of(id)));
    }

    /** By id, or by name: the living one that has it, else the last that had it. */
    public Server must(OrganizationId organization, Ref ref) {
        if (ref.isId(ServerId.PREFIX)) {
            return find(new ServerId(ref.text()))
                    .filter(server -> server.organization().equals(organization))
                    .orElseThrow(() -> absent(ref));
        }
        // at most one lives under a name; without an order, because Derby's sorts are dear
        return named("x.living_name = ?", organization, ref)
                .or(() -> named("x.name = ? order by x.id desc fetch first 1 rows only", organization, ref))
                .orElseThrow(() -> absent(ref))
                .server();
    }

    private Optional<ServerRow> named(String condition, OrganizationId organization, Ref ref) {
        return rows
                .select(
                        ServerRow.class,
                        TABLE,
                        "where x.organization_id = ? and " + condition,
                        organization.value(),
                        ref.text())
                .stream()
                .findFirst();
    }

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no server %s in this organization.", ref);
    }

    static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because(
                "There is a server %s in this organization already; choose another name.", name);
    }

    boolean nameTaken(OrganizationId organization, Name name) {
        return rows.any(
                "select id from srv_server where organization_id = ? and living_name = ?",
                organization.value(),
                name.value());
    }

    /** Those of these names that living servers have. */
    Set<Name> taken(OrganizationId organization, Collection<Name> names) {
        Set<Name> taken = new HashSet<>();
        rows.among(
                "select living_name from srv_server",
                "srv_server_living",
                "organization_id = ? and living_name",
                "organization_id, living_name",
                List.of(organization.value()),
                names.stream().map(Name::value).toList(),
                row -> taken.add(new Name(row.getString(1))));
        return taken;
    }

    /** Which server there is, and as it is since when: enough to know whether one is as it was. */
    record Version(ServerId id, long version) {
        private static final String COLUMNS = "x.id, x.version";

        private static Version of(ResultSet row) throws SQLException {
            return new Version(new ServerId(row.getString(1)), row.getLong(2));
        }
    }

    Page<Version> page(Reach reach, Query query) {
        String organization = reach.organization().id().value();
        return new Select<>(rows, ServerRow.class, TABLE)
                .where("x.organization_id = ?", organization)
                .within(reach, Things.Kind.SERVER)
                .filtered(query, FILTERS)
                .tagged(query, organization, TAGS)
                .page(query.page(), Version.COLUMNS, Version::of, each -> each.id()
                        .value());
    }

    /** The one {@link #must} finds, when it is found by its id or the name it lives under. */
    Optional<Version> version(OrganizationId organization, Ref ref) {
        String column = ref.isId(ServerId.PREFIX) ? "id" : "living_name";
        return rows.one(
                "select " + Version.COLUMNS + " from srv_server x where x.organization_id = ? and x." + column + " = ?",
                Version::of,
                organization.value(),
                ref.text());
    }

    /** Those of an organization that are there. */
    List<Server> among(OrganizationId organization, Collection<ServerId> ids) {
        return among(
                organization,
                "srv_server_list",
                "id",
                ids.stream().map(ServerId::value).toList());
    }

    private List<Server> among(OrganizationId organization, String index, String column, List<String> values) {
        return rows
                .among(ServerRow.class, TABLE, index, "organization_id", organization.value(), column, values)
                .stream()
                .map(ServerRow::server)
                .toList();
    }

    /** Those that {@link #must} finds, by what they were named: in a few queries, however many they are. */
    Map<Ref, Server> named(OrganizationId organization, Collection<Ref> refs) {
        Map<String, Server> found = new HashMap<>();
        among(organization, "srv_server_list", "id", texts(refs, ref -> ref.isId(ServerId.PREFIX)))
                .forEach(server -> found.put(server.id().value(), server));
        among(organization, "srv_server_living", "living_name", texts(refs, ref -> !ref.isId(ServerId.PREFIX)))
                .forEach(server -> found.put(server.name().value(), server));
        among(
                        organization,
                        "srv_server_by_name",
                        "name",
                        texts(refs, ref -> !ref.isId(ServerId.PREFIX) && !found.containsKey(ref.text())))
                .forEach(server -> found.merge(
                        server.name().value(),
                        server,
                        (one, other) -> one.id().value().compareTo(other.id().value()) > 0 ? one : other));
        return refs.stream()
                .distinct()
                .filter(ref -> found.containsKey(ref.text()))
                .collect(Collectors.toMap(Function.identity(), ref -> found.get(ref.text())));
    }

    private static List<String> texts(Collection<Ref> refs, Predicate<Ref> which) {
        return refs.stream().filter(which).map(Ref::text).distinct().toList();
    }

    /** All servers an endpoint has, or should have. */
    List<Server> of(EndpointId endpoint) {
        return new Select<>(rows, ServerRow.class, TABLE)
                .where("x.endpoint_id = ?", endpoint.value()).all().stream()
                        .map(ServerRow::server)
                        .toList();
    }

    /** Deleted servers whose time has come. */
    List<Server> toPurge(Instant now, int most) {
        return rows
                .select(
                        ServerRow.class,
                        TABLE,
                        "where x.state = ? and x.purge_at <= ? and x.operation_id is null"
                                + " order by x.purge_at fetch first " + most + " rows only",
                        ServerState.DELETED.name(),
                        Times.micros(now))
                .stream()
                .map(ServerRow::server)
                .toList();
    }

    Map<String, Map<String, String>> tags(Collection<ServerId> servers) {
        return TAGS.of(rows, servers.stream().map(ServerId::value).toList());
    }

    /** How many servers of a group, this one left out, are on each host. */
    Map<HostId, Integer> members(OrganizationId organization, Name group, ServerId except) {
        Map<HostId, Integer> members = new HashMap<>();
        rows.query(
                "select host_id, count(*) from srv_server where organization_id = ? and group_name = ? and id <> ?"
                        + " and host_id is not null group by host_id",
                row -> members.put(new HostId(row.getString(1)), row.getInt(2)),
                organization.value(),
                group.value(),
                except.value());
        return members;
    }

    /** True when another server of the group must not have its rule broken. */
    boolean strict(OrganizationId organization, Name group, ServerId except) {
        return rows.any(
                "select id from srv_server where organization_id = ? and group_name = ? and id <> ?"
                        + " and group_strict = ? and host_id is not null fetch first 1 rows only",
                organization.value(),
                group.value(),
                except.value(),
                true);
    }

    /** The rule the group's servers follow, as far as there are any. */
    Optional<GroupRule> rule(OrganizationId organization, Name group) {
        return rows.one(
                "select group_rule from srv_server where organization_id = ? and group_name = ? and state <> ?"
                        + " fetch first 1 rows only",
                row -> GroupRule.valueOf(row.getString(1)),
                organization.value(),
                group.value(),
                ServerState.FAILED.name());
    }

    /**
     * Another rule that the group's other servers follow: those that have a host, and those that were asked for earlier.
     * The gate allows one rule only, but two who ask at the same moment do not see each other there.
     */
    Optional<GroupRule> otherRule(OrganizationId organization, Group group, ServerId than) {
        return rows.one(
                "select group_rule from srv_server where organization_id = ? and group_name = ? and id <> ?"
                        + " and state <> ? and group_rule <> ? and (host_id is not null or id < ?)"
                        + " fetch first 1 rows only",
                row -> GroupRule.valueOf(row.getString(1)),
                organization.value(),
                group.name().value(),
                than.value(),
                ServerState.FAILED.name(),
                group.rule().name(),
                than.value());
    }

    Server insert(Server server, Map<String, String> tags) {
        ServerRow row = new ServerRow(server);
        rows.insert(row, () -> taken(server.name()));
        TAGS.give(rows, server.organization().value(), server.id(), tags);
        return row.server();
    }

    /** Changes a row, at once. */
    Server change(ServerId id, Consumer<ServerRow> how) {
        ServerRow row = row(id);
        how.accept(row);
        rows.flush();
        return row.server();
    }

    /** The same, where a name may be another's. */
    Server change(ServerId id, Supplier<ProblemException> taken, Consumer<ServerRow> how) {
        ServerRow row = row(id);
        how.accept(row);
        rows.flush(taken);
        return row.server();
    }

    /** The same, when the row is still as it was looked at; else empty, and nothing is changed. */
    Optional<Server> changeUnmoved(Server looked, Consumer<ServerRow> how) {
        return rows.find(ServerRow.class, looked.id())
                .filter(row -> row.version() == looked.version())
                .map(row -> {
                    how.accept(row);
                    rows.flush();
                    return row.server();
                });
    }

    /** Gives it these tags; a change of them is a change of the server. */
    Server tags(Server server, Map<String, String> tags) {
        TAGS.replace(rows, server.organization().value(), server.id(), tags);
        ServerRow row = row(server.id());
        rows.touch(row);
        return row.server();
    }

    /** Gives it its next version: something that it shows and that others keep has changed. */
    public void touch(ServerId id) {
        rows.touch(row(id));
    }

    void delete(ServerId id) {
        TAGS.remove(rows, id);
        rows.change("delete from srv_server where id = ?", id.value());
    }

    /** Servers that are being made of an image just now, in words. */
    public Optional<String> beingMadeOf(ImageId image) {
        return counted(
                "select count(*) from srv_server where image_id = ? and state in ('REQUESTED', 'BUILDING')",
                image.value());
    }

    @Override
    public Optional<String> ofLocation(LocationId location) {
        return counted("select count(*) from srv_server where location_id = ?", location.value());
    }

    @Override
    public Optional<String> ofEndpoint(EndpointId endpoint) {
        return counted("select count(*) from srv_server where endpoint_id = ?", endpoint.value());
    }

    /** What an organization still owns of this. */
    public Optional<String> ofOrganization(OrganizationId organization) {
        return counted("select count(*) from srv_server where organization_id = ?", organization.value());
    }

    private Optional<String> counted(String sql, String of) {
        return Uses.counted(rows.one(sql, row -> row.getLong(1), of).orElse(0L), "server");
    }
}
