// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.rest.json.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SCIM over HTTP, by the examples of RFC 7644, 3 and 4. */
final class ScimTest {
    private static final String BASE = "/api/v1/organizations/demo/scim/v2";
    private static final String USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    private static final String GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    private static final String ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    private static final String MESSAGES = "urn:ietf:params:scim:api:messages:2.0:";

    @TempDir
    Path folder;

    private final ScimWorld world = new ScimWorld();
    private Client client;

    @BeforeEach
    void start() throws IOException {
        FakeCloud cloud = new FakeCloud();
        client = new Client(folder, cloud, world.services().with(Access.class, cloud.access()));
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    private Client.Got send(String method, String path, String body, String... headers) {
        List<String> all = new ArrayList<>(
                List.of("Authorization", "Bearer " + ScimWorld.TOKEN, "Content-Type", "application/scim+json"));
        all.addAll(List.of(headers));
        Optional<byte[]> bytes =
                Optional.of(body.getBytes(StandardCharsets.UTF_8)).filter(some -> some.length > 0);
        return client.send(method, BASE + path, bytes, all.toArray(new String[0]));
    }

    private Client.Got get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    private Client.Got list(String path, String filter) {
        return get(path + "?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8));
    }

    private static String user(String userName, String more) {
        return "{\"schemas\":[\"" + USER + "\"],\"userName\":\"" + userName + "\"" + more + "}";
    }

    private static String patch(String... operations) {
        return "{\"schemas\":[\"" + MESSAGES + "PatchOp\"],\"Operations\":[" + String.join(",", operations) + "]}";
    }

    private String makeUser(String userName) {
        return send("POST", "/Users", user(userName, "")).json().get("id").asText();
    }

    private String makeGroup(String name, String... members) {
        ObjectNode group = Json.object().put("displayName", name);
        group.putArray("schemas").add(GROUP);
        for (String member : members) {
            group.withArray("members").addObject().put("value", member);
        }
        return send("POST", "/Groups", group.toString()).json().get("id").asText();
    }

    private static void refused(Client.Got got, int status, String scimType) {
        assertEquals(status, got.status(), got.text());
        assertEquals("application/scim+json", got.header("Content-Type"));
        assertEquals(MESSAGES + "Error", got.json().at("/schemas/0").asText());
        assertEquals(Integer.toString(status), got.json().get("status").asText());
        assertEquals(scimType, got.json().path("scimType").asText(), got.text());
        assertFalse(got.json().get("detail").asText().isBlank());
    }

    private static Set<String> ids(Client.Got got) {
        Set<String> ids = new HashSet<>();
        got.json().get("Resources").forEach(each -> ids.add(each.get("id").asText()));
        return ids;
    }

    @Test
    void aUserIsCreatedAsTheRfcCreatesBjensen() {
        Client.Got got = send(
                "POST",
                "/Users",
                user(
                        "bjensen@example.com",
                        ",\"externalId\":\"bjensen\",\"name\":{\"formatted\":\"Ms. Barbara J Jensen III\","
                                + "\"familyName\":\"Jensen\",\"givenName\":\"Barbara\"},\"title\":\"Tour Guide\",\""
                                + ENTERPRISE + "\":{\"department\":\"Tour Operations\",\"employeeNumber\":\"7\"}"));

        assertEquals(201, got.status(), got.text());
        assertEquals("application/scim+json", got.header("Content-Type"));
        JsonNode made = got.json();
        String address =
                client.server.http() + BASE + "/Users/" + made.get("id").asText();
        assertEquals(address, got.header("Location"));
        assertEquals(address, made.at("/meta/location").asText());
        assertEquals("User", made.at("/meta/resourceType").asText());
        assertEquals("W/\"1\"", got.header("ETag"));
        assertEquals(got.header("ETag"), made.at("/meta/version").asText());
        assertEquals("bjensen@example.com", made.get("userName").asText());
        assertEquals("bjensen", made.get("externalId").asText());
        assertEquals("Barbara Jensen", made.at("/name/formatted").asText());
        assertEquals("bjensen@example.com", made.at("/emails/0/value").asText());
        assertTrue(made.get("active").asBoolean());
        assertEquals(Json.object().put("department", "Tour Operations"), made.get(ENTERPRISE));
        assertFalse(made.has("title"));
        PutPerson command = (PutPerson) world.commands.get(0);
        assertEquals("bjensen", command.data().username());
        assertEquals(ScimWorld.DIRECTORY, command.directory());
    }

    @Test
    void whatIsTakenIsAConflictOfUniqueness() {
        makeUser("ada@example.com");
        makeGroup("Sales");

        refused(send("POST", "/Users", user("ADA@example.org", "")), 409, "uniqueness");
        refused(
                send("POST", "/Groups", "{\"schemas\":[\"" + GROUP + "\"],\"displayName\":\"Sales\"}"),
                409,
                "uniqueness");
    }

    @Test
    void whatCannotBeAUserIsRefused() {
        refused(send("POST", "/Users", "{\"userName\":\"x\"}"), 400, "invalidSyntax");
        refused(send("POST", "/Users", "{\"schemas\":[\"" + GROUP + "\"],\"userName\":\"x\"}"), 400, "invalidSyntax");
        refused(send("POST", "/Users", "{\"schemas\":"), 400, "invalidSyntax");
        refused(send("POST", "/Users", ""), 400, "invalidSyntax");
        refused(send("POST", "/Users", "[]"), 400, "invalidSyntax");
        refused(send("POST", "/Users", user("", "")), 400, "invalidValue");
        refused(send("POST", "/Users", user("…@…", "")), 400, "invalidValue");
        refused(send("POST", "/Users", user("ada", "")), 400, "invalidValue");
        refused(send("POST", "/Users", user("ada@x.org", ",\"active\":\"perhaps\"")), 400, "invalidValue");
        refused(send("POST", "/Users", user("ada@x.org", ",\"emails\":[{\"value\":\"nobody\"}]")), 400, "invalidValue");
        refused(
                send("POST", "/Users", user("ada@x.org", ",\"displayName\":\"" + "x".repeat(201) + "\"")),
                400,
                "invalidValue");
        refused(send("POST", "/Users", user("ada@x.org", ""), "Content-Encoding", "gzip"), 415, "");
        assertEquals(List.of(), world.commands);
        assertEquals(12, world.refusals.size(), "every refusal is audited");
    }

    @Test
    void ofSeveralAddressesThePrimaryOneIsKeptElseThatOfWork() {
        String emails = "{\"value\":\"a@x.org\"},{\"value\":\"b@x.org\",\"type\":\"work\"}";
        Client.Got work = send("POST", "/Users", user("ada", ",\"emails\":[" + emails + "]"));
        Client.Got primary = send(
                "POST", "/Users", user("eve", ",\"emails\":[" + emails + ",{\"value\":\"c@x.org\",\"primary\":true}]"));

        assertEquals("b@x.org", work.json().at("/emails/0/value").asText());
        assertEquals("c@x.org", primary.json().at("/emails/0/value").asText());
        assertEquals(1, primary.json().get("emails").size());
    }

    @Test
    void aUserIsReadReplacedAndDeleted() {
        String id = makeUser("ada@x.org");
        String path = "/Users/" + id;

        assertEquals("ada@x.org", get(path).json().get("userName").asText());
        String plain = path + "?excludedAttributes=groups";
        assertEquals(304, get(plain, "If-None-Match", "W/\"1\"").status());
        assertEquals("W/\"1\"", get(plain, "If-None-Match", "W/\"1\"").header("ETag"));
        assertEquals(200, get(plain, "If-None-Match", "W/\"2\"").status());
        refused(send("PUT", path, user("ada@x.org", ",\"displayName\":\"Ada\""), "If-Match", "W/\"7\""), 412, "");
        Client.Got replaced =
                send("PUT", path, user("ada@x.org", ",\"displayName\":\"Ada\",\"id\":\"x\""), "If-Match", "W/\"1\"");
        assertEquals(200, replaced.status(), replaced.text());
        assertEquals("Ada", replaced.json().get("displayName").asText());
        assertEquals(id, replaced.json().get("id").asText());
        assertEquals("W/\"2\"", replaced.header("ETag"));
        assertFalse(send("PUT", path, user("ada@x.org", "")).json().has("displayName"));
        refused(send("DELETE", path, "", "If-Match", "W/\"1\""), 412, "");
        assertEquals(204, send("DELETE", path, "", "If-Match", "W/\"3\"").status());
        refused(get(path), 404, "");
        refused(send("DELETE", path, ""), 404, "");
        refused(send("PATCH", "/Users/nonsense", patch("{\"op\":\"remove\",\"path\":\"name\"}")), 404, "");
    }

    @Test
    void whoAsksForGroupsIsToldOfThemAlthoughTheVersionIsTheSame() {
        String path = "/Users/" + makeUser("ada@x.org");
        String tag = get(path).header("ETag");
        makeGroup("Guides", path.substring("/Users/".length()));

        for (String shown : List.of("", "?attributes=userName,groups.display")) {
            Client.Got got = get(path + shown, "If-None-Match", tag);
            assertEquals(200, got.status(), shown);
            assertEquals("Guides", got.json().at("/groups/0/display").asText());
        }
        assertEquals(
                304, get(path + "?attributes=userName", "If-None-Match", tag).status());
        assertEquals(
                304,
                get(path + "?excludedAttributes=groups", "If-None-Match", tag).status());
    }

    @Test
    void aReplacementThatDoesNotSayActiveLeavesWhoIsOutOutside() {
        String id = makeUser("ada@x.org");
        send("PATCH", "/Users/" + id, patch("{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}"));

        assertFalse(send("PUT", "/Users/" + id, user("ada@x.org", ",\"displayName\":\"Ada\""))
                .json()
                .get("active")
                .asBoolean());
    }

    @Test
    void whoIsOutStaysOutWhateverIsWrittenInsteadOfActive() {
        String id = makeUser("ada@x.org");
        String path = "/Users/" + id;
        send("PATCH", path, patch("{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}"));
        int before = world.commands.size();

        for (String operation : List.of(
                "{\"op\":\"replace\",\"path\":\"active\",\"value\":null}",
                "{\"op\":\"replace\",\"path\":\"active\",\"value\":[]}",
                "{\"op\":\"add\",\"value\":{\"active\":null}}",
                "{\"op\":\"remove\",\"path\":\"active\"}")) {
            Client.Got got = send("PATCH", path, patch(operation));
            assertEquals(200, got.status(), got.text());
            assertFalse(got.json().get("active").asBoolean(), operation);
        }
        Client.Got put = send("PUT", path, user("ada@x.org", ",\"active\":null"));
        assertFalse(put.json().get("active").asBoolean(), put.text());
        assertEquals(before, world.commands.size(), "nothing was to be changed");
    }

    @Test
    void aUserIsPatchedAndWhatChangesNothingReachesNoGate() {
        String id = makeUser("ada@x.org");
        Client.Got got = send(
                "PATCH",
                "/Users/" + id,
                patch(
                        "{\"op\":\"Add\",\"path\":\"name.familyName\",\"value\":\"Lovelace\"}",
                        "{\"op\":\"Replace\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"a@work.org\"}"));
        assertEquals(200, got.status(), got.text());
        assertEquals("Lovelace", got.json().at("/name/familyName").asText());
        assertEquals("a@work.org", got.json().at("/emails/0/value").asText());
        int before = world.commands.size();

        Client.Got same =
                send("PATCH", "/Users/" + id, patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":true}"));

        assertEquals(200, same.status());
        assertEquals("W/\"2\"", same.header("ETag"));
        assertEquals(before, world.commands.size());
        refused(send("PATCH", "/Users/" + id, patch("{\"op\":\"remove\",\"path\":\"id\"}")), 400, "mutability");
    }

    @Test
    void aPatchThatMeetsAnotherChangeBeginsAgainUnlessItIsForOneVersion() {
        String id = makeUser("ada@x.org");
        Runnable other = () ->
                send("PATCH", "/Users/" + id, patch("{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"Ada\"}"));
        String body = patch("{\"op\":\"add\",\"path\":\"name.givenName\",\"value\":\"Augusta\"}");

        world.meanwhile = Optional.of(() -> world.people.replaceAll((any, view) -> newer(view)));
        Client.Got got = send("PATCH", "/Users/" + id, body);
        assertEquals(200, got.status(), got.text());
        assertEquals("W/\"3\"", got.header("ETag"));
        other.run();
        refused(send("PATCH", "/Users/" + id, body, "If-Match", "W/\"3\""), 412, "");
    }

    private static org.isthmus.api.identity.UserView newer(org.isthmus.api.identity.UserView view) {
        return new org.isthmus.api.identity.UserView(
                view.id(),
                view.name(),
                view.username(),
                view.organization(),
                view.email(),
                view.department(),
                view.kind(),
                view.state(),
                view.mustChangePassword(),
                view.secondFactor(),
                view.responsible(),
                view.displayName(),
                view.kept(),
                view.createdAt(),
                view.createdBy(),
                view.changedAt(),
                view.version() + 1);
    }

    @Test
    void whenSomethingWasChangedLastIsShownFoundAndPutInOrder() {
        String ada = makeUser("ada@example.com");
        String bea = makeUser("bea@example.com");
        String guides = makeGroup("Guides");
        JsonNode made = get("/Users/" + ada).json().get("meta");
        assertEquals("2026-11-23T08:00:01Z", made.get("lastModified").asText());
        assertEquals(
                "2026-11-23T08:00:01.123456Z",
                get("/Users/" + bea).json().at("/meta/lastModified").asText());
        assertEquals(
                List.of(ada, bea),
                order(get("/Users?sortBy=meta.lastModified").json()),
                "in the order of time, not of text");
        assertEquals(
                List.of(bea, ada),
                order(get("/Users?sortBy=meta.lastModified&sortOrder=descending")
                        .json()));

        send("PATCH", "/Users/" + ada, patch("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"Ada\"}"));

        JsonNode after = get("/Users/" + ada).json().get("meta");
        assertEquals(made.get("created"), after.get("created"));
        assertEquals("2026-11-23T08:00:02.123456Z", after.get("lastModified").asText());
        assertEquals(Set.of(ada), ids(list("/Users", "meta.lastModified gt \"2026-11-23T09:00:01.5+01:00\"")));
        assertEquals(Set.of(guides), ids(list("/Groups", "meta.lastModified le \"2026-11-23T08:00:02Z\"")));
        send(
                "PATCH",
                "/Groups/" + guides,
                patch("{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" + ada + "\"}]}"));
        assertEquals(Set.of(), ids(list("/Groups", "meta.lastModified le \"2026-11-23T08:00:02Z\"")));
    }

    private static List<String> order(JsonNode found) {
        List<String> ids = new ArrayList<>();
        found.get("Resources").forEach(each -> ids.add(each.get("id").asText()));
        return ids;
    }

    @Test
    void aDirectoryIsNoneOfItsPeopleSoThereIsNoMe() {
        for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
            refused(send(method, "/Me", method.matches("GET|DELETE") ? "" : "{}"), 501, "");
        }
        assertEquals(List.of(), world.commands);
    }

