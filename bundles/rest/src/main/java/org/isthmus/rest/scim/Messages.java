// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;

/** The bodies that are no resources: each names its schema (RFC 7644, 3). */
final class Messages {
    static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    static final String SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    static final String PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    static final String BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    static final String BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

    private Messages() {}

    /** The body, when it is an object that says it is this. */
    static ObjectNode need(JsonNode body, String schema) {
        if (!(body instanceof ObjectNode object)) {
            throw Fault.INVALID_SYNTAX.because("The body is a JSON object.");
        }
        for (JsonNode named : member(object, "schemas").orElse(object.missingNode())) {
            if (named.asText().equalsIgnoreCase(schema)) {
                return object;
            }
        }
        throw Fault.INVALID_SYNTAX.because("The body's schemas must name %s.", schema);
    }

    /** A member in whatever case it is written. */
    static Optional<JsonNode> member(JsonNode object, String name) {
        return object.properties().stream()
                .filter(member -> member.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .filter(value -> !value.isNull())
                .findFirst();
    }
}
