// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What can be done with the resources of a kind. An id that there is not is NOT_FOUND. */
interface Resources extends Search.Source {
    Kind kind();

    Answer create(JsonNode body, Projection shown);

    Answer get(String id, Projection shown, Optional<String> ifNoneMatch);

    Answer put(String id, JsonNode body, Optional<String> ifMatch, Projection shown);

    Answer patch(String id, JsonNode body, Optional<String> ifMatch, Projection shown);

    Answer delete(String id, Optional<String> ifMatch);
}
