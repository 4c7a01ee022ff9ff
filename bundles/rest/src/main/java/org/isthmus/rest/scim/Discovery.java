// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.rest.json.Json;

/** What this server can, as RFC 7644, 4 has it told. */
final class Discovery {
    private static final String CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    private static final String TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    private static final String SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema";

    private Discovery() {}

    static ObjectNode config(String base) {
        ObjectNode config = resource(CONFIG);
        config.putObject("patch").put("supported", true);
        config.putObject("bulk")
                .put("supported", true)
                .put("maxOperations", Bulk.MOST_OPERATIONS)
                .put("maxPayloadSize", Bulk.MOST_BYTES);
        config.putObject("filter").put("supported", true).put("maxResults", Search.MOST);
        config.putObject("changePassword").put("supported", false);
        config.putObject("sort").put("supported", true);
        config.putObject("etag").put("supported", true);
        config.putArray("authenticationSchemes")
                .addObject()
                .put("type", "oauthbearertoken")
                .put("name", "Bearer token of the directory")
                .put("description", "A token of this directory, made with POST …/directories/{directory}/tokens.")
                .put("primary", true);
        return meta(config, "ServiceProviderConfig", base + "/ServiceProviderConfig");
    }

    static List<ObjectNode> types(String base) {
        List<ObjectNode> types = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            ObjectNode type = resource(TYPE)
                    .put("id", kind.word())
                    .put("name", kind.word())
                    .put("description", kind.schema().about())
                    .put("endpoint", "/" + kind.endpoint())
                    .put("schema", kind.schema().id());
            ArrayNode extensions = Json.array();
            kind.extensions()
                    .forEach(extension ->
                            extensions.addObject().put("schema", extension.id()).put("required", false));
            if (!extensions.isEmpty()) {
                type.set("schemaExtensions", extensions);
            }
            types.add(meta(type, "ResourceType", base + "/ResourceTypes/" + kind.word()));
        }
        return types;
    }

    static List<ObjectNode> schemas(String base) {
        List<ObjectNode> schemas = new ArrayList<>();
        for (Schema schema : Schema.ALL) {
            ObjectNode written = resource(SCHEMA)
                    .put("id", schema.id())
                    .put("name", schema.name())
                    .put("description", schema.about());
            written.set("attributes", attributes(schema.attributes()));
            schemas.add(meta(written, "Schema", base + "/Schemas/" + schema.id()));
        }
        return schemas;
    }

    /** The one with this id. */
    static Optional<ObjectNode> one(List<ObjectNode> all, String id) {
        return all.stream().filter(each -> each.get("id").asText().equals(id)).findFirst();
    }

    private static ArrayNode attributes(List<Attribute> attributes) {
        ArrayNode all = Json.array();
        for (Attribute attribute : attributes) {
            ObjectNode written = all.addObject()
                    .put("name", attribute.name())
                    .put("type", attribute.type().word())
                    .put("multiValued", attribute.many())
                    .put("description", attribute.about())
                    .put("required", attribute.has(Attribute.Trait.REQUIRED));
            if (!attribute.parts().isEmpty()) {
                written.set("subAttributes", attributes(attribute.parts()));
            }
            if (!attribute.words().isEmpty()) {
                ArrayNode words = written.putArray(
                        attribute.type() == Attribute.Type.REFERENCE ? "referenceTypes" : "canonicalValues");
                attribute.words().forEach(words::add);
            }
            written.put("caseExact", attribute.has(Attribute.Trait.CASE_EXACT))
                    .put("mutability", mutability(attribute))
                    .put("returned", attribute.has(Attribute.Trait.ALWAYS) ? "always" : "default")
                    .put("uniqueness", attribute.has(Attribute.Trait.UNIQUE) ? "server" : "none");
        }
        return all;
    }

    private static String mutability(Attribute attribute) {
        if (attribute.readOnly()) {
            return "readOnly";
        }
        return attribute.has(Attribute.Trait.IMMUTABLE) ? "immutable" : "readWrite";
    }

    private static ObjectNode resource(String schema) {
        ObjectNode resource = Json.object();
        resource.putArray("schemas").add(schema);
        return resource;
    }

    private static ObjectNode meta(ObjectNode resource, String type, String location) {
        resource.putObject("meta").put("resourceType", type).put("location", location);
        return resource;
    }
}
