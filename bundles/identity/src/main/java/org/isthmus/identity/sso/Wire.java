// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.net.URI;
import java.util.Map;

/**
 * Asks a provider. Blocks for seconds at most, follows nothing, reads no more than {@link #MOST_BYTES}.
 *
 * <p>Throws {@link Untrusted} when no answer came that may be looked at; any status is an answer, but a redirect.
 */
interface Wire {
    int MOST_BYTES = 256 * 1024;

    /** @param type its media type in lower case, without parameters */
    record Fetched(int status, String type, String body) {
        Map<String, Object> json(Refusal otherwise) {
            if (!type.equals("application/json") && !type.endsWith("+json")) {
                throw new Untrusted(otherwise, "status " + status + ", not JSON but " + type);
            }
            return StrictJson.object(body, otherwise);
        }
    }

    Fetched get(URI uri, Map<String, String> headers);

    Fetched post(URI uri, Map<String, String> headers, String form);
}
