// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.api.Action;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 7: the published document is what is served, and every problem it names is explained. */
@ExtendWith(Journey.class)
final class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
    private static final Pattern SLUG = Pattern.compile("\\(([a-z][a-z-]+)\\)");
    private static final String API = "/api/v1";

    private record Operation(String method, String path, JsonNode described) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private static List<Operation> operations(JsonNode document) {
        List<Operation> operations = new ArrayList<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(each -> {
                    assertTrue(METHODS.contains(each.getKey()), each::getKey);
                    operations.add(
                            new Operation(each.getKey().toUpperCase(Locale.ROOT), path.getKey(), each.getValue()));
                }));
        return operations;
    }

    private JsonNode document;

    @BeforeEach
    void read(Platform platform) {
        document = platform.anonymous().get("/openapi.json").must(200).body();
    }

    @Test
    void everyOperationOfTheDocumentIsServedAndAnswersAsItSays(Platform platform) {
        Tenant tenant = platform.tenant("reader");
        List<Operation> operations = operations(document);
        assertTrue(operations.size() > 80, () -> operations.size() + " operations");

        List<String> wrong = new ArrayList<>();
        for (Operation operation : operations) {
            String path = concrete(operation.path());
            Answer allowed =
                    caller(platform, tenant, operation).request("OPTIONS", path).send();
            Set<String> methods = Set.of(allowed.header("Allow").orElse("").split(", "));
            if (!methods.contains(operation.method())) {
                wrong.add(operation + " is not allowed: " + methods);
            }
            Answer answer = tried(caller(platform, tenant, operation), operation, path);
            boolean nowhere = answer.status() == 404 && answer.detail().contains("nothing at this path");
            if (answer.status() == 405 || nowhere) {
                wrong.add(operation + " is not served: " + answer.status() + " " + answer.text());
            }
            if (!operation.described().path("responses").has(Integer.toString(answer.status()))) {
                wrong.add(operation + " answers " + answer.status() + ", which the document does not tell: "
                        + answer.text());
            }
        }
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    /** Its path with what does not exist, below the reader's own organization. */
    private static String concrete(String template) {
        String path = template.replace("{organization}", "reader").replaceAll("\\{[a-zA-Z]+}", "absent");
        return path.startsWith(API) ? path.substring(API.length()) : path;
    }

    private static Api caller(Platform platform, Tenant tenant, Operation operation) {
        if (operation.described().path("operationId").asText().equals("logOut")) {
            return platform.login("ann@reader", Platform.PASSWORD);
        }
        return operation.path().contains("{organization}") ? tenant.admin() : platform.operator();
    }

    /** Sends the least that could be one: an empty object, version 1, no parameters. */
    private static Answer tried(Api api, Operation operation, String path) {
        boolean stream = operation.described().toString().contains("text/event-stream");
        Api.Request request = api.request(stream ? "HEAD" : operation.method(), path);
        if (operation.described().has("requestBody")) {
            request.body(Api.json());
        }
        if (operation.method().equals("PATCH") || operation.method().equals("PUT")) {
            request.header("If-Match", "\"1\"");
        }
        return request.send();
    }

    @Test
    void whatIsPromisedIsInTheDocument() {
        Set<String> ids = new TreeSet<>();
        Set<String> actions = new TreeSet<>();
        Arrays.stream(Action.values()).forEach(action -> actions.add(action.key()));
        for (Operation operation : operations(document)) {
            assertTrue(ids.add(operation.described().path("operationId").asText()), operation::toString);
            assertFalse(operation.described().path("summary").asText().isBlank(), operation::toString);
            JsonNode action = operation.described().path("x-isthmus-action");
            assertTrue(action.isMissingNode() || actions.contains(action.asText()), operation::toString);
        }
        Map<String, String> promised = new LinkedHashMap<>();
        promised.put("/api/v1/sessions", "post");
        promised.put("/api/v1/sessions/current", "delete");
        promised.put("/api/v1/organizations/{organization}/servers", "post");
        promised.put("/api/v1/organizations/{organization}/servers/{server}/resize", "post");
        promised.put("/api/v1/organizations/{organization}/images/{image}/content", "put");
        promised.put("/api/v1/organizations/{organization}/users/{user}/password", "put");
        promised.put("/api/v1/organizations/{organization}/audit/entries", "get");
        promised.put("/api/v1/locations/{location}/endpoints", "post");
        promised.put("/api/v1/operations/{operation}/cancel", "post");
        promised.put("/api/v1/audit/checkpoint", "get");
        promised.put("/api/v1/events", "get");
        promised.put("/readyz", "get");
        promised.put("/metrics", "get");
        promised.forEach(
                (path, method) -> assertTrue(document.path("paths").path(path).has(method), () -> method + " " + path));
    }

    @Test
    void everyProblemTheDocumentNamesIsInTheCatalogueAndTheCatalogueIsTheEnums(Platform platform) {
        Map<String, Integer> catalogue = new TreeMap<>();
        for (JsonNode each : platform.anonymous().get("/problems").items()) {
            ObjectNode entry = (ObjectNode) each;
            catalogue.put(entry.path("slug").asText(), entry.path("status").asInt());
            assertEquals(
                    "/api/v1/problems/" + entry.path("slug").asText(),
                    entry.path("type").asText());
            assertEquals(
                    entry,
                    platform.anonymous()
                            .get("/problems/" + entry.path("slug").asText())
                            .must(200)
                            .body());
        }
        Map<String, Integer> enums = new TreeMap<>();
        ProblemTypes.all().forEach(type -> enums.put(type.slug(), type.status()));
        assertEquals(enums, catalogue);

        document.path("components").path("responses").properties().forEach(response -> {
            int status = Integer.parseInt(response.getKey().replace("Problem", ""));
            Matcher slugs = SLUG.matcher(response.getValue().path("description").asText());
            assertTrue(slugs.find(), response::toString);
            do {
                assertEquals(status, catalogue.get(slugs.group(1)), slugs::group);
            } while (slugs.find());
        });
        for (Operation operation : operations(document)) {
            operation.described().path("responses").properties().forEach(response -> {
                String ref = response.getValue().path("$ref").asText();
                assertTrue(ref.isEmpty() || document.at(ref.substring(1)).isObject(), () -> operation + " " + ref);
            });
        }
    }
}
