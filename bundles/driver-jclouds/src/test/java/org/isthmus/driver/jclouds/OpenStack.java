// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.isthmus.model.Cidr;

/**
 * OpenStack: Keystone v3, Nova 2.1, Neutron 2.0, as far as a project's owner sees them. Tokens end; servers are built, go
 * through tasks and refuse what does not go with their state by 409; lists come in pages; Neutron refuses addresses and MACs
 * that are taken, addresses outside a subnet, and changes of a MAC by others than the cloud's owner.
 */
final class OpenStack extends LoopbackCloud {
    static final String USER = "builder";
    static final String DOMAIN = "Default";
    static final String PROJECT = "web";
    static final String PASSWORD = "seven-herons-in-a-row";
    static final String REGION = "RegionOne";
    static final String IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b";
    static final String TENANT_NETWORK = "0f1e2d3c-0000-4000-8000-00000000abcd";
    private static final int PAGE = 3;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> FLAVORS = Map.of(
            "1", "{\"id\":\"1\",\"name\":\"m1.nano\",\"ram\":64,\"vcpus\":1,\"disk\":1}",
            "2", "{\"id\":\"2\",\"name\":\"m1.nano2\",\"ram\":64,\"vcpus\":1,\"disk\":2}",
            "3", "{\"id\":\"3\",\"name\":\"m1.medium\",\"ram\":3840,\"vcpus\":2,\"disk\":40}",
            "4", "{\"id\":\"4\",\"name\":\"m1.large\",\"ram\":8192,\"vcpus\":4,\"disk\":80}");

    private final Map<String, Server> servers = new TreeMap<>();
    private final Map<String, ObjectNode> networks = new TreeMap<>();
    private final Map<String, ObjectNode> subnets = new TreeMap<>();
    private final Map<String, ObjectNode> ports = new TreeMap<>();
    private final Set<String> tokens = new TreeSet<>();
    private boolean suspends = true;
    private boolean full;
    private String address = "10.20.0.7";

    OpenStack() {
        ObjectNode tenant = JSON.createObjectNode();
        tenant.put("id", TENANT_NETWORK)
                .put("name", "tenant-net")
                .put("status", "ACTIVE")
                .put("admin_state_up", true)
                .putArray("subnets");
        networks.put(TENANT_NETWORK, tenant);
        open();
    }

    private static final class Server {
        private final String id = UUID.randomUUID().toString();
        private final ObjectNode wish;
        private String status = "BUILD";
        private String task = "spawning";
        private String next = "ACTIVE";
        private long due = now() + STEP.toMillis();
        private int starts;
        private boolean placed = true;

        private Server(ObjectNode wish) {
            this.wish = wish;
        }

        private void become(String task, String next) {
            this.task = task;
            this.next = next;
            this.due = now() + STEP.toMillis();
        }
    }

    String keystone() {
        return address() + "/identity/v3";
    }

    /** All tokens end now, as they do after an hour. */
    synchronized void expireTokens() {
        tokens.clear();
    }

    /** The cloud's policy forbids suspending. */
    synchronized void forbidSuspend() {
        suspends = false;
    }

    /** As when its host fails: it is there, with its disk, and in ERROR. */
    synchronized void breakDown(String ref) {
        servers.get(ref).status = "ERROR";
    }

    /** No hypervisor has room: what is made from now on becomes ERROR. */
    synchronized void beFull() {
        full = true;
    }

    /** The address that servers on {@link #TENANT_NETWORK} get. */
    synchronized void giveAddress(String text) {
        address = text;
    }

    synchronized int starts(String ref) {
        step();
        return servers.get(ref).starts;
    }

    synchronized List<String> with(String tag, String value) {
        step();
        return servers.values().stream()
                .filter(server ->
                        server.wish.path("metadata").path(tag).asText().equals(value))
                .map(server -> server.id)
                .toList();
    }

    synchronized int count() {
        step();
        return servers.size();
    }

