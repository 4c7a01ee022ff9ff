// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;

/**
 * An OVSDB server that says what a test tells it to. By default a standalone server with one table {@code T} (name, a set
 * and a map) in the database {@code D}.
 */
final class FakeServer implements AutoCloseable {
    static final TableSpec TABLE = TableSpec.indexed("T", "name", "tags", "ids");
    static final String SCHEMA =
            """
            {"name":"D","version":"1.0.0","tables":{"T":{"columns":{
              "name":{"type":"string"},
              "tags":{"type":{"key":"string","min":0,"max":"unlimited"}},
              "ids":{"type":{"key":"string","value":"string","min":0,"max":"unlimited"}},
              "nobody-asked":{"type":"integer"}}}}}""";
    static final String A = "00000000-0000-0000-0000-00000000000a";
    static final String B = "00000000-0000-0000-0000-00000000000b";

    /** Answers a request: the JSON of the result; or nothing, or something outrageous, by itself. */
    @FunctionalInterface
    interface Answer {
        String to(JsonNode params) throws IOException;
    }

    /** Thrown by an {@link Answer}: the error instead of a result. */
    static final class Refusal extends IOException {
        private static final long serialVersionUID = 1L;

        Refusal(String error) {
            super(error);
        }
    }

    private final ServerSocket listening;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final BlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
    private volatile Answer monitorSince =
            params -> "[false,\"" + A + "\",{\"T\":{\"" + A + "\":{\"initial\":{\"name\":\"a\"}}}}]";
    private volatile Answer monitor = params -> "{}";
    private volatile Answer monitorCond = params -> "{}";
    private volatile Answer transact = params -> "[{\"rows\":[]}]";
    private volatile Answer schema = params -> SCHEMA;
    private volatile String model = "standalone";
    private volatile boolean leader = true;
    private volatile String greeting = "";
    private volatile boolean deaf;

    FakeServer() {
        this(0);
    }

    FakeServer(int port) {
        try {
            listening = new ServerSocket(port, 16, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    Remote remote() {
        return new Remote(Remote.Scheme.TCP, "127.0.0.1", port());
    }

    FakeServer monitorSince(Answer answer) {
        monitorSince = answer;
        return this;
    }

    FakeServer monitorCond(Answer answer) {
        monitorCond = answer;
        return this;
    }

    FakeServer monitor(Answer answer) {
        monitor = answer;
        return this;
    }

    FakeServer transact(Answer answer) {
        transact = answer;
        return this;
    }

    FakeServer schema(Answer answer) {
        schema = answer;
        return this;
    }

    FakeServer clustered(boolean leads) {
        model = "clustered";
        leader = leads;
        return this;
    }

    /** The first bytes anybody hears who connects, instead of a server's patience. */
    FakeServer greeting(String text) {
        greeting = text;
        return this;
    }

    /** Tells every connection that this member leads, or does not any more. */
    void lead(boolean leads) {
        leader = leads;
        notify(
                "update",
                "[\"isthmus-server\",{\"Database\":{\"" + A + "\":{\"old\":{\"leader\":" + !leads + "},\"new\":" + row()
                        + "}}}]");
    }

    void notify(String method, String params) {
        connections.forEach(
                socket -> write(socket, "{\"method\":\"" + method + "\",\"params\":" + params + ",\"id\":null}"));
    }

    /** Sends bytes as they are. */
    void say(String text) {
        connections.forEach(socket -> write(socket, text));
    }

    /** Ends all connections; new ones are taken. */
    void hangUp() {
        // only these: somebody may be connecting anew already
        List<Socket> ended = List.copyOf(connections);
        ended.forEach(FakeServer::close);
        connections.removeAll(ended);
    }

    /** From now on takes what it is sent and answers nothing, or is itself again. */
    void deaf(boolean now) {
        deaf = now;
    }

    /** How often somebody has connected. */
    int accepted() {
        return accepted.get();
    }

    /** The next message of this method; {@code answer} for what is none. */
    JsonNode heard(String method) {
        try {
            while (true) {
                JsonNode message = heard.poll(10, TimeUnit.SECONDS);
                Assertions.assertNotNull(message, () -> "Nobody said " + method);
                if (message.path("method").asText("answer").equals(method)) {
                    return message;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listening.accept();
                accepted.incrementAndGet();
                connections.add(socket);
                write(socket, greeting);
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            hangUp();
        }
    }

    private void serve(Socket socket) {
        try {
            MessageReader reader = new MessageReader(socket.getInputStream()::read, 1 << 20);
            while (true) {
                JsonNode message = reader.next();
                heard.add(message);
                if (message.hasNonNull("method") && !deaf) {
                    answer(socket, message);
                }
            }
        } catch (IOException e) {
            close(socket);
        }
    }

    private void answer(Socket socket, JsonNode message) throws IOException {
        JsonNode params = message.path("params");
        String result = null;
        String error = "null";
        try {
            result = switch (message.get("method").asText()) {
                case "monitor" -> params.get(0).asText().equals("_Server") ? server() : monitor.to(params);
                case "monitor_cond" -> monitorCond.to(params);
                case "monitor_cond_since" -> monitorSince.to(params);
                case "get_schema" -> schema.to(params);
                case "transact" -> transact.to(params);
                default -> "{}";
            };
        } catch (Refusal e) {
            result = "null";
            error = "{\"error\":\"" + e.getMessage() + "\"}";
        }
        if (result != null) {
            write(socket, "{\"id\":" + message.get("id") + ",\"result\":" + result + ",\"error\":" + error + "}");
        }
    }

    private String server() {
        return "{\"Database\":{\"" + A + "\":{\"new\":" + row() + "}}}";
    }

    private String row() {
        return String.format(
                Locale.ROOT, "{\"name\":\"D\",\"model\":\"%s\",\"connected\":true,\"leader\":%s}", model, leader);
    }

    private static void write(Socket socket, String text) {
        try {
            synchronized (socket) {
                socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            close(socket);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void daemon(Runnable body) {
        Thread thread = new Thread(body, "fake-ovsdb");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        hangUp();
    }
}
