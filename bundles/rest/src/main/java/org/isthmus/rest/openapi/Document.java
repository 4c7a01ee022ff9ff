// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.openapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.api.Action;
import org.isthmus.api.ProblemException.ChangeableBy;
import org.isthmus.rest.http.Manner;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.http.Route;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Schemas;

/** Writes the OpenAPI 3.0 document of a table of routes. */
public final class Document {
    private static final String ABOUT =
            "Hybrid enterprise cloud controller. Every change passes one gate: rights, policy,"
                    + " limits, audit. What takes time answers 202 with an operation; Prefer: wait=30 waits for it. Send"
                    + " Idempotency-Key with a POST to repeat it safely, dryRun=true to be told whether it would be accepted and"
                    + " what it would cost. Errors are problem documents (RFC 9457), their types listed under /api/v1/problems.";
    private static final int MOST_KEY = 128;
    /** Open to anybody, and yet refused to those who are not let in. */
    private static final Set<String> LOGINS = Set.of("logIn", "finishSignOn", "logOutByProvider");

    private final Schemas schemas = new Schemas();

    private Document() {}

    /** The document for these routes. */
    public static ObjectNode of(List<Route> routes) {
        return new Document().written(routes);
    }

    private ObjectNode written(List<Route> routes) {
        ObjectNode document = Json.object().put("openapi", "3.0.3");
        ObjectNode info = document.putObject("info");
        info.put("title", "Isthmus").put("version", "1").put("description", ABOUT);
        info.putObject("license")
                .put("name", "Apache-2.0")
                .put("url", "https://www.apache.org/licenses/LICENSE-2.0.txt");
        document.putArray("servers").addObject().put("url", "/").put("description", "this controller");
        ArrayNode tags = document.putArray("tags");
        routes.stream().map(Route::group).distinct().forEach(name -> tags.addObject()
                .put("name", name));
        ObjectNode paths = document.putObject("paths");
        for (Route route : routes) {
            ObjectNode path = paths.withObject(
                    "/" + route.path().text().replace("~", "~0").replace("/", "~1"));
            path.set(route.verb().name().toLowerCase(Locale.ROOT), operation(route));
        }
        ObjectNode components = document.putObject("components");
        components
                .putObject("securitySchemes")
                .putObject("bearer")
                .put("type", "http")
                .put("scheme", "bearer");
        components.set("responses", problems());
        schemas.of(ProblemDocument.class);
        components.set("schemas", schemas.components());
        return document;
    }

    /** What a problem looks like; further members depend on its type. */
    record ProblemDocument(
            String type,
            String title,
            int status,
            String detail,
            String instance,
            String requestId,
            java.util.Optional<List<Wrong>> errors) {}

    /** As {@link org.isthmus.api.ProblemException.FieldError} is shown: the last three where a policy is in the way. */
    record Wrong(
            String pointer,
            String detail,
            java.util.Optional<String> policy,
            java.util.Optional<String> owner,
            java.util.Optional<ChangeableBy> changeableBy) {}

    private ObjectNode operation(Route route) {
        ObjectNode operation = Json.object().put("operationId", route.id());
        operation.putArray("tags").add(route.group());
        operation.put("summary", route.summary());
        route.guard().action().ifPresent(action -> {
            StringBuilder needs = new StringBuilder("Needs the action " + told(action) + ".");
            operation.put("x-isthmus-action", action.key());
            route.guard().whenGiven().forEach((member, other) -> {
                needs.append(" With `")
                        .append(member)
                        .append("` it needs ")
                        .append(told(other))
                        .append(" instead.");
                operation.withObject("/x-isthmus-action-when-given").put(member, other.key());
            });
            operation.put("description", needs.toString());
        });
        ArrayNode parameters = Json.array();
        route.path().names().forEach(name -> parameters.add(part(name)));
        route.parameters().forEach(parameter -> parameters.add(query(parameter)));
        headers(route).forEach((name, about) -> parameters.add(header(name, about, route)));
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        body(route, operation);
        operation.set("responses", responses(route));
        ArrayNode security = operation.putArray("security");
        if (route.guard().login()) {
            security.addObject().putArray("bearer");
        }
        return operation;
    }

    private static String told(Action action) {
        return "`" + action.key() + "`: may " + action.description();
    }

    private static ObjectNode part(String name) {
        ObjectNode part = Json.object().put("name", name).put("in", "path").put("required", true);
        part.put("description", "its id or name");
        part.putObject("schema").put("type", "string").put("minLength", 1).put("maxLength", 200);
        return part;
    }

    private ObjectNode query(Parameter parameter) {
        ObjectNode query = Json.object()
                .put("name", parameter.name())
                .put("in", "query")
                .put("required", parameter.required())
                .put("description", parameter.about());
        query.set("schema", schemas.of(parameter.type()));
        return query;
    }