    /** What the owner of this server handed to its guest. */
    synchronized String userData(String ref) {
        return new String(
                Base64.getDecoder()
                        .decode(servers.get(ref).wish.path("user_data").asText()),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    /** As somebody makes a server with the dashboard: off. */
    synchronized String makeByHand() {
        ObjectNode wish = JSON.createObjectNode();
        wish.put("name", "by-hand").put("imageRef", IMAGE).put("flavorRef", "1");
        Server server = new Server(wish);
        server.status = "SHUTOFF";
        server.task = null;
        server.next = null;
        servers.put(server.id, server);
        return server.id;
    }

    /** Another one with the same metadata, as two controllers make that were one for a moment. */
    synchronized String copy(String ref) {
        Server server = new Server(servers.get(ref).wish.deepCopy());
        ((ObjectNode) server.wish.path("metadata")).remove("isthmus-made");
        servers.put(server.id, server);
        return server.id;
    }

    /** What people do to metadata. */
    synchronized void spoil(String ref, Map<String, String> metadata) {
        ObjectNode node = servers.get(ref).wish.putObject("metadata");
        metadata.forEach(node::put);
    }

    /** A port on a network of the project. */
    synchronized String makePort() {
        String id = UUID.randomUUID().toString();
        ObjectNode port = JSON.createObjectNode();
        port.put("id", id)
                .put("network_id", TENANT_NETWORK)
                .put("name", "by-hand")
                .put("mac_address", "fa:16:3e:00:00:01")
                .put("status", "DOWN")
                .putArray("fixed_ips");
        ports.put(id, port);
        return id;
    }

    /** Neutron's things whose name says this. */
    synchronized List<String> named(String part) {
        return Stream.of(networks, subnets, ports)
                .flatMap(all -> all.values().stream())
                .map(one -> one.path("name").asText())
                .filter(name -> name.contains(part))
                .toList();
    }

    private void step() {
        for (Server server : List.copyOf(servers.values())) {
            if (server.next != null && now() >= server.due) {
                if (server.next.equals("DELETED")) {
                    servers.remove(server.id);
                    ports.values()
                            .removeIf(port -> port.path("device_id").asText().equals(server.id)
                                    && port.path("name").asText().isEmpty());
                } else {
                    server.status = server.next;
                    server.next = null;
                    server.task = null;
                }
            }
        }
    }

    @Override
    synchronized Answer answer(Request request) {
        step();
        try {
            if (request.path().equals("/identity/v3/auth/tokens")
                    && request.method().equals("POST")) {
                return authenticate(JSON.readTree(request.body()));
            }
            if (!tokens.contains(String.valueOf(request.headers().get("X-Auth-Token")))) {
                return Answer.json(
                        401,
                        "{\"error\":{\"code\":401,\"title\":\"Unauthorized\",\"message\":\"The request requires authentication.\"}}");
            }
            JsonNode body = request.body().isBlank() ? JSON.createObjectNode() : JSON.readTree(request.body());
            String[] path = request.path().substring(1).split("/");
            if (path[0].equals("compute")) {
                return nova(request, path, body);
            }
            return path[0].equals("network") ? neutron(request, path, body) : missing("page", request.path());
        } catch (JsonProcessingException e) {
            return fault("badRequest", 400, "Malformed request body");
        }
    }

    private Answer authenticate(JsonNode body) throws JsonProcessingException {
        JsonNode user = body.path("auth").path("identity").path("password").path("user");
        JsonNode project = body.path("auth").path("scope").path("project");
        boolean right = user.path("name").asText().equals(USER)
                && user.path("password").asText().equals(PASSWORD)
                && user.path("domain").path("name").asText().equals(DOMAIN)
                && project.path("name").asText().equals(PROJECT)
                && project.path("domain").path("name").asText().equals(DOMAIN);
        if (!right) {
            return Answer.json(
                    401,
                    "{\"error\":{\"code\":401,\"title\":\"Unauthorized\",\"message\":\"The request you have made requires authentication.\"}}");
        }
        note("token");
        String token = "gAAAA" + UUID.randomUUID();
        tokens.add(token);
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode said = answer.putObject("token");
        said.putArray("methods").add("password");
        said.put("issued_at", "2026-11-30T10:00:00.000000Z").put("expires_at", "2036-11-30T11:00:00.000000Z");
        said.putObject("user")
                .put("id", "u1")
                .put("name", USER)
                .putObject("domain")
                .put("id", "default")
                .put("name", DOMAIN);
        said.putObject("project")
                .put("id", "p1")
                .put("name", PROJECT)
                .putObject("domain")
                .put("id", "default")
                .put("name", DOMAIN);
        ArrayNode catalog = said.putArray("catalog");
        Map<String, String> services = Map.of("compute", "/compute/v2.1", "network", "/network");
        services.forEach((type, at) -> {
            ObjectNode service = catalog.addObject();
            service.put("id", type).put("type", type).put("name", type);
            service.putArray("endpoints")
                    .addObject()
                    .put("id", type + "-1")
                    .put("interface", "public")
                    .put("region", REGION)
                    .put("region_id", REGION)
                    .put("url", address() + at);
        });
        return new Answer(201, "application/json", Map.of("X-Subject-Token", token), JSON.writeValueAsString(answer));
    }

    private Answer nova(Request request, String[] path, JsonNode body) throws JsonProcessingException {
        String what = path.length > 2 ? path[2] : "";
        String id = path.length > 3 ? path[3] : "";
        return switch (what) {
            case "extensions" -> Answer.json(
                    200,
                    "{\"extensions\":[" + extension("AdminActions", "os-admin-actions") + ","
                            + extension("AvailabilityZone", "os-availability-zone") + "]}");
            case "os-availability-zone" -> Answer.json(
                    200,
                    "{\"availabilityZoneInfo\":[{\"zoneName\":\"nova\",\"zoneState\":{\"available\":true},\"hosts\":null},"
                            + "{\"zoneName\":\"dark\",\"zoneState\":{\"available\":false},\"hosts\":null}]}");
            case "flavors" -> flavors(id);
            case "images" -> id.equals(IMAGE)
                    ? Answer.json(
                            200,
                            "{\"image\":{\"id\":\"" + IMAGE + "\",\"name\":\"debian-12\",\"status\":\"ACTIVE\","
                                    + "\"minDisk\":1,\"minRam\":0,\"progress\":100,\"metadata\":{},"
                                    + "\"created\":\"2026-01-01T00:00:00Z\",\"updated\":\"2026-01-01T00:00:00Z\"}}")
                    : missing("Image", id);
            case "servers" -> servers(request, path, id, body);
            default -> missing("page", request.path());
        };
    }

    private static Answer flavors(String id) {
        if (id.equals("detail")) {
            return Answer.json(200, "{\"flavors\":[" + String.join(",", new TreeMap<>(FLAVORS).values()) + "]}");
        }
        return FLAVORS.containsKey(id)
                ? Answer.json(200, "{\"flavor\":" + FLAVORS.get(id) + "}")
                : missing("Flavor", id);
    }

    private static String extension(String name, String alias) {
        return "{\"name\":\"" + name + "\",\"alias\":\"" + alias
                + "\",\"namespace\":\"http://docs.openstack.org/compute/ext/fake_xml\",\"description\":\"\",\"links\":[],"
                + "\"updated\":\"2014-12-03T00:00:00Z\"}";
    }

    private Answer servers(Request request, String[] path, String id, JsonNode body) throws JsonProcessingException {
        if (request.method().equals("POST") && id.isEmpty()) {
            return create((ObjectNode) body.path("server"));
        }
        if (id.equals("detail")) {
            return page(request);
        }
        Server server = servers.get(id);
        if (server == null) {
            return missing("Instance", id);
        }
        if (path.length > 4 && path[4].equals("metadata")) {
            ObjectNode metadata = (ObjectNode) server.wish.path("metadata");
            metadata.setAll((ObjectNode) body.path("metadata"));
            return Answer.json(200, "{\"metadata\":" + metadata + "}");
        }
        if (path.length > 4 && path[4].equals("action")) {
            return act(server, body);
        }
        if (request.method().equals("DELETE")) {
            note("delete " + id);
            server.become("deleting", "DELETED");
            return Answer.json(204, "");
        }
        return Answer.json(200, "{\"server\":" + shown(server) + "}");
    }

    private Answer create(ObjectNode wish) {
        if (!wish.path("imageRef").asText().equals(IMAGE)) {
            return fault("badRequest", 400, "Can not find requested image");
        }
        if (!FLAVORS.containsKey(wish.path("flavorRef").asText())) {
            return fault("badRequest", 400, "Flavor's id could not be found.");
        }
        if (!wish.path("availability_zone").asText().equals("nova")) {
            return fault("badRequest", 400, "The requested availability zone is not available");
        }
        long quota = servers.values().stream()
                .filter(one -> !"deleting".equals(one.task))
                .count();
        if (quota >= 10) {
            return fault(
                    "forbidden", 403, "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances");
        }
        if (wish.path("networks").isEmpty()) {
            return fault("conflict", 409, "Multiple possible networks found, use a Network ID to be more specific.");
        }
        for (JsonNode network : wish.path("networks")) {
            ObjectNode port = ports.get(network.path("port").asText());
            if (network.has("port") && port == null) {
                return fault("badRequest", 400, "Port " + network.path("port").asText() + " could not be found.");
            }
            if (network.has("uuid")
                    && !networks.containsKey(network.path("uuid").asText())) {
                return fault("badRequest", 400, "Network could not be found.");
            }
        }
        Server server = new Server(wish);
        if (!wish.has("metadata")) {
            wish.putObject("metadata");
        }
        if (full) {
            server.placed = false;
            server.become("scheduling", "ERROR");
        } else {
            server.starts = 1;
        }
        servers.put(server.id, server);
        note("create " + server.id);
        return Answer.json(
                202,
                "{\"server\":{\"id\":\"" + server.id
                        + "\",\"links\":[],\"adminPass\":\"u7yVVwBmV3vd\",\"OS-DCF:diskConfig\":\"MANUAL\"}}");
    }

    private Answer act(Server server, JsonNode body) {
        String action = body.fieldNames().next();
        if (server.task != null) {
            return fault(
                    "conflictingRequest",
                    409,
                    "Cannot '" + action + "' instance while it is in task_state " + server.task);
        }
        Map<String, String> from = Map.of(
                "os-start",
                "SHUTOFF",
                "os-stop",
                "ACTIVE",
                "suspend",
                "ACTIVE",
                "resume",
                "SUSPENDED",
                "reboot",
                "ACTIVE");
        if (action.equals("suspend") && !suspends) {
            return fault(
                    "forbidden", 403, "Policy doesn't allow os_compute_api:os-suspend-server:suspend to be performed.");
        }
        if (!server.status.equals(from.get(action))) {
            return fault(
                    "conflictingRequest",
                    409,
                    "Cannot '" + action + "' instance while it is in vm_state " + server.status);
        }
        note(action + " " + server.id);
        switch (action) {
            case "os-start" -> {
                server.starts++;
                server.become("powering-on", "ACTIVE");
            }
            case "os-stop" -> server.become("powering-off", "SHUTOFF");
            case "suspend" -> server.become("suspending", "SUSPENDED");
            case "resume" -> server.become("resuming", "ACTIVE");
            default -> {
                server.starts++;
                server.status = "HARD_REBOOT";
                server.become("reboot_started_hard", "ACTIVE");
            }
        }
        return Answer.json(202, "");
    }

    /** Never more than {@link #PAGE} at once, whatever is asked for. */
    private Answer page(Request request) throws JsonProcessingException {
        Map<String, String> query = query(request);
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode page = answer.putArray("servers");
        String last = null;
        boolean more = false;
        for (Server server : servers.values()) {
            if (query.getOrDefault("marker", "").compareTo(server.id) < 0) {
                more = page.size() == PAGE;
                if (more) {
                    break;
                }
                page.add(shown(server));
                last = server.id;
            }
        }
        if (more) {
            answer.putArray("servers_links")
                    .addObject()
                    .put("rel", "next")
                    .put("href", address() + request.path() + "?marker=" + last);
        }
        return Answer.json(200, JSON.writeValueAsString(answer));
    }

    private static Map<String, String> query(Request request) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String pair :
                Optional.ofNullable(request.uri().getQuery()).orElse("").split("&")) {
            String[] parts = pair.split("=", 2);
            all.put(parts[0], parts.length == 2 ? parts[1] : "");
        }
        return all;
    }

