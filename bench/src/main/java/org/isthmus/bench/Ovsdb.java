// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/** A connection to an OVSDB server without any of the driver's code: RFC 7047 as it is, one thing after the other. */
final class Ovsdb implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final Socket socket;
    private final OutputStream out;
    private final JsonParser in;
    private final Deque<JsonNode> updates = new ArrayDeque<>();
    private int calls;

    /** To a server as {@code tcp:host:port}. */
    Ovsdb(String remote) throws IOException {
        String[] parts = remote.split(":");
        if (parts.length != 3 || !parts[0].equals("tcp")) {
            throw new IllegalArgumentException("Not tcp:host:port: " + remote);
        }
        socket = new Socket();
        socket.connect(new InetSocketAddress(parts[1], Integer.parseInt(parts[2])), (int) LONGEST.toMillis());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) LONGEST.toMillis());
        out = socket.getOutputStream();
        // of characters: of bytes it would wait for some at once, to find out which they are
        in = JSON.createParser(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Does these operations, all or none, and answers with what each came to. */
    JsonNode transact(String database, ArrayNode operations) throws IOException {
        ArrayNode parameters = JSON.createArrayNode().add(database).addAll(operations);
        JsonNode results = call("transact", parameters);
        for (JsonNode each : results) {
            if (each.hasNonNull("error")) {
                throw new IOException(database + " refuses " + operations + ": " + each);
            }
        }
        return results;
    }

    /** From now on every row of these tables and columns is heard of by {@link #until}, those there are first. */
    void monitor(String database, ObjectNode tables) throws IOException {
        updates.add(
                call("monitor", JSON.createArrayNode().add(database).add("all").add(tables)));
    }

    /** Waits for a row of a table as it should be. */
    void until(String table, Predicate<JsonNode> row) throws IOException {
        long end = System.nanoTime() + LONGEST.toNanos();
        while (System.nanoTime() < end) {
            while (!updates.isEmpty()) {
                for (JsonNode change : updates.remove().path(table)) {
                    if (change.has("new") && row.test(change.path("new"))) {
                        return;
                    }
                }
            }
            hear();
        }
        throw new IOException("Not within " + LONGEST + ": what was waited for in " + table);
    }

    private JsonNode call(String method, ArrayNode parameters) throws IOException {
        int id = ++calls;
        ObjectNode request = JSON.createObjectNode();
        request.put("id", id).put("method", method).set("params", parameters);
        send(request);
        while (true) {
            JsonNode message = hear();
            if (!message.has("method") && message.path("id").asInt() == id) {
                if (message.hasNonNull("error")) {
                    throw new IOException(method + " is refused: " + message.path("error"));
                }
                return message.path("result");
            }
        }
    }

    private void send(JsonNode message) throws IOException {
        out.write(JSON.writeValueAsString(message).getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private JsonNode hear() throws IOException {
        JsonNode message = JSON.readTree(in);
        if (message == null) {
            throw new EOFException("The server has hung up");
        }
        switch (message.path("method").asText()) {
            case "update" -> updates.add(message.path("params").path(1));
                // the server asks whether we are still there
            case "echo" -> send(JSON.createObjectNode()
                    .putNull("error")
                    .<ObjectNode>set("result", message.path("params"))
                    .set("id", message.path("id")));
            default -> {}
        }
        return message;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
