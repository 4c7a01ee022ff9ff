// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What becomes of a request, alone or within others.
 *
 * @param tag of the resource, when there is one
 */
record Answer(int status, Optional<ObjectNode> body, Optional<String> location, Optional<String> tag) {
    static Answer empty(int status) {
        return new Answer(status, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** A message. */
    static Answer of(ObjectNode message) {
        return new Answer(200, Optional.of(message), Optional.empty(), Optional.empty());
    }

    /** A resource, shown in part. */
    static Answer of(int status, ObjectNode resource, ObjectNode shown) {
        return new Answer(status, Optional.of(shown), Optional.of(location(resource)), Optional.of(tag(resource)));
    }

    /** It is so now, and is not shown. */
    static Answer done(ObjectNode resource) {
        return new Answer(204, Optional.empty(), Optional.of(location(resource)), Optional.of(tag(resource)));
    }

    private static String location(ObjectNode resource) {
        return resource.at("/meta/location").asText();
    }

    private static String tag(ObjectNode resource) {
        return resource.at("/meta/version").asText();
    }
}