    private ObjectNode shown(Server server) {
        ObjectNode node = JSON.createObjectNode();
        boolean placed = server.placed && !server.status.equals("BUILD");
        node.put("id", server.id)
                .put("name", server.wish.path("name").asText())
                .put("status", server.status)
                .put("tenant_id", "p1")
                .put("user_id", "u1")
                .put("hostId", placed ? "8f1b" : "")
                .put("created", "2026-11-30T10:00:00Z")
                .put("updated", "2026-11-30T10:00:00Z")
                .put("accessIPv4", "")
                .put("accessIPv6", "")
                .put("config_drive", "True")
                .put("OS-EXT-AZ:availability_zone", placed ? "nova" : "")
                .put("OS-EXT-STS:task_state", server.task)
                .put("OS-EXT-STS:vm_state", server.status.toLowerCase(java.util.Locale.ROOT))
                .put("OS-EXT-STS:power_state", server.status.equals("ACTIVE") ? 1 : 4);
        node.putNull("key_name");
        node.putObject("image").put("id", IMAGE).putArray("links");
        node.putObject("flavor")
                .put("id", server.wish.path("flavorRef").asText())
                .putArray("links");
        node.set("metadata", server.wish.has("metadata") ? server.wish.path("metadata") : JSON.createObjectNode());
        ArrayNode addresses = node.putObject("addresses").putArray("tenant-net");
        if (placed) {
            addresses.addObject().put("addr", address).put("version", 4);
        }
        node.putArray("links");
        return node;
    }

