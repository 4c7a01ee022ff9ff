// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.messages.PatchOperation;
import com.unboundid.scim2.common.messages.PatchRequest;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;
import org.junit.jupiter.api.Test;

/** PATCH (RFC 7644, 3.5.2), and how directories write it. */
final class PatchTest {
    private static final String PERSON =
            """
            {"id":"usr_1","userName":"babs","active":true,"name":{"familyName":"Jensen","givenName":"Barbara"},
             "emails":[{"value":"babs@work.org","type":"work","primary":true}]}""";

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode patched(Kind kind, String before, String operations) {
        String body =
                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":" + operations + "}";
        return Patch.applied(kind, (ObjectNode) json(before), Patch.operations(json(body)));
    }

    private static void becomes(String path, String expected, String operations) {
        JsonNode there = patched(Kind.USER, PERSON, operations).at(path);
        assertEquals(expected.isEmpty() ? Json.object().at("/none") : json(expected), there, operations);
    }

    private static String refused(String operations) {
        ProblemException problem =
                assertThrows(ProblemException.class, () -> patched(Kind.USER, PERSON, operations), operations);
        return String.valueOf(problem.extra().get("scimType"));
    }

    @Test
    void addSetsWhatIsSingleAndAppendsToWhatIsMany() {
        becomes("/displayName", "\"Babs\"", "[{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"Babs\"}]");
        becomes(
                "/name",
                "{\"familyName\":\"Jensen\",\"givenName\":\"B\"}",
                "[{\"op\":\"add\",\"path\":\"name\",\"value\":{\"givenName\":\"B\"}}]");
        becomes(
                "/emails/1/value",
                "\"b@home.org\"",
                "[{\"op\":\"add\",\"value\":{\"emails\":[{\"value\":\"b@home.org\",\"type\":\"home\"}],\"nickName\":\"Babs\"}}]");
        becomes("/emails/1", "", "[{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"babs@work.org\"}]}]");
        becomes(
                "/emails/0/primary",
                "false",
                "[{\"op\":\"add\",\"path\":\"emails\",\"value\":{\"value\":\"b@home.org\",\"primary\":true}}]");
    }

