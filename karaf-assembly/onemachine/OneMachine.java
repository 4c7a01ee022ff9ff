// SPDX-License-Identifier: Apache-2.0

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Sets up a one-machine cloud over the public REST API: location, endpoints, a demo organization with its administrator, an
 * image, a private network and a running server. Each thing is looked for before it is made, so a second run changes
 * nothing. Run by {@code ./isthmus up} as a source file.
 */
public final class OneMachine {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LOCATION = "here";
    private static final String ORGANIZATION = "demo";

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;
    private final Path credentials;
    private final Properties known = new Properties();

    private OneMachine(String url, Path credentials) throws IOException {
        this.url = url;
        this.credentials = credentials;
        if (Files.exists(credentials)) {
            try (java.io.Reader reader = Files.newBufferedReader(credentials)) {
                known.load(reader);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path firstPassword = Path.of(arguments[1]);
        OneMachine it = new OneMachine(arguments[0], Path.of(arguments[2]));
        try {
            it.setUp(firstPassword, arguments[3].equals("real"), Path.of(arguments[4]));
        } catch (Refused e) {
            System.err.println("isthmus: " + e.getMessage());
            System.exit(1);
        }
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private record Answer(int status, JsonNode body) {}

    private void setUp(Path firstPassword, boolean real, Path image) throws Exception {
        String operator = login("admin@platform", firstPassword);
        location(operator);
        endpoints(operator, real);
        String first = organization(operator);
        String admin = login("admin@" + ORGANIZATION, first);
        image(admin, real, image);
        network(admin);
        JsonNode server = server(admin);
        tell(real, server);
    }

    /** Logs in; a password that must be changed is changed to a random one, kept in the credentials file. */
    private String login(String username, Object first) throws Exception {
        String kept = known.getProperty(username);
        String password = kept;
        if (password == null) {
            password = first instanceof Path file ? Files.readString(file).strip() : (String) first;
        }
        if (password == null) {
            throw new Refused("The password of " + username + " is not known here (it was in " + credentials
                    + "). Reset it as an operator, or delete the whole state folder to begin anew.");
        }
        Answer session = session(username, password);
        String begun = known.getProperty(username + ".next");
        if (session.status == 401 && begun != null) {
            // an earlier run was killed after the change and before it was written down
            password = begun;
            session = session(username, password);
            if (session.status == 201) {
                known.remove(username + ".next");
                keep(username, password);
            }
        }
        if (session.status != 201) {
            throw refused("Logging in as " + username, session);
        }
        String token = session.body.get("token").asText();
        if (session.body.path("mustChangePassword").asBoolean()) {
            String next = random();
            // kept before it is set: a kill between the two must not lock anybody out
            keep(username + ".next", next);
            String user = session.body.get("user").get("id").asText();
            String organization = session.body.get("user").get("organization").asText();
            Answer changed = call(
                    "PUT",
                    "/organizations/" + organization + "/users/" + user + "/password",
                    token,
                    json().put("current", password).put("password", next));
            if (changed.status >= 300) {
                throw refused("Changing the password of " + username, changed);
            }
            known.remove(username + ".next");
            keep(username, next);
        }
        return token;
    }

    private Answer session(String username, String password) throws Exception {
        return call("POST", "/sessions", null, json().put("username", username).put("password", password));
    }

    private void keep(String key, String value) throws IOException {
        known.setProperty(key, value);
        if (!Files.exists(credentials)) {
            Files.createFile(
                    credentials, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Map<String, String> sorted = new TreeMap<>();
        known.stringPropertyNames().forEach(name -> sorted.put(name, known.getProperty(name)));
        StringBuilder text = new StringBuilder("# Logins of this one-machine cloud. Keep it to yourself.\n");
        sorted.forEach((name, secret) -> text.append(name).append('=').append(secret).append('\n'));
        Files.writeString(credentials, text, StandardOpenOption.TRUNCATE_EXISTING);
    }

    private void location(String operator) throws Exception {
        if (call("GET", "/locations/" + LOCATION, operator, null).status == 200) {
            return;
        }
        must(call("POST", "/locations", operator, json().put("name", LOCATION).put("kind", "cloud")), "Making the location");
        note("location " + LOCATION);
    }

    private void endpoints(String operator, boolean real) throws Exception {
        if (real) {
            Map<String, String> facts = facts();
            ObjectNode network = json();
            network.put("northbound", facts.get("NB")).put("southbound", facts.get("SB"));
            endpoint(operator, "network", "ovn", network);
            ObjectNode compute = json();
            compute.put("uri", facts.get("LIBVIRT_URI"));
            endpoint(operator, "this-machine", "kvm", compute);
        } else {
            endpoint(operator, "simulator", "fake", json());
        }
    }

    private static Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>();
        for (String line : System.getenv().getOrDefault("FACTS", "").split("\n")) {
            int at = line.indexOf('=');
            if (at > 0) {
                facts.put(line.substring(0, at), line.substring(at + 1));
            }
        }
        return facts;
    }

    private void endpoint(String operator, String name, String driver, ObjectNode settings) throws Exception {
        String path = "/locations/" + LOCATION + "/endpoints";
        Answer there = call("GET", path + "/" + name, operator, null);
        if (there.status != 200) {
            ObjectNode wish = json().put("name", name).put("driver", driver);
            wish.set("settings", settings);
            must(call("POST", path, operator, wish), "Linking the endpoint " + name);
            note("endpoint " + name + " (" + driver + ")");
        }
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        JsonNode health = null;
        while (System.nanoTime() < end) {
            health = call("GET", path + "/" + name, operator, null).body.path("health");
            String state = health.path("state").asText();
            if (state.equals("UP") || state.equals("DEGRADED")) {
                return;
            }
            Thread.sleep(500);
        }
        throw new Refused("The endpoint " + name + " does not come up: " + health
                + ". See ./isthmus logs, and karaf-assembly/onemachine/services.sh status.");
    }

    /** The administrator's one-time password, or null when the organization was there. */
    private String organization(String operator) throws Exception {
        Answer there = call("GET", "/organizations/" + ORGANIZATION, operator, null);
        if (there.status == 200) {
            return null;
        }
        ObjectNode wish = json().put("name", ORGANIZATION).put("displayName", "Demo");
        wish.putObject("administrator").put("username", "admin").put("email", "admin@demo.example");
        Answer made = must(call("POST", "/organizations", operator, wish), "Making the organization");
        note("organization " + ORGANIZATION + " with its administrator");
        String first = made.body.findPath("oneTimePassword").asText();
        if (first.isEmpty()) {
            throw new Refused("The new organization's administrator came without a one-time password: " + made.body);
        }
        // kept at once: it is shown only this once, and this program may be killed before it is changed
        keep("admin@" + ORGANIZATION, first);
        return first;
    }

    private void image(String admin, boolean real, Path file) throws Exception {
        String path = "/organizations/" + ORGANIZATION + "/images";
        Answer there = call("GET", path + "/tiny", admin, null);
        byte[] content = real ? Files.readAllBytes(file) : new byte[1024 * 1024];
        if (there.status != 200) {
            String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            ObjectNode wish = json().put("name", "tiny").put("os", "linux").put("sha256", sum);
            wish.putObject("source").put("upload", true);
            there = must(call("POST", path, admin, wish), "Making the image");
        }
        String state = there.body.path("state").asText();
        if (state.equals("READY")) {
            return;
        }
        int part = 4 * 1024 * 1024;
        int offset = there.body.path("uploadOffset").asInt();
        while (offset < content.length) {
            int end = Math.min(content.length, offset + part);
            HttpResponse<String> sent = http.send(
                    HttpRequest.newBuilder(URI.create(url + "/api/v1" + path + "/tiny/content"))
                            .header("Authorization", "Bearer " + admin)
                            .header("Content-Type", "application/octet-stream")
                            .header("Content-Range", "bytes " + offset + "-" + (end - 1) + "/" + content.length)
                            .timeout(Duration.ofSeconds(60))
                            .PUT(HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOfRange(content, offset, end)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (sent.statusCode() != 204 && sent.statusCode() != 202) {
                throw new Refused("Uploading the image: " + sent.statusCode() + " " + sent.body());
            }
            offset = end;
        }
        await("image tiny", path + "/tiny", admin, "READY", 60);
        note("image tiny (" + content.length / 1024 + " KiB)");
    }

    private void network(String admin) throws Exception {
        String path = "/organizations/" + ORGANIZATION + "/networks";
        if (call("GET", path + "/private", admin, null).status != 200) {
            ObjectNode wish =
                    json().put("name", "private").put("location", LOCATION).put("cidr", "10.1.0.0/24");
            must(call("POST", path, admin, wish), "Making the network");
            note("network private 10.1.0.0/24");
        }
        await("network private", path + "/private", admin, "ACTIVE", 60);
    }

    private JsonNode server(String admin) throws Exception {
        String path = "/organizations/" + ORGANIZATION + "/servers";
        if (call("GET", path + "/first", admin, null).status != 200) {
            ObjectNode wish = json().put("name", "first")
                    .put("network", "private")
                    .put("image", "tiny")
                    .put("cpus", 1)
                    .put("memoryMiB", 128);
            wish.putArray("disks").addObject().put("sizeGiB", 1);
            must(call("POST", path, admin, wish), "Deploying the server");
            note("server first is being built");
        }
        return await("server first", path + "/first", admin, "RUNNING", 180);
    }

    private JsonNode await(String what, String path, String token, String wanted, int seconds) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        JsonNode body = null;
        while (System.nanoTime() < end) {
            body = call("GET", path, token, null).body;
            String state = body.path("state").asText();
            if (state.equals(wanted) || state.equals("STOPPED")) {
                return body;
            }
            if (state.equals("FAILED")) {
                throw new Refused(what + " failed: " + body.path("reason").asText() + ". See ./isthmus logs.");
            }
            Thread.sleep(300);
        }
        throw new Refused(what + " is not " + wanted + " after " + seconds + " s: " + body + ". See ./isthmus logs.");
    }

    private void tell(boolean real, JsonNode server) {
        System.out.println();
        System.out.println(real
                ? "A one-machine cloud runs on libvirt and OVN."
                : "A one-machine cloud runs on the fake driver: everything but the machines is real.");
        System.out.println("  server     first  " + server.path("state").asText() + "  " + server.path("addresses"));
        System.out.println("  API        " + url + "/api/v1   (OpenAPI: " + url + "/api/v1/openapi.json)");
        System.out.println("             https://localhost:8443/api/v1 for others");
        System.out.println("  logins     in " + credentials + ": admin@demo for the demo organization, admin@platform"
                + " for the operator");
        System.out.println("Try next:");
        System.out.println("  ./isthmus shell isthmus:server-list -o demo");
        System.out.println("  ./isthmus status      ./isthmus logs      ./isthmus down");
    }

    private Answer call(String method, String path, String token, ObjectNode body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/api/v1" + path))
                .timeout(Duration.ofSeconds(60))
                .header("Accept", "application/json");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, HttpRequest.BodyPublishers.ofString(body.toString(), StandardCharsets.UTF_8));
        }
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        String text = answer.body();
        return new Answer(answer.statusCode(), text == null || text.isEmpty() ? json() : JSON.readTree(text));
    }

    private static Answer must(Answer answer, String what) {
        if (answer.status >= 300) {
            throw refused(what, answer);
        }
        return answer;
    }

    private static Refused refused(String what, Answer answer) {
        return new Refused(what + " was refused with " + answer.status + ": "
                + answer.body.path("detail").asText(answer.body.toString()));
    }

    private static ObjectNode json() {
        return JSON.createObjectNode();
    }

    private static String random() {
        byte[] bytes = new byte[18];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static void note(String text) {
        System.out.println("    " + text);
    }
}