    private Answer neutron(Request request, String[] path, JsonNode body) throws JsonProcessingException {
        String what = path.length > 2 ? path[2] : "";
        String id = path.length > 3 ? path[3] : "";
        if (what.equals("extensions")) {
            return Answer.json(200, "{\"extensions\":[" + extension("Port Security", "port-security") + "]}");
        }
        Map<String, ObjectNode> all =
                switch (what) {
                    case "networks" -> networks;
                    case "subnets" -> subnets;
                    case "ports" -> ports;
                    default -> Map.of();
                };
        String one = what.isEmpty() ? "" : what.substring(0, what.length() - 1);
        if (id.isEmpty() && request.method().equals("GET")) {
            ObjectNode answer = JSON.createObjectNode();
            answer.putArray(what).addAll(all.values());
            return Answer.json(200, JSON.writeValueAsString(answer));
        }
        if (request.method().equals("POST")) {
            return made(one, all, (ObjectNode) body.path(one));
        }
        ObjectNode found = all.get(id);
        if (found == null) {
            return neutronFault(404, one + "NotFound", one + " " + id + " could not be found.");
        }
        if (request.method().equals("DELETE")) {
            return removed(one, id, all);
        }
        if (request.method().equals("PUT")) {
            if (body.path(one).has("mac_address")) {
                return neutronFault(403, "PolicyNotAuthorized", "rule:update_port:mac_address is disallowed by policy");
            }
            ObjectNode wish = (ObjectNode) body.path(one);
            wish.put("network_id", found.path("network_id").asText());
            Optional<Answer> refused = one.equals("port") ? refused(wish, id) : Optional.empty();
            if (refused.isPresent()) {
                return refused.orElseThrow();
            }
            found.setAll(wish);
        }
        return Answer.json(200, "{\"" + one + "\":" + found + "}");
    }

