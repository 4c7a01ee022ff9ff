// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.unboundid.scim2.common.utils.FilterEvaluator;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;
import org.junit.jupiter.api.Test;

/** Filters (RFC 7644, 3.4.2.2), also as another implementation understands them. */
final class FilterTest {
    private static final String BJENSEN =
            """
            {"id":"usr_1","externalId":"701984","userName":"bjensen@example.com","displayName":"Babs Jensen",
             "name":{"familyName":"Jensen","givenName":"Barbara"},"active":true,
             "emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tour Operations"},
             "meta":{"resourceType":"User","created":"2011-05-13T04:42:34Z"}}""";

    private static ObjectNode resource(String json) {
        return (ObjectNode) Json.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean matches(String filter) {
        return FilterParser.filter(Kind.USER, filter).matches(resource(BJENSEN));
    }

    private static String refused(String filter) {
        ProblemException problem =
                assertThrows(ProblemException.class, () -> FilterParser.filter(Kind.USER, filter), filter);
        assertEquals(400, problem.type().status());
        return String.valueOf(problem.extra().get("scimType"));
    }

    @Test
    void theExamplesOfTheRfcMatchWhatTheyAreMeantToMatch() {
        for (String filter : List.of(
                "userName eq \"bjensen@example.com\"",
                "userName Eq \"BJENSEN@example.com\"",
                "name.familyName co \"ens\"",
                "userName sw \"B\"",
                "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\"",
                "displayName pr",
                "meta.created gt \"2011-05-13T04:42:33Z\"",
                "meta.created ge \"2011-05-13T06:42:34+02:00\"",
                "meta.created lt \"2011-05-13T04:42:35Z\"",
                "meta.created le \"2011-05-13T04:42:34Z\"",
                "meta.created eq \"2011-05-13T06:42:34.000+02:00\"",
                "displayName pr and active eq true",
                "displayName pr or title pr",
                "userName ne \"x\" and (emails co \"example.com\" or emails.value co \"nowhere.org\")",
                "userName sw \"b\" and not (emails co \"nowhere.net\")",
                "emails[type eq \"work\" and value co \"@example.com\"]",
                "emails[type eq \"work\" and value co \"@example.com\"] or phoneNumbers[value eq \"1\"]",
                "emails.type eq \"home\"",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tour operations\"",
                "externalId eq \"701984\"",
                "USERNAME ew \".COM\"",
                "title eq null",
                "id ne null")) {
            assertTrue(matches(filter), filter);
        }
    }

    @Test
    void whatTheyAreNotMeantToMatchTheyDoNot() {
        for (String filter : List.of(
                "userName eq \"bjensen\"",
                "id eq \"USR_1\"",
                "title pr",
                "timezone co \"Europe\"",
                "phoneNumbers[type eq \"work\" and value pr]",
                "members pr",
                "active eq false",
                "active ne true",
                "emails[type eq \"home\" and value co \"@example.com\"]",
                "not (userName pr)",
                "userName eq \"x\" and userName pr or displayName eq \"y\"",
                "meta.created gt \"2011-05-13T04:42:34Z\"")) {
            assertFalse(matches(filter), filter);
        }
    }

    @Test
    void andBindsTighterThanOr() {
        assertTrue(matches("displayName pr or userName eq \"x\" and userName eq \"y\""));
        assertFalse(matches("(displayName pr or userName eq \"x\") and userName eq \"y\""));
    }

    @Test
    void whatCannotBeReadIsAnInvalidFilterAndNothingElse() {
        for (String filter : List.of(
                "",
                "userName",
                "userName eq",
                "userName eq \"x",
                "userName eq \"\\x\"",
                "userName is \"x\"",
                "userName eq 5",
                "userName eq \"x\" and",
                "userName eq \"x\" userName eq \"y\"",
                "(userName pr",
                "userName pr)",
                "not userName pr",
                "shoeSize eq \"x\"",
                "name eq \"x\"",
                "name.nick eq \"x\"",
                "a.b.c eq \"x\"",
                "emails[type eq \"work\"",
                "emails[emails[type pr]]",
                "userName[type pr]",
                "active gt true",
                "active eq \"perhaps\"",
                "userName gt null",
                "meta.created gt \"yesterday\"",
                "urn:example:User:userName pr",
                "urn:ietf:params:scim:schemas:core:2.0:User eq \"x\"",
                "userName eq \"x\";drop",
                "( ".repeat(10_000),
                "(".repeat(200) + "userName pr" + ")".repeat(200),
                "userName pr or ".repeat(100) + "userName pr",
                "userName eq \"" + "x".repeat(5000) + "\"")) {
            assertEquals("invalidFilter", refused(filter), filter);
        }
    }

    @Test
    void whatAnIndexCanFindIsKnownBeforehand() {
        assertEquals(
                Map.of("userName", "ada", "active", "true"),
                FilterParser.filter(Kind.USER, "userName eq \"ada\" and (active eq \"True\" and emails pr)")
                        .needs());
        assertTrue(FilterParser.filter(Kind.USER, "userName eq \"ada\" and active eq true")
                .saysNoMore());
        assertFalse(FilterParser.filter(Kind.USER, "userName eq \"ada\" and emails pr")
                .saysNoMore());
        assertFalse(FilterParser.filter(Kind.USER, "userName eq \"ada\" and userName eq \"eve\"")
                .saysNoMore());
        assertEquals(
                Map.of(),
                FilterParser.filter(Kind.USER, "userName eq \"ada\" or active eq true")
                        .needs());
        assertEquals(
                Map.of(),
                FilterParser.filter(Kind.USER, "not (userName eq \"ada\")").needs());
    }

    @Test
    void anotherImplementationFindsTheSame() throws Exception {
        Random random = new Random(7643);
        List<ObjectNode> people = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            people.add(person(random));
        }
        int matched = 0;
        for (int i = 0; i < 20_000; i++) {
            String text = condition(random, 3);
            Filter ours = FilterParser.filter(Kind.USER, text);
            com.unboundid.scim2.common.filters.Filter theirs =
                    com.unboundid.scim2.common.filters.Filter.fromString(text);
            ObjectNode person = people.get(random.nextInt(people.size()));
            boolean there =
                    FilterEvaluator.evaluate(theirs, JsonUtils.getObjectReader().readTree(person.toString()));

            assertEquals(there, ours.matches(person), text + " of " + person);
            matched += there ? 1 : 0;
        }
        assertTrue(matched > 4000 && matched < 16_000, "matched " + matched);
    }

