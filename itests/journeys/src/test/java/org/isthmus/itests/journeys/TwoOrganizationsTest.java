// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 2: two organizations share a controller, a location and even a subnet, and cannot see each other. */
@ExtendWith(Journey.class)
final class TwoOrganizationsTest {
    /** The same UUID with any prefix: nobody's. */
    private static final String NOBODYS = "00000000-0000-7000-8000-0000000000aa";

    /** What the one organization has, path by path, and what may be done to it. */
    private static Map<String, List<String>> belongings(Tenant owner) {
        String server = owner.get("/servers/web-1").id();
        String disk =
                owner.get("/servers/web-1/disks").items().get(0).path("id").asText();
        String nic = owner.get("/servers/web-1/nics").items().get(0).path("id").asText();
        String snapshot =
                owner.get("/servers/web-1/snapshots").items().get(0).path("id").asText();
        Map<String, List<String>> paths = new LinkedHashMap<>();
        paths.put("/networks/" + owner.get("/networks/private").id(), List.of("GET", "PATCH", "DELETE"));
        paths.put("/images/" + owner.get("/images/tiny").id(), List.of("GET", "PATCH", "DELETE"));
        paths.put("/images/" + owner.get("/images/tiny").id() + "/content", List.of("GET"));
        paths.put("/servers/" + server, List.of("GET", "PATCH", "DELETE"));
        for (String action : List.of("start", "stop", "restart", "recover", "console")) {
            paths.put("/servers/" + server + "/" + action, List.of("POST"));
        }
        paths.put("/servers/" + server + "/disks", List.of("GET"));
        paths.put("/servers/" + server + "/console/log", List.of("GET"));
        paths.put("/servers/" + server + "/disks/" + disk, List.of("DELETE"));
        paths.put("/servers/" + server + "/nics/" + nic, List.of("DELETE"));
        paths.put("/servers/" + server + "/snapshots/" + snapshot, List.of("DELETE"));
        paths.put("/servers/" + server + "/snapshots/" + snapshot + "/revert", List.of("POST"));
        paths.put("/departments/" + owner.get("/departments/research").id(), List.of("GET", "PATCH", "DELETE"));
        paths.put("/users/" + owner.get("/users/bob").id(), List.of("GET", "PATCH", "DELETE"));
        paths.put("/grants/" + owner.all("/grants").get(0).path("id").asText(), List.of("GET", "DELETE"));
        paths.put("/tokens/" + owner.all("/tokens").get(0).path("id").asText(), List.of("DELETE"));
        return paths;
    }

    private static Tenant withOneOfEach(Platform platform, Place place, String name) {
        Tenant tenant = platform.tenant(name).furnished(place);
        tenant.post("/departments", Api.json("name", "research")).must(201);
        tenant.post("/users", Api.json("username", "bob", "email", "bob@example.org"))
                .must(201);
        tenant.post("/tokens", Api.json("name", "robot", "expiresAt", "2027-01-01T00:00:00Z"))
                .must(201);
        tenant.deploy("web-1");
        tenant.admin().succeeded(tenant.postAndWait("/servers/web-1/snapshots", Api.json("name", "first")));
        return tenant;
    }