    private Answer made(String one, Map<String, ObjectNode> all, ObjectNode wish) {
        String id = UUID.randomUUID().toString();
        wish.put("id", id).put("tenant_id", "p1");
        String network = wish.path("network_id").asText();
        if (!one.equals("network") && !networks.containsKey(network)) {
            return neutronFault(404, "NetworkNotFound", "Network " + network + " could not be found.");
        }
        switch (one) {
            case "network" -> wish.put("status", "ACTIVE").putArray("subnets");
            case "subnet" -> {
                boolean overlaps = subnets.values().stream()
                        .filter(other -> other.path("network_id").asText().equals(network))
                        .anyMatch(other -> Cidr.of(other.path("cidr").asText())
                                .overlaps(Cidr.of(wish.path("cidr").asText())));
                if (overlaps) {
                    return neutronFault(400, "InvalidInput", "Requested subnet overlaps with another subnet");
                }
                Cidr cidr = Cidr.of(wish.path("cidr").asText());
                wish.put("gateway_ip", Cidr.text(cidr.gateway()));
                ((ArrayNode) networks.get(network).path("subnets")).add(id);
            }
            default -> {
                Optional<Answer> refused = refused(wish, id);
                if (refused.isPresent()) {
                    return refused.orElseThrow();
                }
                wish.put("status", "DOWN");
            }
        }
        all.put(id, wish);
        return Answer.json(201, "{\"" + one + "\":" + wish + "}");
    }

