// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What is said on a connection: is this the database, does it lead, dump the tables or go on where we were, apply what
 * comes. Used by the reader thread alone; remembers the last transaction seen from one connection to the next.
 */
final class Follower {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String MONITOR = "isthmus";
    private static final String SERVER_MONITOR = "isthmus-server";
    private static final String SERVER = "_Server";
    private static final String DATABASES = "Database";
    private static final String NOTHING_SEEN = "00000000-0000-0000-0000-000000000000";
    private static final List<TableSpec> SERVER_TABLES =
            List.of(TableSpec.indexed(DATABASES, "name", "model", "connected", "leader"));
    private static final Map<String, Map<String, ColumnType>> SERVER_TYPES = Map.of(
            DATABASES,
            Map.of(
                    "name", ColumnType.TEXT,
                    "model", ColumnType.TEXT,
                    "connected", ColumnType.FLAG,
                    "leader", ColumnType.FLAG));

    private final Connector.Target target;
    private final Replica replica;
    private final Consumer<List<Change>> hints;
    private Map<String, Map<String, ColumnType>> types = Map.of();
    private Replica server = new Replica(SERVER_TABLES);
    private String lastTransaction = NOTHING_SEEN;

    Follower(Connector.Target target, Replica replica, Consumer<List<Change>> hints) {
        this.target = target;
        this.replica = replica;
        this.hints = hints;
    }

    /** Everything until the replica is current. */
    void begin(Session session) throws IOException {
        server = new Replica(SERVER_TABLES);
        try {
            JsonNode databases = session.exchange(
                    "monitor", NODES.arrayNode().add(SERVER).add(SERVER_MONITOR).add(requests(SERVER_TABLES)));
            server.apply(databases, Replica.Form.WHOLE, true, SERVER_TYPES);
            checkServer();
            // else the server would hang up on every change of a database's state instead of telling
            session.exchange("set_db_change_aware", NODES.arrayNode().add(true));
        } catch (Session.Refused e) {
            // a server from before 2018 has no such database and no clusters
            server = new Replica(SERVER_TABLES);
        }
        types = types(session.exchange("get_schema", NODES.arrayNode().add(target.database())));
        monitor(session);
    }

    /** A notification of the server. */
    void notified(String method, JsonNode params) throws IOException {
        String monitor = params.path(0).asText();
        switch (method) {
            case "update" -> updated(monitor, params.path(1), Replica.Form.WHOLE, Optional.empty());
            case "update2" -> updated(monitor, params.path(1), Replica.Form.DIFFERENCES, Optional.empty());
            case "update3" -> updated(
                    monitor,
                    params.path(2),
                    Replica.Form.DIFFERENCES,
                    Optional.of(params.path(1).asText()));
            case "monitor_canceled" -> {
                if (monitor.equals(MONITOR)) {
                    lastTransaction = NOTHING_SEEN;
                    throw Lost.unavailable("the server stopped serving the database");
                }
            }
            default -> {
                // "locked" and the like: nothing we asked for, nothing that harms
            }
        }
    }

    private void updated(String monitor, JsonNode updates, Replica.Form form, Optional<String> transaction)
            throws IOException {
        if (monitor.equals(SERVER_MONITOR)) {
            server.apply(updates, form, false, SERVER_TYPES);
            checkServer();
        } else if (monitor.equals(MONITOR)) {
            hints.accept(apply(updates, form, false));
            transaction.ifPresent(id -> lastTransaction = id);
        }
    }

    private void checkServer() throws Lost {
        Optional<Row> row = server.read(
                view -> view.indexed(DATABASES, target.database()).stream().findFirst());
        if (row.isEmpty()) {
            throw Lost.unavailable("the server has no database " + target.database());
        }
        boolean clustered = row.get().text("model").equals("clustered");
        if (!row.get().flag("connected").orElse(false)) {
            throw clustered
                    ? Lost.leaderless("this member is cut off from its cluster")
                    : Lost.unavailable("the server does not have the database ready");
        }
        if (target.leaderOnly() && clustered && !row.get().flag("leader").orElse(false)) {
            throw Lost.leaderless("this member does not lead its cluster");
        }
    }

    /** The best way of following that the server knows; the last two are for servers older than OVS 2.12. */
    private void monitor(Session session) throws IOException {
        ArrayNode params = NODES.arrayNode().add(target.database()).add(MONITOR).add(requests(target.tables()));
        try {
            JsonNode answer =
                    session.exchange("monitor_cond_since", params.deepCopy().add(lastTransaction));
            apply(answer.path(2), Replica.Form.DIFFERENCES, !answer.path(0).asBoolean());
            lastTransaction = answer.path(1).asText();
            return;
        } catch (Session.Refused e) {
            onlyUnknownMethod(e);
        }
        lastTransaction = NOTHING_SEEN;
        try {
            apply(session.exchange("monitor_cond", params), Replica.Form.DIFFERENCES, true);
        } catch (Session.Refused e) {
            onlyUnknownMethod(e);
            apply(session.exchange("monitor", params), Replica.Form.WHOLE, true);
        }
    }

    private static void onlyUnknownMethod(Session.Refused e) throws Session.Refused {
        if (!e.getMessage().contains("unknown method")) {
            throw e;
        }
    }

    private List<Change> apply(JsonNode updates, Replica.Form form, boolean anew) throws Lost {
        try {
            return replica.apply(updates, form, anew, types);
        } catch (Lost e) {
            // what we hold is no base for differences any more
            lastTransaction = NOTHING_SEEN;
            throw e;
        }
    }

    private Map<String, Map<String, ColumnType>> types(JsonNode schema) throws Lost {
        Map<String, Map<String, ColumnType>> result = new HashMap<>();
        for (TableSpec spec : target.tables()) {
            JsonNode columns = schema.path("tables").path(spec.table()).path("columns");
            Map<String, ColumnType> known = new HashMap<>();
            for (String column : spec.columns()) {
                JsonNode type = columns.path(column).path("type");
                if (type.isMissingNode()) {
                    throw Lost.unavailable(
                            "the schema " + Lines.shorten(schema.path("version").asText()) + " of "
                                    + target.database() + " has no " + spec.table() + "." + column
                                    + "; use OVN 21.03 or newer");
                }
                known.put(column, ColumnType.of(type));
            }
            result.put(spec.table(), known);
        }
        return result;
    }

    private static ObjectNode requests(List<TableSpec> tables) {
        ObjectNode requests = NODES.objectNode();
        for (TableSpec spec : tables) {
            ArrayNode columns = NODES.arrayNode();
            spec.columns().forEach(columns::add);
            requests.set(spec.table(), NODES.arrayNode().add(NODES.objectNode().set("columns", columns)));
        }
        return requests;
    }
}