    @Test
    void whatBelongsToTheOtherIsAnsweredLikeWhatDoesNotExistAndTheAskingIsAudited(Platform platform) {
        Place place = platform.place("shared-place");
        Tenant red = withOneOfEach(platform, place, "red");
        Tenant blue = withOneOfEach(platform, place, "blue");
        String before = blue.everything();
        Map<String, List<String>> paths = belongings(blue);

        Set<String> asked = new TreeSet<>();
        paths.forEach((path, methods) -> methods.forEach(method -> {
            // its id below one's own organization, and its own path
            for (String organization : List.of("red", "blue", blue.id())) {
                asked.add(likeNothing(red.admin(), method, "/organizations/" + organization + path));
            }
        }));
        likeNothing(red.admin(), "GET", "/organizations/blue");
        likeNothing(red.admin(), "PATCH", "/organizations/blue");
        likeNothing(red.admin(), "DELETE", "/organizations/" + blue.id());
        for (String list :
                List.of("/servers", "/networks", "/images", "/users", "/usage", "/audit/entries", "/policy")) {
            likeNothing(red.admin(), "GET", "/organizations/blue" + list);
        }
        String operation = blue.all("/operations").get(0).path("id").asText();
        likeNothing(red.admin(), "GET", "/operations/" + operation);
        likeNothing(red.admin(), "POST", "/operations/" + operation + "/cancel");

        assertEquals(before, blue.everything(), "nothing of the other organization has changed");
        List<JsonNode> refused = red.audit().stream()
                .filter(entry -> entry.path("kind").asText().equals("REFUSED"))
                .toList();
        assertTrue(refused.size() >= 2 * asked.size(), "every asking is audited, also for what does not exist");
        Set<String> actions =
                refused.stream().map(entry -> entry.path("action").asText()).collect(Collectors.toSet());
        for (String action : List.of(
                "server.read",
                "server.delete",
                "server.start",
                "network.delete",
                "image.delete",
                "user.delete",
                "department.change",
                "operation.cancel")) {
            assertTrue(actions.contains(action), () -> action + " was refused and audited: " + actions);
        }
        assertTrue(
                refused.stream().allMatch(entry -> entry.path("actor").asText().equals("ann@red")));
        assertTrue(
                blue.audit().stream()
                        .noneMatch(entry -> entry.path("actor").asText().endsWith("@red")),
                "the other organization's log tells nothing of it");
    }

    @Test
    void whatBelongsToTheOtherCannotBeUsedByNamingItInABody(Platform platform) {
        Place place = platform.place("borrowing-place");
        Tenant taker = platform.tenant("taker").furnished(place);
        Tenant owner = platform.tenant("owner").furnished(place);
        owner.network("theirs", place, "10.2.0.0/24");
        owner.image("their-image");
        taker.deploy("web-1");
        owner.deploy("web-1");
        String ofTaker = taker.everything();
        String ofOwner = owner.everything();
        List<String> networks = List.of(owner.get("/networks/private").id(), "theirs");
        List<String> images = List.of(owner.get("/images/tiny").id(), "their-image");

        for (String network : networks) {
            String own = taker.path("/servers");
            ObjectNode byNic = Tenant.server("web-2");
            byNic.remove("network");
            byNic.putArray("nics").add(Api.json("network", "private")).add(Api.json("network", network));
            likeNothing(taker.admin(), own, Tenant.server("web-2").put("network", network), network);
            likeNothing(taker.admin(), own, byNic, network);
            likeNothing(taker.admin(), own + "?dryRun=true", byNic, network);
            likeNothing(taker.admin(), own + "/web-1/nics", Api.json("network", network), network);
        }
        for (String image : images) {
            likeNothing(
                    taker.admin(),
                    taker.path("/servers"),
                    Tenant.server("web-2").put("image", image),
                    image);
        }

        assertEquals(ofTaker, taker.everything(), "nothing was made of it");
        assertEquals(ofOwner, owner.everything(), "nothing of the other organization has changed");
    }

    @Test
    void nothingIsDoneToTheOthersServerWhateverTheBodySays(Platform platform) {
        Place place = platform.place("meddling-place");
        Tenant meddler = platform.tenant("meddler").furnished(place);
        Tenant victim = platform.tenant("victim").furnished(place);
        victim.deploy("web-1");
        String before = victim.everything();
        String server = victim.get("/servers/web-1").id();
        String disk =
                victim.get("/servers/web-1/disks").items().get(0).path("id").asText();
        Map<String, ObjectNode> wishes = new LinkedHashMap<>();
        wishes.put("/start", Api.json());
        wishes.put("/stop", Api.json("force", true));
        wishes.put("/resize", Api.json("cpus", 2, "memoryMiB", 256));
        wishes.put("/disks", Api.json("sizeGiB", 1));
        wishes.put("/disks/" + disk + "/grow", Api.json("sizeGiB", 2));
        wishes.put("/nics", Api.json("network", "private"));
        wishes.put("/snapshots", Api.json("name", "mine"));

        wishes.forEach((path, wish) -> {
            // below one's own organization, and below the other's
            for (String organization : List.of(meddler.name(), victim.id())) {
                likeNothing(
                        meddler.admin(), "/organizations/" + organization + "/servers/" + server + path, wish, server);
            }
        });

        assertEquals(before, victim.everything(), "nothing of the other organization has changed");
    }