    private Optional<Answer> refused(ObjectNode wish, String id) {
        for (JsonNode fixed : wish.path("fixed_ips")) {
            ObjectNode subnet = subnets.get(fixed.path("subnet_id").asText());
            String ip = fixed.path("ip_address").asText();
            if (subnet == null || !Cidr.of(subnet.path("cidr").asText()).contains(Cidr.address(ip))) {
                return Optional.of(neutronFault(
                        400, "InvalidIpForNetwork", "IP address " + ip + " is not a valid IP for any of the subnets"));
            }
        }
        for (ObjectNode other : ports.values()) {
            boolean beside = !other.path("id").asText().equals(id)
                    && other.path("network_id")
                            .asText()
                            .equals(wish.path("network_id").asText());
            if (beside
                    && other.path("mac_address")
                            .asText()
                            .equals(wish.path("mac_address").asText("none"))) {
                return Optional.of(neutronFault(
                        409, "MacAddressInUse", "Unable to complete operation: The mac address is in use."));
            }
            for (JsonNode fixed : wish.path("fixed_ips")) {
                for (JsonNode taken : other.path("fixed_ips")) {
                    if (beside && taken.path("ip_address").equals(fixed.path("ip_address"))) {
                        return Optional.of(neutronFault(
                                409, "IpAddressAlreadyAllocated", "IP address already allocated in subnet"));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private Answer removed(String one, String id, Map<String, ObjectNode> all) {
        boolean used = ports.values().stream()
                .anyMatch(port -> one.equals("network")
                        ? port.path("network_id").asText().equals(id)
                        : one.equals("subnet")
                                && port.path("fixed_ips").toString().contains(id));
        if (used) {
            return neutronFault(
                    409,
                    one.equals("network") ? "NetworkInUse" : "SubnetInUse",
                    "There are one or more ports still in use.");
        }
        all.remove(id);
        if (one.equals("network")) {
            subnets.values()
                    .removeIf(subnet -> subnet.path("network_id").asText().equals(id));
        }
        return Answer.json(204, "");
    }

    private static Answer missing(String what, String id) {
        return fault("itemNotFound", 404, what + " " + id + " could not be found.");
    }

    static Answer fault(String name, int status, String message) {
        return Answer.json(
                status,
                "{\"" + name + "\":{\"code\":" + status + ",\"message\":\"" + message.replace('"', '\'') + "\"}}");
    }

    private static Answer neutronFault(int status, String type, String message) {
        return Answer.json(
                status,
                "{\"NeutronError\":{\"type\":\"" + type + "\",\"message\":\"" + message + "\",\"detail\":\"\"}}");
    }
}
