// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * What the access table is asked about: the platform and two organizations, each with one of everything in two departments;
 * and some people in the first of them who hold one role after the other. (A login for each role would take longer than all
 * the questions.)
 */
final class AccessWorld {
    static final String PLACE = "table-place";
    private static final String OPERATOR = "operator";
    private static final String OWN_ROLE = "table-looker";
    private static final int PEOPLE = 4;

    private final Map<String, String> cloud;
    private final AtomicInteger subnets = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(PEOPLE + 2);
    private final Map<String, Set<String>> roles = new LinkedHashMap<>();
    private final Belongings abroad;
    private final BlockingQueue<Person> operators = new LinkedBlockingQueue<>();
    private final BlockingQueue<Person> customers = new LinkedBlockingQueue<>();

    /** One organization, as far as it is asked about. */
    private record Land(Tenant tenant, Belongings same, Belongings other) {}

    /** Somebody who holds nothing yet, and what is their own. */
    private record Person(Land home, Api api, Answer login, Belongings own) {}

    AccessWorld(Platform platform) {
        Place place = platform.place(PLACE);
        cloud = Map.of(
                "location",
                PLACE,
                "endpoint",
                PLACE + "-sim",
                "host",
                place.hosts().get(0).path("id").asText(),
                "driver",
                "fake",
                "problem",
                "not-found");
        Tenant above = new Tenant(
                platform,
                "platform",
                platform.operator().get("/organizations/platform").must(200).id(),
                platform.operator());
        for (JsonNode role : above.all("/roles")) {
            if (role.path("shipped").asBoolean()) {
                Set<String> actions = new TreeSet<>();
                role.path("actions").forEach(action -> actions.add(action.asText()));
                roles.put(role.path("name").asText(), actions);
            }
        }
        List<Land> lands = lands(List.of(above, platform.tenant("table"), platform.tenant("table-abroad")));
        abroad = lands.get(2).same();
        settle(lands.get(0), lands.get(1));
    }

    /** People make things of their own first, which most roles would not let them. */
    private void settle(Land above, Land home) {
        String makersAbove = makers(above);
        String makers = makers(home);
        List<Callable<Boolean>> coming = new ArrayList<>();
        coming.add(() -> operators.add(person(above, "table-person")));
        for (int i = 0; i < PEOPLE; i++) {
            String name = "table-person-" + i;
            coming.add(() -> customers.add(person(home, name)));
        }
        all(coming);
        above.tenant().delete("/grants/" + makersAbove).must(200, 204);
        home.tenant().delete("/grants/" + makers).must(200, 204);
    }

    /** The actions of each role that ships, in the order in which the roles are published. */
    Map<String, Set<String>> roles() {
        return roles;
    }

    /** Whether a role is given in a part of an organization too. */
    static boolean partly(String role) {
        return !role.equals(OPERATOR);
    }