    private static String word(Random random) {
        return List.of("ada", "Ada", "eve", "e", "bo@x.org", "Tour", "a b").get(random.nextInt(7));
    }

    private static ObjectNode person(Random random) {
        ObjectNode person = Json.object().put("userName", word(random)).put("active", random.nextBoolean());
        if (random.nextBoolean()) {
            person.put("displayName", word(random));
        }
        if (random.nextBoolean()) {
            person.putObject("name").put("givenName", word(random));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            person.withArray("emails")
                    .addObject()
                    .put("value", word(random))
                    .put("type", random.nextBoolean() ? "work" : "home");
        }
        person.putObject("meta").put("created", "2026-01-0" + (1 + random.nextInt(9)) + "T00:00:00Z");
        return person;
    }

    private static String condition(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 4)) {
            case 0 -> List.of("userName", "displayName", "name.givenName", "emails")
                            .get(random.nextInt(4))
                    + " pr";
            case 1 -> "active " + (random.nextBoolean() ? "eq " : "ne ") + random.nextBoolean();
            case 2 -> "meta.created "
                    + List.of("eq", "gt", "ge", "lt", "le").get(random.nextInt(5)) + " \"2026-01-0"
                    + (1 + random.nextInt(9)) + "T01:00:00+01:00\"";
            case 3 -> List.of("userName", "displayName", "name.givenName").get(random.nextInt(3)) + " "
                    + List.of("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
                            .get(random.nextInt(9))
                    + " \"" + word(random) + "\"";
            case 4 -> "emails[type eq \"" + (random.nextBoolean() ? "work" : "home") + "\" and value co \""
                    + word(random) + "\"]";
            case 5 -> "not (" + condition(random, depth - 1) + ")";
            case 6 -> "(" + condition(random, depth - 1) + " or " + condition(random, depth - 1) + ")";
            default -> condition(random, depth - 1)
                    + (random.nextBoolean() ? " and " : " or ")
                    + condition(random, depth - 1);
        };
    }
}