    @Test
    void usersAreFoundByFiltersAndInPages() {
        List<String> all = new ArrayList<>();
        for (int i = 10; i < 35; i++) {
            all.add(makeUser("user" + i + "@x.org"));
        }
        send("PATCH", "/Users/" + all.get(3), patch("{\"op\":\"replace\",\"path\":\"active\",\"value\":false}"));

        assertEquals(Set.of(all.get(0)), ids(list("/Users", "userName eq \"USER10@x.org\"")));
        assertEquals(Set.of(all.get(0)), ids(list("/Users", "id eq \"" + all.get(0) + "\" and active eq true")));
        assertEquals(Set.of(), ids(list("/Users", "id eq \"" + all.get(3) + "\" and active eq true")));
        assertEquals(Set.of(), ids(list("/Users", "id eq \"nonsense\"")));
        assertEquals(Set.of(all.get(3)), ids(list("/Users", "active eq false")));
        assertEquals(
                Set.of(all.get(3), all.get(4)),
                ids(list("/Users", "userName sw \"user13\" or emails eq \"user14@x.org\"")));
        assertEquals(Set.of(), ids(list("/Users", "displayName eq \"nobody\"")));
        assertEquals(Set.of(), ids(list("/Users", "userName eq \"@@\" and active eq true")));
        refused(list("/Users", "shoeSize eq \"42\""), 400, "invalidFilter");

        Client.Got page = get("/Users?startIndex=11&count=10");
        assertEquals(MESSAGES + "ListResponse", page.json().at("/schemas/0").asText());
        assertEquals(25, page.json().get("totalResults").asInt());
        assertEquals(11, page.json().get("startIndex").asInt());
        assertEquals(10, page.json().get("itemsPerPage").asInt());
        assertEquals(all.get(10), page.json().at("/Resources/0/id").asText());
        assertEquals(0, get("/Users?count=0").json().get("Resources").size());
        assertEquals(
                25,
                get("/Users?count=-3&startIndex=-1").json().get("totalResults").asInt());
        assertEquals(
                1, get("/Users?count=1&startIndex=-1").json().get("startIndex").asInt());
        refused(get("/Users?count=many"), 400, "invalidValue");
        Client.Got filtered = get("/Users?startIndex=3&count=2&filter=userName%20co%20%22user2%22");
        assertEquals(10, filtered.json().get("totalResults").asInt());
        assertEquals(all.get(12), filtered.json().at("/Resources/0/id").asText());
        Client.Got last = get("/Users?sortBy=userName&sortOrder=descending&count=1");
        assertEquals(all.get(24), last.json().at("/Resources/0/id").asText());
        assertEquals(
                all.get(0),
                get("/Users?sortBy=emails.value&count=1")
                        .json()
                        .at("/Resources/0/id")
                        .asText());
        Client.Got searched = send(
                "POST",
                "/Users/.search",
                "{\"schemas\":[\"" + MESSAGES + "SearchRequest\"],\"attributes\":[\"userName\"],"
                        + "\"filter\":\"userName sw \\\"user3\\\"\",\"startIndex\":2,\"count\":10}");
        assertEquals(5, searched.json().get("totalResults").asInt(), searched.text());
        assertEquals(4, searched.json().get("itemsPerPage").asInt());
        assertEquals(Set.of("schemas", "id", "userName"), names(searched.json().at("/Resources/0")));
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new HashSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void whoWasHandedOverIsFoundByTheNameTheDirectoryWillGive() {
        String ada = makeUserHere("ada");

        assertEquals(Set.of(ada), ids(list("/Users", "userName eq \"Ada@x.org\"")));
        send("PATCH", "/Users/" + ada, patch("{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"ada@x.org\"}"));
        assertEquals(Set.of(ada), ids(list("/Users", "userName eq \"ada@x.org\"")));
        assertEquals(Set.of(), ids(list("/Users", "userName eq \"ada@y.org\"")));
    }

    private String makeUserHere(String username) {
        return send("POST", "/Users", user(username, ",\"emails\":[{\"value\":\"" + username + "@before.org\"}]"))
                .json()
                .get("id")
                .asText();
    }

    @Test
    void onlyTheAttributesThatAreWantedAreShown() {
        String id = makeUser("ada@x.org");
        makeGroup("Sales", id);
        String path = "/Users/" + id;

        assertEquals(
                Set.of("schemas", "id", "userName"),
                names(get(path + "?attributes=userName,shoeSize").json()));
        assertEquals(
                Set.of("value"),
                names(get(path + "?attributes=emails.value").json().at("/emails/0")));
        assertEquals("Sales", get(path).json().at("/groups/0/display").asText());
        Client.Got without = get(path + "?excludedAttributes=groups,emails.type,id");
        assertFalse(without.json().has("groups"));
        assertFalse(without.json().at("/emails/0").has("type"));
        assertTrue(without.json().has("id"));
        assertFalse(get("/Groups?excludedAttributes=members")
                .json()
                .at("/Resources/0")
                .has("members"));
        assertEquals(1, get("/Groups").json().at("/Resources/0/members").size());
        refused(get(path + "?attributes=id&excludedAttributes=id"), 400, "invalidValue");
    }

    @Test
    void aGroupIsMadeChangedAndDeletedWithoutReadingWhoIsInIt() {
        String ada = makeUser("ada@x.org");
        String eve = makeUser("eve@x.org");
        String bob = makeUser("bob@x.org");
        String id = makeGroup("Tour Guides", ada);
        String path = "/Groups/" + id;
        assertTrue(((PutGroup) world.commands.get(3)).members().orElseThrow().all());

        Client.Got added = send(
                "PATCH",
                path,
                patch("{\"op\":\"Add\",\"path\":\"members\",\"value\":[{\"value\":\"" + eve + "\"},{\"value\":\"" + bob
                        + "\",\"type\":\"User\"}]}"));
        assertEquals(204, added.status(), added.text());
        assertEquals("W/\"3\"", added.header("ETag"));
        assertEquals(3, get(path).json().get("members").size());
        assertEquals(Set.of(id), ids(list("/Groups", "id eq \"" + id + "\" and members eq \"" + eve + "\"")));
        assertEquals(
                Set.of(id),
                ids(list("/Groups", "members[value eq \"" + eve + "\"] and displayName eq \"tour guides\"")));
        assertEquals(Set.of(), ids(list("/Groups", "members.value eq \"nobody\"")));
        assertEquals(Set.of(ada, eve, bob), ids(list("/Users", "groups.display eq \"tour guides\"")));

        send("PATCH", path, patch("{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + eve + "\\\"]\"}"));
        assertEquals(Set.of(ada, bob), members(path));
        send("PATCH", path, patch("{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"value\":\"" + bob + "\"}]}"));
        assertEquals(Set.of(ada), members(path));
        send("PATCH", path, patch("{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"" + eve + "\"}]}"));
        assertEquals(Set.of(eve), members(path));
        send("PATCH", path, patch("{\"op\":\"remove\",\"path\":\"members[display co \\\"eve\\\"]\"}"));
        assertEquals(Set.of(), members(path));
        int before = world.commands.size();
        Client.Got both = send(
                "PATCH",
                path + "?attributes=displayName,members",
                patch("{\"op\":\"replace\",\"value\":{\"id\":\"" + id
                        + "\",\"displayName\":\"Guides\",\"members\":[{\"value\":\"" + ada + "\"}]}}"));
        assertEquals(200, both.status(), both.text());
        assertEquals("Guides", both.json().get("displayName").asText());
        assertEquals(1, both.json().get("members").size());
        assertEquals(before + 1, world.commands.size(), "the name and the members in one change");
        send("PATCH", path, patch("{\"op\":\"remove\",\"path\":\"members\"}"));
        assertTrue(((SetMembers) world.commands.get(before + 1)).all());
        assertEquals(Set.of(), members(path));
        Client.Got put = send(
                "PUT",
                path,
                "{\"schemas\":[\"" + GROUP
                        + "\"],\"displayName\":\"Guides\",\"externalId\":\"g\",\"members\":[{\"value\":\"" + bob
                        + "\"}]}");
        assertEquals("g", put.json().get("externalId").asText(), put.text());
        assertEquals(Set.of(bob), members(path));
        assertEquals(204, send("DELETE", path, "").status());
        refused(get(path), 404, "");
    }

    private Set<String> members(String path) {
        Set<String> members = new HashSet<>();
        get(path)
                .json()
                .path("members")
                .forEach(each -> members.add(each.get("value").asText()));
        return members;
    }

    @Test
    void membersChangeWhateverElseIsWrittenBesideThem() {
        String ada = makeUser("ada@x.org");
        String id = makeGroup("Guides", ada);
        String path = "/Groups/" + id;

        Client.Got got = send(
                "PATCH",
                path,
                patch(
                        "{\"op\":\"replace\",\"path\":\"members[value eq \\\"x\\\"].display\",\"value\":\"y\"}",
                        "{\"op\":\"replace\",\"value\":{\"urn:example:custom:2.0:Group\":{\"x\":1},\"shoeSize\":42,\""
                                + GROUP + "\":{\"members\":[]}}}"));

        assertEquals(204, got.status(), got.text());
        assertEquals(Set.of(), members(path));
    }

    @Test
    void whoIsInAGroupIsReadOnceForAPatchHoweverOftenItLooksAtThem() {
        String ada = makeUser("ada@x.org");
        String eve = makeUser("eve@x.org");
        String bob = makeUser("bob@x.org");
        String id = makeGroup("Guides", ada, eve, bob);
        String path = "/Groups/" + id;
        String[] looks = {
            "{\"op\":\"remove\",\"path\":\"members[display co \\\"eve\\\"]\"}",
            "{\"op\":\"remove\",\"path\":\"members[display co \\\"bob\\\"]\"}"
        };

        int before = world.membersRead;

        assertEquals(204, send("PATCH", path, patch(looks)).status());

        assertEquals(before + 1, world.membersRead);
        assertEquals(Set.of(ada), members(path));
        String[] many = new String[11];
        Arrays.fill(many, looks[0]);
        refused(send("PATCH", path, patch(many)), 400, "tooMany");
        Arrays.fill(many, "{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + ada + "\\\"]\"}");
        assertEquals(204, send("PATCH", path, patch(many)).status(), "whoever says ids may say many");
    }

    @Test
    void whatIsFoundByWhoIsInItIsShownAsItIs() {
        String ada = makeUser("ada@x.org");
        String eve = makeUser("eve@x.org");
        String group = makeGroup("Guides", ada, eve);
        makeGroup("Others", eve);

        JsonNode groups = list("/Groups", "members.value eq \"" + ada + "\"").json();
        JsonNode people = list("/Users", "groups.value eq \"" + group + "\"").json();
        Client.Got sorted = get("/Users?sortBy=userName&sortOrder=descending&excludedAttributes=groups&filter="
                + URLEncoder.encode("groups.display eq \"others\"", StandardCharsets.UTF_8));

        assertEquals(List.of(get("/Groups/" + group).json()), resources(groups));
        assertEquals(List.of(get("/Users/" + ada).json(), get("/Users/" + eve).json()), resources(people));
        assertEquals(List.of(get("/Users/" + eve + "?excludedAttributes=groups").json()), resources(sorted.json()));
    }

    private static List<JsonNode> resources(JsonNode message) {
        List<JsonNode> all = new ArrayList<>();
        message.get("Resources").forEach(all::add);
        return all;
    }

    @Test
    void everybodyLeavesOnlyWhereNobodyIsNamed() {
        String ada = makeUser("ada@x.org");
        String id = makeGroup("Guides", ada);
        String path = "/Groups/" + id;

        for (String nobody : List.of("[]", "{}", "[null]")) {
            Client.Got got =
                    send("PATCH", path, patch("{\"op\":\"remove\",\"path\":\"members\",\"value\":" + nobody + "}"));
            assertEquals(204, got.status(), got.text());
            assertEquals(Set.of(ada), members(path), nobody);
        }
        send("PATCH", path, patch("{\"op\":\"remove\",\"path\":\"members\",\"value\":null}"));
        assertEquals(Set.of(), members(path));
    }

    @Test
    void whoCannotBeAMemberIsRefused() {
        String id = makeGroup("Guides");
        String path = "/Groups/" + id;

        for (String value : List.of(
                "[{\"value\":\"" + id + "\"}]",
                "[{\"value\":\"x\"}]",
                "[{\"value\":\"usr_" + Samples.UUID + "\"}]",
                "[{\"value\":\"usr_" + Samples.UUID + "\",\"type\":\"Group\"}]",
                "[{\"display\":\"x\"}]",
                "\"x\"")) {
            refused(
                    send("PATCH", path, patch("{\"op\":\"add\",\"path\":\"members\",\"value\":" + value + "}")),
                    400,
                    "invalidValue");
        }
        refused(
                send(
                        "PATCH",
                        path,
                        patch("{\"op\":\"replace\",\"path\":\"members[value eq \\\"x\\\"].value\",\"value\":\"y\"}")),
                400,
                "mutability");
    }

    @Test
    void manyThingsAreDoneInOneRequestAlsoWhatRefersToEachOther() {
        String gone = makeUser("gone@x.org");
        Client.Got got = send(
                "POST",
                "/Bulk",
                "{\"schemas\":[\"" + MESSAGES + "BulkRequest\"],\"failOnErrors\":2,\"Operations\":["
                        + "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"ytrewq\",\"data\":{\"schemas\":[\""
                        + GROUP
                        + "\"],\"displayName\":\"Tour Guides\",\"members\":[{\"type\":\"User\",\"value\":\"bulkId:qwerty\"}]}},"
                        + "{\"method\":\"post\",\"path\":\"/Users\",\"bulkId\":\"qwerty\",\"data\":"
                        + user("alice@x.org", "") + "},"
                        + "{\"method\":\"PATCH\",\"path\":\"/Users/bulkId:qwerty\",\"version\":\"W/\\\"1\\\"\",\"data\":"
                        + patch("{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"Alice\"}") + "},"
                        + "{\"method\":\"DELETE\",\"path\":\"/Users/" + gone + "\"},"
                        + "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"again\",\"data\":"
                        + user("alice@x.org", "") + "},"
                        + "{\"method\":\"PUT\",\"path\":\"/Users/" + gone + "\",\"data\":" + user("gone@x.org", "")
                        + "},"
                        + "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"late\",\"data\":"
                        + user("late@x.org", "") + "}]}");

        assertEquals(200, got.status(), got.text());
        JsonNode done = got.json().get("Operations");
        assertEquals(MESSAGES + "BulkResponse", got.json().at("/schemas/0").asText());
        assertEquals(6, done.size(), "after two errors nothing more is done");
        List<String> statuses = new ArrayList<>();
        done.forEach(each -> statuses.add(each.get("status").asText()));
        assertEquals(List.of("201", "201", "200", "204", "409", "404"), statuses, got.text());
        String alice = done.at("/1/location").asText().replaceAll(".*/", "");
        assertEquals(
                Set.of(alice),
                members("/Groups/" + done.at("/0/location").asText().replaceAll(".*/", "")));
        assertEquals("qwerty", done.at("/1/bulkId").asText());
        assertEquals("W/\"2\"", done.at("/2/version").asText());
        assertEquals("uniqueness", done.at("/4/response/scimType").asText());
        assertEquals(2, world.refusals.size());
    }

    @Test
    void bulkRequestsThatCannotBeDoneAreRefused() {
        String head = "{\"schemas\":[\"" + MESSAGES + "BulkRequest\"],\"Operations\":[";
        String one = "{\"method\":\"DELETE\",\"path\":\"/Users/x\"}";

        refused(send("POST", "/Bulk", head + (one + ",").repeat(1000) + one + "]}"), 413, "");
        refused(send("POST", "/Bulk", "{\"Operations\":[]}"), 400, "invalidSyntax");
        refused(send("POST", "/Bulk", head + "5]}"), 400, "invalidSyntax");
        List<String> bad = List.of(
                "{\"method\":\"POST\",\"path\":\"/Users\",\"data\":{}}",
                "{\"method\":\"GET\",\"path\":\"/Users\"}",
                "{\"method\":\"PUT\",\"path\":\"/Users\",\"data\":{}}",
                "{\"method\":\"POST\",\"path\":\"/Bulk\",\"bulkId\":\"a\"}",
                "{\"method\":\"DELETE\",\"path\":\"/Users/x/y\"}",
                "{\"method\":\"DELETE\",\"path\":\"Users\"}",
                "{\"method\":\"DELETE\",\"path\":\"/Users/bulkId:nobody\"}",
                "{}");
        Client.Got got = send("POST", "/Bulk", head + String.join(",", bad) + "]}");
        got.json()
                .get("Operations")
                .forEach(each -> assertEquals("400", each.get("status").asText(), each.toString()));
        assertEquals(bad.size(), got.json().get("Operations").size());
        Client.Got circle = send(
                "POST",
                "/Bulk",
                head
                        + "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"a\",\"data\":{\"schemas\":[\"" + GROUP
                        + "\"],\"displayName\":\"A\",\"members\":[{\"value\":\"bulkId:b\"}]}},"
                        + "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"b\",\"data\":{\"schemas\":[\"" + GROUP
                        + "\"],\"displayName\":\"B\",\"members\":[{\"value\":\"bulkId:a\"}]}}]}");
        assertEquals("409", circle.json().at("/Operations/0/status").asText(), circle.text());
        assertEquals("409", circle.json().at("/Operations/1/status").asText(), circle.text());
        assertEquals(0, world.groups.size());
    }

    @Test
    void theServerSaysWhatItCanAndWhatItKeeps() {
        JsonNode config = get("/ServiceProviderConfig").json();
        assertTrue(config.at("/patch/supported").asBoolean());
        assertEquals(1000, config.at("/bulk/maxOperations").asInt());
        assertTrue(config.at("/filter/supported").asBoolean());
        assertFalse(config.at("/changePassword/supported").asBoolean());
        assertTrue(config.at("/sort/supported").asBoolean());
        assertTrue(config.at("/etag/supported").asBoolean());
        assertEquals(
                "oauthbearertoken", config.at("/authenticationSchemes/0/type").asText());
        JsonNode types = get("/ResourceTypes").json();
        assertEquals(2, types.get("totalResults").asInt());
        assertEquals("/Users", types.at("/Resources/0/endpoint").asText());
        assertEquals(
                ENTERPRISE, types.at("/Resources/0/schemaExtensions/0/schema").asText());
        assertEquals(types.at("/Resources/1"), get("/ResourceTypes/Group").json());
        JsonNode schemas = get("/Schemas").json();
        assertEquals(3, schemas.get("totalResults").asInt());
        assertEquals(schemas.at("/Resources/0"), get("/Schemas/" + USER).json());
        assertEquals("userName", schemas.at("/Resources/0/attributes/0/name").asText());
        assertEquals(
                "server", schemas.at("/Resources/0/attributes/0/uniqueness").asText());
        refused(get("/Schemas/urn:x"), 404, "");
        refused(get("/Schemas?filter=id%20pr"), 403, "");
        refused(get("/Nothing"), 404, "");
        refused(send("PUT", "/Users", "{}"), 405, "");
    }

    @Test
    void usersAndGroupsAreSearchedTogether() {
        String ada = makeUser("ada@x.org");
        String guides = makeGroup("Ada's guides", ada);
        makeGroup("Others");
        String head = "{\"schemas\":[\"" + MESSAGES + "SearchRequest\"],";

        Client.Got got = send(
                "POST",
                "/.search",
                head
                        + "\"filter\":\"userName sw \\\"ada\\\" or displayName sw \\\"ada\\\"\",\"attributes\":[\"displayName\",\"userName\"]}");
        Client.Got second = send("POST", "/.search", head + "\"startIndex\":2,\"count\":1}");

        assertEquals(Set.of(ada, guides), ids(got));
        assertEquals(3, second.json().get("totalResults").asInt());
        assertEquals(Set.of(guides), ids(second));
        refused(send("POST", "/.search", head + "\"filter\":\"shoeSize pr\"}"), 400, "invalidFilter");
    }

    @Test
    void onlyADirectorysTokenIsGoodAndOnlyInItsOrganization() {
        Client.Got without = client.send("GET", BASE + "/Users", Optional.empty(), "Authorization", "");
        refused(without, 401, "");
        assertTrue(without.header("WWW-Authenticate").startsWith("Bearer"));
        refused(
                client.send("GET", BASE + "/Users", Optional.empty(), "Authorization", "Bearer " + FakeCloud.ADMIN),
                401,
                "");
        for (String path : List.of("/Users", "/Schemas", "/ServiceProviderConfig", "/Groups/grp_" + Samples.UUID)) {
            refused(
                    client.send(
                            "GET",
                            BASE.replace("demo", "other") + path,
                            Optional.empty(),
                            "Authorization",
                            "Bearer " + ScimWorld.TOKEN),
                    404,
                    "");
        }
        Client.Got elsewhere = client.send(
                "GET",
                "/api/v1/organizations/demo/users",
                Optional.empty(),
                "Authorization",
                "Bearer " + ScimWorld.TOKEN);
        assertEquals(401, elsewhere.status());
        assertEquals("application/problem+json", elsewhere.header("Content-Type"));
    }

    @Test
    void plainJsonServesAsWellAndParametersOfOthersArePassedOver() {
        Client.Got got = client.send(
                "POST",
                BASE + "/Users?aadOptscim062020",
                Optional.of(user("ada@x.org", "").getBytes(StandardCharsets.UTF_8)),
                "Authorization",
                "Bearer " + ScimWorld.TOKEN,
                "Accept",
                "application/json");

        assertEquals(201, got.status(), got.text());
        assertEquals("application/json", got.header("Content-Type"));
        assertEquals(406, get("/Users", "Accept", "text/html").status());
    }
}