    /**
     * Something that somebody does who holds this role and no other.
     *
     * @param everywhere in the whole organization, else in their department
     */
    <R> R as(String role, boolean everywhere, Function<Holder, R> doing) {
        BlockingQueue<Person> free = role.equals(OPERATOR) ? operators : customers;
        Person person;
        try {
            person = free.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
        try {
            Tenant tenant = person.home().tenant();
            String scope = everywhere ? tenant.id() : person.home().same().get("department");
            String grant = grant(tenant, person.own().get("user"), role, scope);
            try {
                return doing.apply(holder(person, role, everywhere, grant));
            } finally {
                tenant.delete("/grants/" + grant).must(200, 204);
            }
        } finally {
            free.add(person);
        }
    }

    private Holder holder(Person person, String role, boolean everywhere, String grant) {
        Map<Where, Belongings> things = new EnumMap<>(Where.class);
        things.put(Where.WHOLE, person.home().same().without("home"));
        things.put(Where.OWN, person.own().with("grant", grant));
        things.put(Where.SAME, person.home().same());
        things.put(Where.OTHER, person.home().other());
        things.put(Where.FOREIGN, abroad);
        return new Holder(role, everywhere, person.api(), person.login(), things);
    }

    /** What these return, several at a time. */
    <T> List<T> all(List<Callable<T>> work) {
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(work)) {
                results.add(each.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    void close() {
        threads.shutdownNow();
    }

    /** Two departments each, all at once. */
    private List<Land> lands(List<Tenant> tenants) {
        List<Callable<Belongings>> work = new ArrayList<>();
        for (Tenant tenant : tenants) {
            Belongings common = common(tenant);
            work.add(() -> department(tenant, "table-yards", common));
            work.add(() -> department(tenant, "table-docks", common));
        }
        List<Belongings> departments = all(work);
        List<Land> lands = new ArrayList<>();
        for (int i = 0; i < tenants.size(); i++) {
            Belongings same = departments.get(2 * i);
            Belongings other = departments.get(2 * i + 1);
            String approval = approval(tenants.get(i), same);
            String certificate = certificate(tenants.get(i), same);
            String review = tenants.get(i)
                    .post("/access-reviews", Api.json("name", "table", "dueAt", soon()))
                    .must(201)
                    .id();
            // of a server that runs, which is refused when its turn comes
            String move = tenants.get(i)
                    .post(
                            "/moves",
                            Api.json("name", "table", "location", PLACE, "moves", List.of(move(same, "REFUSE"))))
                    .must(202)
                    .body()
                    .path("subject")
                    .path("id")
                    .asText();
            Map<String, String> more = Map.of(
                    "move", move,
                    "approval", approval,
                    "certificate", certificate,
                    "review", review,
                    "breakGlass", breakGlass(tenants.get(i)));
            for (Map.Entry<String, String> each : more.entrySet()) {
                same = same.with(each.getKey(), each.getValue());
                other = other.with(each.getKey(), each.getValue());
            }
            lands.add(new Land(tenants.get(i), same, other));
        }
        return lands;
    }

    /** One server's move. */
    static ObjectNode move(Belongings about, String running) {
        return Api.json(
                "server",
                about.get("server"),
                "name",
                "one-more-there",
                "running",
                running,
                "networks",
                List.of(about.get("network")));
    }

    /** What is in no department. */
    private Belongings common(Tenant tenant) {
        Answer role = tenant.post("/roles", Api.json("name", OWN_ROLE, "actions", List.of("organization.read")))
                .must(201);
        String directory = tenant.post("/directories", Api.json("name", "table-hr", "kind", "SCIM"))
                .must(201)
                .id();
        String logins = tenant.post(
                        "/directories",
                        Api.json(
                                "name",
                                "table-logins",
                                "kind",
                                "OIDC",
                                "enabled",
                                false,
                                "settings",
                                Api.json(
                                        "issuer",
                                        "https://idp.example.org",
                                        "client.id",
                                        "isthmus",
                                        "redirect.base",
                                        "https://cloud.example.org")))
                .must(201)
                .id();
        Belongings common = Belongings.of(tenant.name(), tenant.admin())
                .with("directory", directory)
                .with("logins", logins)
                .with(
                        "directoryToken",
                        tenant.post(
                                        "/directories/" + directory + "/tokens",
                                        Api.json("name", "table", "expiresAt", soon()))
                                .must(201)
                                .id())
                .with(
                        "group",
                        tenant.post("/groups", Api.json("name", "Table Group", "directory", logins))
                                .must(201)
                                .id())
                .with(
                        "webhook",
                        tenant.post(
                                        "/webhooks",
                                        Api.json("name", "table", "url", "https://example.org/table", "enabled", false))
                                .must(201)
                                .id())
                .with("organization", tenant.id())
                .with("role", role.id())
                .with("role name", OWN_ROLE)
                .with("index", leaf(tenant));
        for (Map.Entry<String, String> each : cloud.entrySet()) {
            common = common.with(each.getKey(), each.getValue());
        }
        return common;
    }

    /** An entry of its audit log, when it has its place. */
    private static String leaf(Tenant tenant) {
        return Waiting.until("an audit entry of " + tenant.name() + " has its place", Duration.ofSeconds(30), () -> {
            JsonNode first = tenant.get("/audit/entries?limit=1").items().get(0);
            return first.hasNonNull("index") ? Optional.of(first.path("index").asText()) : Optional.empty();
        });
    }

    private Belongings department(Tenant tenant, String name, Belongings common) {
        String department =
                tenant.post("/departments", Api.json("name", name)).must(201).id();
        String subnet = subnet();
        tenant.admin()
                .succeeded(tenant.postAndWait(
                        "/networks",
                        Api.json("name", name, "location", PLACE, "cidr", subnet, "department", department)));
        String image = image(tenant.admin(), tenant, name, department);
        tenant.admin().succeeded(tenant.upload(image, 0, Tenant.IMAGE, Tenant.IMAGE.length));
        Belongings things = common.as(name + " of " + tenant.name())
                .with("department", department)
                .with("home", department)
                .with("network", tenant.get("/networks/" + name).id())
                .with("image", image)
                .with("ready image", image)
                .with("upload", image(tenant.admin(), tenant, name + "-next", department));
        Answer deployed = deployed(tenant, tenant.admin(), name, things);
        return server(tenant, deployed, people(tenant, name, things)).with("operation", deployed.id());
    }

    private static String image(Api maker, Tenant tenant, String name, String department) {
        return maker.post(
                        tenant.path("/images"),
                        Api.json("name", name, "department", department, "source", Map.of("upload", true)))
                .must(201)
                .id();
    }

    private static Answer deployed(Tenant tenant, Api maker, String name, Belongings in) {
        Answer deployed = maker.postAndWait(
                tenant.path("/servers"),
                Tenant.server(name)
                        .put("network", in.get("network"))
                        .put("image", in.get("ready image"))
                        .put("department", in.get("department")));
        maker.succeeded(deployed);
        return deployed;
    }

    /** With a server and what is on it. */
    private static Belongings server(Tenant tenant, Answer deployed, Belongings in) {
        String server = deployed.body().path("subject").path("id").asText();
        tenant.admin().succeeded(tenant.postAndWait("/servers/" + server + "/snapshots", Api.json("name", "first")));
        return in.with("server", server)
                .with(
                        "lease",
                        tenant.post("/leases", Api.json("server", server, "expiresAt", soon()))
                                .must(201)
                                .id())
                .with("disk", first(tenant, "/servers/" + server + "/disks"))
                .with("nic", first(tenant, "/servers/" + server + "/nics"))
                .with("snapshot", first(tenant, "/servers/" + server + "/snapshots"));
    }

    /** One that was issued: its id is in the list of those. */
    private static String certificate(Tenant tenant, Belongings in) {
        tenant.post("/servers/" + in.get("server") + "/ssh-certificates", Api.json("publicKey", Asks.PUBLIC_KEY))
                .must(200);
        return first(tenant, "/ssh-certificates");
    }

    private static String first(Tenant tenant, String list) {
        return tenant.get(list).items().get(0).path("id").asText();
    }

    /** A colleague with a session and a grant, and a service account with a token. */
    private static Belongings people(Tenant tenant, String name, Belongings in) {
        String department = in.get("department");
        Answer colleague = user(tenant, name + "-colleague", department, "person");
        Platform.session(
                        tenant.platform().anonymous(),
                        name + "-colleague@" + tenant.name(),
                        colleague.get("oneTimePassword"))
                .must(201);
        String service = user(tenant, name + "-robot", department, "service").id();
        Answer token = tenant.post("/tokens", Api.json("name", "robot", "user", service, "expiresAt", soon()))
                .must(201);
        return in.with("user", colleague.id())
                .with("session owner", colleague.id())
                .with("session", first(tenant, "/sessions?user=" + colleague.id()))
                .with("grant", grant(tenant, colleague.id(), OWN_ROLE, department))
                .with("limit", limit(tenant, colleague.id()))
                .with("token owner", service)
                .with("token", token.id());
    }

    private static Answer user(Tenant tenant, String name, String department, String kind) {
        return tenant.post(
                        "/users",
                        Api.json(
                                "username",
                                name,
                                "email",
                                name + "@example.org",
                                "department",
                                department,
                                "kind",
                                kind))
                .must(201);
    }

    private static String grant(Tenant tenant, String user, String role, String scope) {
        String kind = scope.startsWith("dep_") ? "department" : "organization";
        return tenant.post(
                        "/grants",
                        Api.json(
                                "subject",
                                Map.of("kind", "user", "id", user),
                                "role",
                                role,
                                "scope",
                                Map.of("kind", kind, "id", scope)))
                .must(201)
                .id();
    }

    /** What a user may deploy in a day: more than they do here. */
    private static String limit(Tenant tenant, String user) {
        return tenant.post("/limits", Api.json("subject", Map.of("kind", "user", "id", user), "deploymentsPerDay", 50))
                .must(201)
                .id();
    }

    /** A request that waits for a second person: that a limit is raised, where the policy asks for one. */
    private static String approval(Tenant tenant, Belongings in) {
        String limit = in.get("limit");
        Answer user = user(tenant, "asker", in.get("department"), "person");
        grant(tenant, user.id(), "organization-admin", tenant.id());
        // not the administrator: whoever made an account does not ask and let that account approve
        Api asker = Platform.changed(
                tenant.platform().anonymous(), "asker@" + tenant.name(), user.get("oneTimePassword"), Asks.PASSWORD);

        tenant.admin()
                .request("PUT", tenant.path("/policy"))
                .header("If-Match", tenant.get("/policy").must(200).tag())
                // those of people who come later are below the policy's, and so not raised
                .body(Api.json("approveRaisedLimits", true, "deploymentsPerDay", 1000))
                .send()
                .must(200);
        asker.patch(tenant.path("/limits/" + limit), tenant.get("/limits/" + limit), Api.json("deploymentsPerDay", 60))
                .must(202);
        return first(tenant, "/approvals");
    }

    /** A role that somebody asks for in an emergency. */
    private static String breakGlass(Tenant tenant) {
        Api anonymous = tenant.platform().anonymous();
        Api asker = anonymous.with(Platform.session(anonymous, "asker@" + tenant.name(), Asks.PASSWORD)
                .must(201)
                .get("token"));
        return asker.post(
                        tenant.path("/break-glass"),
                        Api.json("role", "network-admin", "reason", "the shop is down", "lasts", "PT1H"))
                .must(201)
                .id();
    }

    static String soon() {
        return Instant.now().plus(Duration.ofDays(1)).toString();
    }

    /** Everybody in the department may make things, until this grant is taken back. */
    private static String makers(Land land) {
        return land.tenant()
                .post(
                        "/grants",
                        Api.json(
                                "subject",
                                Map.of("kind", "department", "id", land.same().get("department")),
                                "role",
                                "organization-admin"))
                .must(201)
                .id();
    }

    private Person person(Land home, String name) {
        Tenant tenant = home.tenant();
        Answer user = user(tenant, name, home.same().get("department"), "person");
        String once = user.get("oneTimePassword");
        Answer login = Platform.session(tenant.platform().anonymous(), name + "@" + tenant.name(), once)
                .must(201);
        Api api = tenant.platform().anonymous().with(login.get("token"));
        Platform.change(api, login.body().path("user"), once, Asks.PASSWORD).must(200, 204);
        return new Person(
                home,
                api,
                login,
                own(tenant, api, name, home.same()).with("user", user.id()).with("limit", limit(tenant, user.id())));
    }

    /** What they make themselves: a token, a network and the operation that made it, images and a server. */
    private Belongings own(Tenant tenant, Api maker, String name, Belongings department) {
        Answer token = maker.post(tenant.path("/tokens"), Api.json("name", "own", "expiresAt", soon()))
                .must(201);
        Answer network = maker.postAndWait(
                tenant.path("/networks"), Api.json("name", name, "location", PLACE, "cidr", subnet()));
        maker.succeeded(network);
        String image = image(maker, tenant, name, department.get("department"));
        Answer deployed = deployed(tenant, maker, name, department);
        return server(tenant, deployed, department)
                .as("what is " + name + "'s own")
                .without("home")
                .without("session owner")
                .without("token owner")
                .with("token", token.id())
                .with("token secret", token.get("secret"))
                .with(
                        "session",
                        maker.get(tenant.path("/sessions"))
                                .items()
                                .get(0)
                                .path("id")
                                .asText())
                .with("network", maker.get(tenant.path("/networks/" + name)).id())
                .with("operation", network.id())
                .with("image", image)
                .with("upload", image);
    }

    private String subnet() {
        return "10.77." + subnets.getAndIncrement() + ".0/24";
    }
}
