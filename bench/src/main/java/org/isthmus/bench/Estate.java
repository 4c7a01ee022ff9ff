// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What the measurements over HTTP need, made through the API: a location with a simulator of a hundred large hosts, and
 * organizations with an image and networks. A server of an organization goes on its networks in turn, so that each has as
 * many as networks have.
 */
final class Estate {
    static final String PASSWORD = "seven-herons-over-the-canal";
    static final int ON_A_NETWORK = 200;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BASE = "/api/v1";
    private static final int HOSTS = 100;
    private static final int IMAGE_BYTES = 1024 * 1024;
    private static final String WAITING = "Prefer: wait=60\r\n";

    private final Controller controller;
    private final Map<String, String> tokens = new HashMap<>();
    private String operator;

    Estate(Controller controller) {
        this.controller = controller;
    }

    Controller controller() {
        return controller;
    }

    /** The simulator's far end, outside of what the controller keeps. */
    Path ledger() {
        return controller.base().resolve("ledger.jsonl");
    }

    /** Makes the location. */
    void furnish() throws IOException {
        operator = changed(
                "admin@platform",
                Files.readString(controller.base().resolve("etc/isthmus-admin-password"))
                        .strip());
        post(operator, "/locations", json("name", "here", "kind", "cloud"), 201);
        ArrayNode hosts = JSON.createArrayNode();
        for (int i = 0; i < HOSTS; i++) {
            hosts.add(json("name", "host-" + i)
                    .put("cpus", 100_000)
                    .put("memoryMiB", 100_000_000)
                    .put("diskGiB", 100_000_000));
        }
        ObjectNode endpoint = json("name", "simulator", "driver", "fake");
        endpoint.set("settings", json("hosts", hosts.toString(), "ledger", ledger().toString()));
        post(operator, "/locations/here/endpoints", endpoint, 201);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!get(operator, "/locations/here/endpoints/simulator")
                        .path("health")
                        .path("state")
                        .asText()
                        .equals("UP")
                || get(operator, "/locations/here/hosts").path("items").isEmpty()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("The simulator does not come up");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** An organization for so many servers; its administrator is logged in. */
    void organization(String name, int servers) throws IOException {
        ObjectNode wish = json("name", name);
        wish.set("administrator", json("username", "ann", "email", "ann@bench.example"));
        wish.set("policy", JSON.createObjectNode().put("deploymentsPerDay", 100_000));
        String first = post(operator, "/organizations", wish, 201)
                .path("administrator")
                .path("oneTimePassword")
                .asText();
        String token = changed("ann@" + name, first);
        tokens.put(name, token);
        String path = "/organizations/" + name;
        ObjectNode image = json("name", "tiny", "os", "linux");
        image.set("source", JSON.createObjectNode().put("upload", true));
        post(token, path + "/images", image, 201);
        try (Wire wire = new Wire(controller.port(), token)) {
            wire.send(wire.request(
                    "PUT",
                    BASE + path + "/images/tiny/content",
                    "Content-Type: application/octet-stream\r\nContent-Range: bytes 0-" + (IMAGE_BYTES - 1) + "/"
                            + IMAGE_BYTES + "\r\n" + WAITING,
                    new byte[IMAGE_BYTES]));
        }
        for (int i = 0; i < networks(servers); i++) {
            post(
                    token,
                    path + "/networks",
                    json("name", "net-" + i, "location", "here", "cidr", "10." + i + ".0.0/22"),
                    200,
                    202);
        }
    }

    private static int networks(int servers) {
        return (servers + ON_A_NETWORK - 1) / ON_A_NETWORK;
    }

    String token(String organization) {
        return tokens.get(organization);
    }

    /** A client of the organization's administrator. */
    Wire wire(String organization) {
        return new Wire(controller.port(), token(organization));
    }

    static String servers(String organization) {
        return BASE + "/organizations/" + organization + "/servers";
    }

    /** Creates one server; returns when it runs. */
    static void create(Wire wire, String organization, String name, int number, int servers) throws IOException {
        String wish = "{\"name\":\"" + name + "\",\"network\":\"net-" + number % networks(servers)
                + "\",\"image\":\"tiny\",\"cpus\":1,\"memoryMiB\":128,\"disks\":[{\"sizeGiB\":1}]}";
        Wire.Answer answer = wire.send(wire.json("POST", servers(organization), WAITING, wish));
        if (answer.status() != 200 || !answer.text().contains("\"SUCCEEDED\"")) {
            throw new IllegalStateException("A server was not made: " + answer.status() + " " + answer.text());
        }
    }

    static byte[] login(Wire wire, String organization) {
        return wire.json(
                "POST",
                BASE + "/sessions",
                "",
                json("username", "ann@" + organization, "password", PASSWORD).toString());
    }

    /** Logs in with a password that must be changed, and changes it. */
    private String changed(String username, String first) throws IOException {
        JsonNode session = post("", "/sessions", json("username", username, "password", first), 201);
        String token = session.path("token").asText();
        JsonNode user = session.path("user");
        String path = "/organizations/" + user.path("organization").asText() + "/users/"
                + user.path("id").asText() + "/password";
        ask(token, "PUT", path, json("current", first, "password", PASSWORD), 200, 204);
        return token;
    }

    private JsonNode get(String token, String path) throws IOException {
        try (Wire wire = new Wire(controller.port(), token)) {
            return JSON.readTree(wire.send(wire.get(BASE + path)).body());
        }
    }

    private JsonNode post(String token, String path, ObjectNode body, int... wanted) throws IOException {
        return ask(token, "POST", path, body, wanted);
    }

    private JsonNode ask(String token, String method, String path, ObjectNode body, int... wanted) throws IOException {
        try (Wire wire = new Wire(controller.port(), token)) {
            Wire.Answer answer = wire.send(wire.json(method, BASE + path, WAITING, body.toString()));
            for (int each : wanted) {
                if (answer.status() == each) {
                    return answer.body().length == 0 ? JSON.createObjectNode() : JSON.readTree(answer.body());
                }
            }
            throw new IllegalStateException(method + " " + path + ": " + answer.status() + " "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    private static ObjectNode json(String... namesAndValues) {
        ObjectNode object = JSON.createObjectNode();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    /** Lets what runs in the background come to rest, before memory is read. */
    static void rest(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
