// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** A directory of an organization, as the system that tells of its people speaks (RFC 7644). */
final class Scim {
    static final String ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    private final String base;
    private final Api api;

    private Scim(String base, Api api) {
        this.base = base;
        this.api = api;
    }

    /** Links a directory and makes a token for it. */
    static Scim linked(Tenant tenant, String name, ObjectNode settings) {
        tenant.post("/directories", Api.json("name", name, "kind", "SCIM", "settings", settings))
                .must(201);
        return of(tenant, tenant, name);
    }

    /** With a new token of one organization's directory, at the address of another or the same. */
    static Scim of(Tenant tenant, Tenant at, String directory) {
        Answer token = tenant.post(
                        "/directories/" + directory + "/tokens",
                        Api.json(
                                "name",
                                "sync-" + Long.toHexString(System.nanoTime()),
                                "expiresAt",
                                Instant.now().plus(Duration.ofDays(30)).toString()))
                .must(201);
        return new Scim(at.path("/scim/v2"), at.admin().with(token.get("secret")));
    }

    /** The same with another token. */
    Scim with(String token) {
        return new Scim(base, api.with(token));
    }

    Api api() {
        return api;
    }

    Answer get(String path) {
        return api.get(base + path);
    }

    Answer find(String path, String filter) {
        return get(path + "?filter=" + Api.encoded(filter));
    }

    Answer send(String method, String path, Object body) {
        return api.request(method, base + path)
                .header("Content-Type", "application/scim+json")
                .body(body)
                .send();
    }

    Answer delete(String path) {
        return api.delete(base + path);
    }

    /** A person, with a department when it is not empty. */
    String hire(String userName, String department) {
        ObjectNode person = Api.json(
                "schemas", List.of("urn:ietf:params:scim:schemas:core:2.0:User"), "userName", userName, "active", true);
        if (!department.isEmpty()) {
            person.set(ENTERPRISE, Api.json("department", department));
        }
        return send("POST", "/Users", person).must(201).id();
    }

    String group(String name, String... members) {
        ObjectNode group =
                Api.json("schemas", List.of("urn:ietf:params:scim:schemas:core:2.0:Group"), "displayName", name);
        List<ObjectNode> values =
                Arrays.stream(members).map(id -> Api.json("value", id)).toList();
        group.set("members", Api.JSON.valueToTree(values));
        return send("POST", "/Groups", group).must(201).id();
    }

    /** Operations, each as an object. */
    Answer patch(String path, ObjectNode... operations) {
        return send(
                "PATCH",
                path,
                Api.json(
                        "schemas",
                        List.of("urn:ietf:params:scim:api:messages:2.0:PatchOp"),
                        "Operations",
                        List.of(operations)));
    }

    static ObjectNode op(String op, String path, Object value) {
        return Api.json("op", op, "path", path, "value", value);
    }

    static JsonNode only(Answer list) {
        JsonNode found = list.must(200).body().path("Resources");
        if (found.size() != 1) {
            throw new AssertionError("One resource was looked for: " + list.text());
        }
        return found.get(0);
    }
}
