// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.http.Manner;
import org.isthmus.rest.json.Json;

/**
 * Many operations in one request (RFC 7644, 3.7). Each is done or refused by itself, in the order they stand in, but that what
 * another refers to by {@code bulkId:} is done before it.
 */
final class Bulk {
    static final int MOST_OPERATIONS = 1000;
    static final int MOST_BYTES = 1024 * 1024;

    private static final String REFERENCE = "bulkId:";

    private final Asked asked;
    private final Map<String, Resources> endpoints = new LinkedHashMap<>();
    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, Integer> byBulkId = new HashMap<>();
    private final Map<String, String> ids = new HashMap<>();
    private final Map<Integer, ObjectNode> results = new LinkedHashMap<>();
    private final Set<Integer> begun = new HashSet<>();
    private final int mostErrors;
    private int errors;

    private Bulk(Asked asked, List<Resources> resources, JsonNode body) {
        this.asked = asked;
        resources.forEach(each -> endpoints.put(each.kind().endpoint(), each));
        ObjectNode message = Messages.need(body, Messages.BULK_REQUEST);
        this.mostErrors = Messages.member(message, "failOnErrors")
                .map(number -> {
                    if (!number.isIntegralNumber() || number.asInt() < 1) {
                        throw Fault.INVALID_VALUE.because("failOnErrors is a whole number from 1.");
                    }
                    return number.asInt();
                })
                .orElse(Integer.MAX_VALUE);
        JsonNode list = Messages.member(message, "Operations")
                .filter(JsonNode::isArray)
                .orElseThrow(() -> Fault.INVALID_SYNTAX.because("Operations is a list."));
        if (list.size() > MOST_OPERATIONS) {
            throw Problem.TOO_LARGE.because("A bulk request has at most %d operations.", MOST_OPERATIONS);
        }
        list.forEach(this::read);
    }

    /** One operation as it was written. */
    private record Operation(
            String method, String path, Optional<String> bulkId, Optional<String> version, JsonNode data) {}

    private void read(JsonNode written) {
        if (!written.isObject()) {
            throw Fault.INVALID_SYNTAX.because("An operation is an object.");
        }
        Operation operation = new Operation(
                text(written, "method").orElse("").toUpperCase(Locale.ROOT),
                text(written, "path").orElse(""),
                text(written, "bulkId"),
                text(written, "version"),
                Messages.member(written, "data").orElse(written.path("data")));
        if (operation.bulkId().isPresent()
                && byBulkId.putIfAbsent(operation.bulkId().get(), operations.size()) != null) {
            throw Fault.INVALID_VALUE.because("Two operations have the same bulkId.");
        }
        operations.add(operation);
    }

    private static Optional<String> text(JsonNode written, String name) {
        return Messages.member(written, name).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    /** Does them, and says what became of each. */
    static ObjectNode done(Asked asked, List<Resources> resources, JsonNode body) {
        Bulk bulk = new Bulk(asked, resources, body);
        for (int i = 0; i < bulk.operations.size() && bulk.goesOn(); i++) {
            bulk.run(i);
        }
        ObjectNode message = Json.object();
        message.putArray("schemas").add(Messages.BULK_RESPONSE);
        ArrayNode list = message.putArray("Operations");
        for (int i = 0; i < bulk.operations.size(); i++) {
            if (bulk.results.containsKey(i)) {
                list.add(bulk.results.get(i));
            }
        }
        return message;
    }

    private boolean goesOn() {
        return errors < mostErrors;
    }

    private void run(int number) {
        if (!begun.add(number)) {
            return;
        }
        Operation operation = operations.get(number);
        ObjectNode result = Json.object().put("method", operation.method());
        operation.bulkId().ifPresent(id -> result.put("bulkId", id));
        try {
            result.put("status", "");
            JsonNode data = resolved(operation.data());
            if (!goesOn()) {
                begun.remove(number);
                return;
            }
            Answer answer = answer(operation, data);
            answer.location().ifPresent(location -> result.put("location", location));
            answer.tag().ifPresent(tag -> result.put("version", tag));
            result.put("status", Integer.toString(answer.status()));
            answer.location().ifPresent(location -> operation
                    .bulkId()
                    .ifPresent(id -> ids.put(id, location.substring(location.lastIndexOf('/') + 1))));
        } catch (ProblemException problem) {
            if (problem.type().status() >= 500) {
                // not of this operation alone: whoever asked begins again
                throw problem;
            }
            errors++;
            asked.refused(operation.method() + " " + operation.path(), problem);
            if (!operation.method().equals("POST")) {
                result.put("location", asked.base() + operation.path());
            }
            result.put("status", Integer.toString(problem.type().status()));
            result.set("response", Manner.error(problem));
        }
        results.put(number, result);
    }

    private Answer answer(Operation operation, JsonNode data) {
        String[] path = operation.path().split("/", -1);
        boolean one = path.length == 3 && !path[2].isEmpty();
        Resources resources = path.length >= 2 && path[0].isEmpty() ? endpoints.get(path[1]) : null;
        if (resources == null || (path.length != 2 && !one)) {
            throw Fault.INVALID_PATH.because("path is /Users, /Groups, or one of those and an id.");
        }
        String id = one ? id(path[2]) : "";
        return switch (operation.method() + (one ? " one" : "")) {
            case "POST" -> {
                if (operation.bulkId().isEmpty()) {
                    throw Fault.INVALID_SYNTAX.because("POST needs a bulkId.");
                }
                yield resources.create(data, Projection.ALL);
            }
            case "PUT one" -> resources.put(id, data, operation.version(), Projection.ALL);
            case "PATCH one" -> resources.patch(id, data, operation.version(), Projection.ALL);
            case "DELETE one" -> resources.delete(id, operation.version());
            default -> throw Fault.INVALID_SYNTAX.because(
                    "method is POST with the path of a kind, or PUT, PATCH or DELETE with that of a resource.");
        };
    }

    /** The data with ids instead of references, after what they refer to was done. */
    private JsonNode resolved(JsonNode data) {
        if (data.isTextual() && data.asText().startsWith(REFERENCE)) {
            return TextNode.valueOf(id(data.asText()));
        }
        if (data instanceof ObjectNode object) {
            ObjectNode resolved = Json.object();
            object.properties().forEach(member -> resolved.set(member.getKey(), resolved(member.getValue())));
            return resolved;
        }
        if (data.isArray()) {
            ArrayNode resolved = Json.array();
            data.forEach(each -> resolved.add(resolved(each)));
            return resolved;
        }
        return data;
    }

    private String id(String text) {
        if (!text.startsWith(REFERENCE)) {
            return text;
        }
        String bulkId = text.substring(REFERENCE.length());
        Integer number = byBulkId.get(bulkId);
        if (number == null) {
            throw Fault.INVALID_VALUE.because("No operation of this request has the bulkId %s.", Place.cut(bulkId));
        }
        if (!ids.containsKey(bulkId) && begun.contains(number) && !results.containsKey(number)) {
            throw Problem.CONFLICT.because(
                    "%s refers to what refers to it; make them first and then tell of each other.", Place.cut(text));
        }
        run(number);
        String id = ids.get(bulkId);
        if (id == null) {
            throw Problem.CONFLICT.because("What %s refers to was not made.", Place.cut(text));
        }
        return id;
    }
}
