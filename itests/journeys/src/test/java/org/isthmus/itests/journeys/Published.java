// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An operation of the published document. */
record Published(String id, String method, String path, JsonNode described) {
    private static final String API = "/api/v1";

    /** All that {@code /openapi.json} tells, in the order of their paths. */
    static List<Published> all(Platform platform) {
        JsonNode document = platform.anonymous().get("/openapi.json").must(200).body();
        List<Published> all = new ArrayList<>();
        document.path("paths").properties().forEach(path -> path.getValue()
                .properties()
                .forEach(verb -> all.add(new Published(
                        verb.getValue().path("operationId").asText(),
                        verb.getKey().toUpperCase(Locale.ROOT),
                        path.getKey().startsWith(API) ? path.getKey().substring(API.length()) : path.getKey(),
                        verb.getValue()))));
        all.sort(Comparator.comparing(Published::path)
                .thenComparing(
                        each -> List.of("GET", "POST", "PUT", "PATCH", "DELETE").indexOf(each.method())));
        return all;
    }

    /** The action that it says it needs. */
    Optional<String> action() {
        return Optional.of(described.path("x-isthmus-action").asText()).filter(key -> !key.isEmpty());
    }

    boolean needsLogin() {
        return !described.path("security").isEmpty();
    }

    boolean changes() {
        return !method.equals("GET");
    }

    /** Whether it takes a query parameter or header of this name. */
    boolean takes(String name) {
        for (JsonNode parameter : described.path("parameters")) {
            if (parameter.path("name").asText().equals(name)) {
                return true;
            }
        }
        return false;
    }

    boolean takesBody() {
        return described.has("requestBody");
    }

    /** True when its path leads to a thing in an organization, and not just to the organization. */
    boolean leadsInto() {
        return path.matches("/organizations/\\{organization}/.*\\{.*");
    }

    @Override
    public String toString() {
        return id + " (" + method + " " + path + ")";
    }
}