    private static Map<String, String> headers(Route route) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (route.has(Trait.REPLAY)) {
            headers.put("Idempotency-Key", "repeats of the same key and request get the first answer, for 24 hours");
        }
        if (route.has(Trait.WAIT)) {
            headers.put("Prefer", "wait=N: answer when the operation ended, at the latest after N seconds (0 to 300)");
        }
        if (route.has(Trait.VERSIONED)) {
            headers.put("If-Match", "the version that was read, in quotes");
        }
        if (route.has(Trait.BYTES)) {
            headers.put("Content-Range", "bytes first-last/length; without it the body is the whole");
        }
        if (route.id().equals("downloadImage")) {
            headers.put("Range", "bytes=first-last");
        }
        if (route.verb() == Verb.GET && versioned(route)) {
            headers.put("If-None-Match", "the version the client has, in quotes");
        }
        if (route.id().equals("streamEvents")) {
            headers.put("Last-Event-ID", "begin after this sequence number");
        }
        return headers;
    }

    private static ObjectNode header(String name, String about, Route route) {
        ObjectNode header = Json.object()
                .put("name", name)
                .put("in", "header")
                .put("required", name.equals("If-Match") && route.has(Trait.VERSIONED))
                .put("description", about);
        ObjectNode schema = header.putObject("schema").put("type", "string");
        if (name.equals("Idempotency-Key")) {
            schema.put("minLength", 1).put("maxLength", MOST_KEY);
        }
        return header;
    }

    private void body(Route route, ObjectNode operation) {
        if (route.has(Trait.BYTES)) {
            ObjectNode body = operation.putObject("requestBody").put("required", true);
            body.putObject("content")
                    .putObject("application/octet-stream")
                    .putObject("schema")
                    .put("type", "string")
                    .put("format", "binary");
        }
        route.body().ifPresent(type -> {
            ObjectNode body = operation.putObject("requestBody").put("required", !route.has(Trait.BODY_OPTIONAL));
            ObjectNode content = body.putObject("content");
            if (route.manner() == Manner.PLAIN && route.verb() == Verb.PATCH) {
                content.putObject("application/merge-patch+json").set("schema", schemas.of(type));
            }
            String form = "application/x-www-form-urlencoded";
            content.putObject(route.has(Trait.FORM) ? form : route.manner().mediaType())
                    .set("schema", schemas.of(type));
        });
    }

    private ObjectNode responses(Route route) {
        ObjectNode responses = Json.object();
        Set<Integer> statuses = new TreeSet<>();
        route.answers().forEach(answer -> statuses.add(answer.status()));
        for (int status : statuses) {
            List<Answer> same = route.answers().stream()
                    .filter(answer -> answer.status() == status)
                    .toList();
            responses.set(Integer.toString(status), response(same));
        }
        if (versioned(route)) {
            responses.putObject("304").put("description", "If-None-Match names the version it still has");
        }
        failures(route).forEach(status -> {
            if (!statuses.contains(status)) {
                responses.putObject(Integer.toString(status)).put("$ref", "#/components/responses/Problem" + status);
            }
        });
        return responses;
    }

    private ObjectNode response(List<Answer> answers) {
        List<String> abouts = answers.stream().map(Answer::about).distinct().toList();
        ObjectNode response = Json.object().put("description", String.join("; or ", abouts));
        ObjectNode headers = response.putObject("headers");
        headers.set("X-Request-Id", text());
        int status = answers.get(0).status();
        if (status == 201 || status == 202) {
            headers.set("Location", text());
        }
        List<ObjectNode> bodies = new ArrayList<>();
        answers.forEach(answer -> answer.type().ifPresent(type -> bodies.add(schema(answer))));
        if (!bodies.isEmpty()) {
            ObjectNode media = response.putObject("content")
                    .putObject(answers.get(0).mediaType().split(";")[0]);
            if (bodies.size() == 1) {
                media.set("schema", bodies.get(0));
            } else {
                ArrayNode choice = media.putObject("schema").putArray("oneOf");
                bodies.forEach(choice::add);
            }
        }
        return response;
    }

    private static ObjectNode text() {
        ObjectNode header = Json.object();
        header.putObject("schema").put("type", "string");
        return header;
    }

    private ObjectNode schema(Answer answer) {
        if (answer.type().orElseThrow() == byte[].class) {
            return Json.object().put("type", "string").put("format", "binary");
        }
        ObjectNode one = schemas.of(answer.type().orElseThrow());
        if (!answer.page()) {
            return one;
        }
        ObjectNode page = Json.object().put("type", "object");
        ObjectNode properties = page.putObject("properties");
        properties.putObject("items").put("type", "array").set("items", one);
        properties.putObject("next").put("type", "string").put("description", "cursor of the next page, if any");
        page.putArray("required").add("items");
        return page;
    }

    private static boolean versioned(Route route) {
        return !route.has(Trait.LIST)
                && route.view()
                        .filter(view -> Schemas.memberNames(view).contains("version"))
                        .isPresent();
    }

    private static Set<Integer> failures(Route route) {
        Set<Integer> statuses = new TreeSet<>(Set.of(400, 404, 405, 406, 429, 500, 503));
        if (route.guard().login() || LOGINS.contains(route.id())) {
            statuses.addAll(Set.of(401, 403));
        }
        if (route.body().isPresent() || route.has(Trait.BYTES)) {
            statuses.addAll(Set.of(413, 415));
        }
        if (route.command().isPresent() || route.has(Trait.BYTES)) {
            statuses.addAll(Set.of(409, 422));
        }
        if (route.has(Trait.VERSIONED)) {
            statuses.addAll(Set.of(412, 428));
        }
        if (route.id().equals("useConsole")) {
            statuses.addAll(Set.of(409, 426));
        }
        if (route.id().equals("downloadImage")) {
            statuses.addAll(Set.of(409, 416));
        }
        return statuses;
    }

    private static ObjectNode problems() {
        ObjectNode responses = Json.object();
        Set<Integer> statuses = new TreeSet<>();
        Problems.types().forEach(type -> statuses.add(type.status()));
        for (int status : statuses) {
            List<String> titles = Problems.types().stream()
                    .filter(type -> type.status() == status)
                    .map(type -> type.title() + " (" + type.slug() + ")")
                    .toList();
            ObjectNode response = responses.putObject("Problem" + status).put("description", String.join("; ", titles));
            response.putObject("content")
                    .putObject("application/problem+json")
                    .putObject("schema")
                    .put("$ref", "#/components/schemas/ProblemDocument");
        }
        return responses;
    }
}