    @Test
    void replaceSetsAndNeedsATargetOnlyBehindAFilter() {
        becomes(
                "/name/familyName",
                "\"Smith\"",
                "[{\"op\":\"replace\",\"path\":\"name.familyName\",\"value\":\"Smith\"}]");
        becomes(
                "/emails",
                "[{\"value\":\"x@y.org\"}]",
                "[{\"op\":\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"x@y.org\"}]}]");
        becomes(
                "/emails/0/value",
                "\"x@y.org\"",
                "[{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"x@y.org\"}]");
        becomes(
                "/emails/0",
                "{\"value\":\"x@y.org\",\"type\":\"work\",\"primary\":true}",
                "[{\"op\":\"replace\",\"path\":\"emails[primary eq true]\",\"value\":{\"value\":\"x@y.org\"}}]");
        becomes(
                "/userName",
                "\"b\"",
                "[{\"op\":\"replace\",\"value\":{\"userName\":\"b\",\"id\":\"usr_1\",\"meta\":{}}}]");
        assertEquals(
                "noTarget",
                refused(
                        "[{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"].value\",\"value\":\"x@y.org\"}]"));
    }

    @Test
    void removeTakesAwayAndNeverWhatIsNeeded() {
        becomes("/name/givenName", "", "[{\"op\":\"remove\",\"path\":\"name.givenName\"}]");
        becomes("/name", "", "[{\"op\":\"remove\",\"path\":\"name\"}]");
        becomes("/emails/0/type", "", "[{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"].type\"}]");
        assertEquals("invalidValue", refused("[{\"op\":\"remove\",\"path\":\"userName\"}]"));
        becomes("/emails", "", "[{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]\"}]");
        assertEquals("mutability", refused("[{\"op\":\"remove\",\"path\":\"emails.value\"}]"));
        assertEquals("noTarget", refused("[{\"op\":\"remove\"}]"));
    }

    @Test
    void whatEntraAndOktaWriteIsUnderstood() {
        becomes("/active", "false", "[{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}]");
        becomes("/active", "false", "[{\"op\":\"replace\",\"value\":{\"active\":false}}]");
        becomes("/name/familyName", "\"Smith\"", "[{\"op\":\"Add\",\"value\":{\"name.familyName\":\"Smith\"}}]");
        becomes(
                "/emails/1",
                "{\"type\":\"home\",\"value\":\"b@home.org\"}",
                "[{\"op\":\"Add\",\"path\":\"emails[type eq \\\"home\\\"].value\",\"value\":\"b@home.org\"}]");
        String department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (String operation : List.of(
                "{\"op\":\"Add\",\"path\":\"" + department + ":department\",\"value\":\"Sales\"}",
                "{\"op\":\"Add\",\"value\":{\"" + department + ":department\":\"Sales\"}}",
                "{\"op\":\"replace\",\"value\":{\"" + department
                        + "\":{\"department\":\"Sales\",\"costCenter\":\"4130\"}}}",
                "{\"op\":\"add\",\"path\":\"" + department + "\",\"value\":{\"department\":\"Sales\"}}")) {
            becomes("/" + department, "{\"department\":\"Sales\"}", "[" + operation + "]");
            becomes(
                    "/" + department,
                    "",
                    "[" + operation + ",{\"op\":\"remove\",\"path\":\"" + department + ":department\"}]");
        }
        becomes(
                "/displayName",
                "\"B\"",
                "[{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":[{\"$ref\":null,\"value\":\"B\"}]}]");
    }

    @Test
    void whatIsNotKeptChangesNothingAndStopsNothing() {
        becomes(
                "/active",
                "false",
                "[{\"op\":\"Replace\",\"path\":\"phoneNumbers[type eq \\\"work\\\"].value\",\"value\":\"1\"},"
                        + "{\"op\":\"Add\",\"path\":\"title\",\"value\":\"Boss\"},"
                        + "{\"op\":\"Add\",\"path\":\"name.middleName\",\"value\":\"Q\"},"
                        + "{\"op\":\"Remove\",\"path\":\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager\"},"
                        + "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}]");
    }

    @Test
    void aReadOnlyPartAndWhatNobodyKnowsOfAValueStopNothing() {
        String department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (String operation : List.of(
                "{\"op\":\"Replace\",\"path\":\"name.formatted\",\"value\":\"B J\"}",
                "{\"op\":\"Add\",\"path\":\"urn:ietf:params:scim:schemas:core:2.0:User:name.formatted\",\"value\":\"B J\"}",
                "{\"op\":\"Remove\",\"path\":\"name.formatted\"}",
                "{\"op\":\"Add\",\"value\":{\"name.formatted\":\"B J\",\"shoeSize\":42,\"name.nick.short\":\"B\",\"emails[\":1,"
                        + "\"emails[size eq \\\"x\\\"]\":{},\"\":0}}",
                "{\"op\":\"Add\",\"value\":{\"urn:example:custom:2.0:User\":{\"badge\":\"7\"},"
                        + "\"urn:example:custom:2.0:User:badge\":\"7\"}}",
                "{\"op\":\"Add\",\"value\":{\"" + department + "\":{\"badge\":\"7\"}}}",
                "{\"op\":\"Add\",\"path\":\"" + department + "\",\"value\":{\"badge\":\"7\"}}")) {
            ObjectNode after = patched(
                    Kind.USER,
                    PERSON,
                    "[" + operation + ",{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}]");
            assertEquals(((ObjectNode) json(PERSON)).put("active", false), after, operation);
        }
    }

    @Test
    void whatCannotBeDoneIsRefusedInTheWordsOfTheRfc() {
        assertEquals("mutability", refused("[{\"op\":\"replace\",\"path\":\"id\",\"value\":\"usr_2\"}]"));
        assertEquals("mutability", refused("[{\"op\":\"add\",\"path\":\"groups\",\"value\":[{\"value\":\"grp_1\"}]}]"));
        assertEquals("mutability", refused("[{\"op\":\"add\",\"value\":{\"groups\":[{\"value\":\"grp_1\"}]}}]"));
        assertEquals("invalidPath", refused("[{\"op\":\"add\",\"path\":\"shoeSize\",\"value\":\"42\"}]"));
        assertEquals("invalidPath", refused("[{\"op\":\"add\",\"path\":\"emails[\",\"value\":\"42\"}]"));
        assertEquals("invalidPath", refused("[{\"op\":\"add\",\"path\":5,\"value\":\"42\"}]"));
        assertEquals(
                "invalidFilter", refused("[{\"op\":\"add\",\"path\":\"emails[size eq \\\"x\\\"]\",\"value\":{}}]"));
        assertEquals("invalidValue", refused("[{\"op\":\"add\",\"path\":\"active\",\"value\":\"perhaps\"}]"));
        assertEquals("invalidValue", refused("[{\"op\":\"add\",\"path\":\"displayName\"}]"));
        assertEquals("invalidValue", refused("[{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"type\":\"home\"}]}]"));
        assertEquals("invalidValue", refused("[{\"op\":\"add\",\"value\":\"x\"}]"));
        assertEquals("invalidSyntax", refused("[{\"op\":\"move\",\"path\":\"displayName\",\"value\":\"x\"}]"));
        assertEquals("invalidSyntax", refused("[]"));
        assertEquals("invalidSyntax", refused("{}"));
        assertEquals(
                "tooMany",
                refused("[" + "{\"op\":\"add\",\"path\":\"active\",\"value\":true},".repeat(1000)
                        + "{\"op\":\"add\"}]"));
    }

    private static String addresses(int from, int many) {
        return IntStream.range(from, from + many)
                .mapToObj(i -> "{\"value\":\"b" + i + "@x.org\",\"primary\":true}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aPersonHasNoMoreThanFiftyAddressesAtAnyMoment() {
        String some = "[{\"op\":\"add\",\"path\":\"emails\",\"value\":" + addresses(0, 49) + "}";

        assertEquals(50, patched(Kind.USER, PERSON, some + "]").get("emails").size());
        becomes(
                "/emails/0/value",
                "\"b0@x.org\"",
                "[{\"op\":\"replace\",\"path\":\"emails\",\"value\":" + addresses(0, 50) + "}]");
        assertEquals("tooMany", refused("[{\"op\":\"add\",\"path\":\"emails\",\"value\":" + addresses(0, 51) + "}]"));
        assertEquals(
                "tooMany", refused("[{\"op\":\"remove\",\"path\":\"emails\",\"value\":" + addresses(0, 51) + "}]"));
        assertEquals(
                "tooMany", refused(some + ",{\"op\":\"add\",\"path\":\"emails\",\"value\":" + addresses(49, 1) + "}]"));
        assertEquals(
                "tooMany",
                refused(
                        some
                                + ",{\"op\":\"add\",\"path\":\"emails[type eq \\\"home\\\"].value\",\"value\":\"b@home.org\"}]"));
        ProblemException whole = assertThrows(
                ProblemException.class,
                () -> Values.resource(
                        Kind.USER,
                        json(
                                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"b\",\"emails\":"
                                        + addresses(0, 51) + "}")));
        assertEquals("tooMany", whole.extra().get("scimType"));
    }

    @Test
    void ifOneOperationIsRefusedNoneIsDone() {
        ObjectNode before = (ObjectNode) json(PERSON);
        List<Patch.Operation> operations = Patch.operations(
                json("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":["
                        + "{\"op\":\"replace\",\"path\":\"active\",\"value\":false},"
                        + "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}]}"));

        assertThrows(ProblemException.class, () -> Patch.applied(Kind.USER, before, operations));

        assertEquals(json(PERSON), before);
    }

    @Test
    void aResourceIsReadWithoutWhatIsNotKeptOrNotTheirs() {
        ObjectNode read = Values.resource(
                Kind.USER,
                json(
                        "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"USERNAME\":\"babs\",\"id\":\"mine\","
                                + "\"meta\":{\"version\":\"x\"},\"password\":\"secret\",\"shoeSize\":42,\"displayName\":null,"
                                + "\"name\":{\"formatted\":\"B J\",\"familyName\":\"Jensen\",\"middleName\":\"Q\"},\"active\":\"True\","
                                + "\"emails\":[{\"value\":\"b@x.org\",\"display\":\"b\"}]}"));

        assertEquals(
                json(
                        "{\"userName\":\"babs\",\"name\":{\"familyName\":\"Jensen\"},\"active\":true,\"emails\":[{\"value\":\"b@x.org\"}]}"),
                read);
    }

    @Test
    void anotherImplementationMakesTheSameOfTheSameOperations() throws Exception {
        Random random = new Random(7644);
        for (int i = 0; i < 5_000; i++) {
            List<String> operations = new ArrayList<>();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                operations.add(operation(random));
            }
            String body = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":"
                    + operations + "}";
            ObjectNode theirs = (ObjectNode) JsonUtils.getObjectReader().readTree(PERSON);
            for (PatchOperation each : JsonUtils.getObjectReader()
                    .forType(PatchRequest.class)
                    .<PatchRequest>readValue(body)
                    .getOperations()) {
                each.apply(theirs);
            }

            ObjectNode ours = Patch.applied(Kind.USER, (ObjectNode) json(PERSON), Patch.operations(json(body)));

            assertEquals(json(theirs.toString()), ours, operations.toString());
        }
    }

    private static String operation(Random random) {
        String text = "\"" + List.of("Ada", "Eve", "Bob").get(random.nextInt(3)) + "\"";
        String mail = "{\"value\":\"" + List.of("a@x.org", "b@x.org").get(random.nextInt(2)) + "\",\"type\":\"home\"}";
        String op = random.nextBoolean() ? "add" : "replace";
        return switch (random.nextInt(8)) {
            case 0 -> told(op, "displayName", text);
            case 1 -> told(op, "name.givenName", text);
            case 2 -> told(op, "name", "{\"familyName\":" + text + "}");
            case 3 -> told("replace", "emails", "[" + mail + ",{\"value\":\"c@x.org\",\"type\":\"work\"}]");
            case 4 -> told("add", "emails", "[" + mail + "]");
            case 5 -> "{\"op\":\"" + op + "\",\"value\":{\"displayName\":" + text + ",\"active\":"
                    + random.nextBoolean() + "}}";
            case 6 -> "{\"op\":\"remove\",\"path\":\"displayName\"}";
            default -> "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"home\\\"]\"}";
        };
    }

    private static String told(String op, String path, String value) {
        return "{\"op\":\"" + op + "\",\"path\":\"" + path + "\",\"value\":" + value + "}";
    }
}