    /** Posts a body that names what is another's, and one that names what nobody has: the answers must not differ. */
    private static void likeNothing(Api asker, String path, ObjectNode body, String foreign) {
        String unknown = foreign.contains("_") ? absent(foreign) : "no-such-thing";
        Answer real = asker.post(path, body);
        Answer nothing = asker.post(absent(path), Api.parsed(body.toString().replace(foreign, unknown)));

        real.must(404);
        assertEquals(
                shape(nothing, absent(path)).replace(unknown, "REF"),
                shape(real, path).replace(foreign, "REF"),
                () -> "POST " + path + " " + body);
    }

    /** Asks, and asks the same of what does not exist: the answers must not differ. */
    private static String likeNothing(Api asker, String method, String path) {
        Answer real = ask(asker, method, path);
        Answer nothing = ask(asker, method, absent(path));

        real.must(404);
        assertEquals(shape(nothing, absent(path)), shape(real, path), () -> method + " " + path);
        assertEquals(nothing.headers().map().keySet(), real.headers().map().keySet(), () -> method + " " + path);
        return method + " " + path;
    }

    private static Answer ask(Api asker, String method, String path) {
        Api.Request request = asker.request(method, path);
        if (method.equals("PATCH")) {
            request.header("If-Match", "\"1\"").body(Api.json());
        }
        return request.send();
    }

    /** The same path with nobody's ids and an organization that is not there. */
    private static String absent(String path) {
        return path.replaceAll("_[0-9a-f]{8}-[0-9a-f-]{27}", "_" + NOBODYS)
                .replace("/organizations/blue", "/organizations/nowhere");
    }

    /** The problem without what was asked for and the number of the request. */
    private static String shape(Answer answer, String path) {
        ObjectNode problem = ((ObjectNode) answer.body()).deepCopy();
        problem.remove(List.of("instance", "requestId"));
        String text = problem.toString();
        for (String part : path.split("/")) {
            if (part.length() > 3 && (part.contains("_") || part.equals("blue") || part.equals("nowhere"))) {
                text = text.replace(part, "REF");
            }
        }
        return answer.status() + " " + text;
    }

    @Test
    void bothMayHaveTheSameNamesAndSubnetAndEachListsOnlyItsOwn(Platform platform) {
        Place place = platform.place("crowded-place");
        Tenant left = platform.tenant("left").furnished(place);
        Tenant right = platform.tenant("right").furnished(place);
        left.deploy("web-1");
        right.deploy("web-1");

        for (Tenant each : List.of(left, right)) {
            for (String list : List.of("/servers", "/networks", "/images", "/users", "/operations", "/usage")) {
                assertFalse(each.all(list).isEmpty(), list);
                assertTrue(
                        each.all(list).stream()
                                .allMatch(item ->
                                        item.path("organization").asText().equals(each.id())),
                        () -> each.name() + list);
            }
            assertEquals(
                    List.of(each.name()),
                    each.admin().all("/organizations").stream()
                            .map(item -> item.path("name").asText())
                            .toList());
        }
        // within one organization the same subnet again is refused
        left.post("/networks", Api.json("name", "again", "location", place.name(), "cidr", "10.1.0.128/25"))
                .refused(409, "network-overlap");
    }

    @Test
    void aMemberWithoutTheRightIsToldWhichOneIsMissing(Platform platform) {
        Tenant green = platform.tenant("green");
        Answer bob = green.post("/users", Api.json("username", "bob", "email", "bob@green.example"))
                .must(201);
        Api member = Platform.changed(
                platform.anonymous(), "bob@green", bob.get("oneTimePassword"), "bobs-long-enough-password");

        Answer refused = member.get("/organizations/green/servers").refused(403, "forbidden");
        assertEquals("server.read", refused.get("action"));
        green.post("/grants", Api.json("subject", Map.of("kind", "user", "id", bob.id()), "role", "read-only"))
                .must(201);
        member.get("/organizations/green/servers").must(200);
        Answer still = member.post("/organizations/green/departments", Api.json("name", "mine"))
                .must(403);
        assertEquals("department.create", still.get("action"));
    }
}
