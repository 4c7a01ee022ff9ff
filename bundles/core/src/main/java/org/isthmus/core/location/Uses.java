// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.Optional;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;

/** Whoever keeps things at locations or endpoints says so before one is deleted. Inside a transaction. */
public interface Uses {
    /** What is still there, in words such as "2 networks"; empty when nothing is. */
    Optional<String> ofLocation(LocationId location);

    /** What is still there, in words such as "2 servers"; empty when nothing is. */
    Optional<String> ofEndpoint(EndpointId endpoint);

    /** It is unlinked: what is known only because of it is forgotten. */
    default void unlinked(EndpointId endpoint) {}

    /** "1 server", "2 servers", or empty for none. */
    static Optional<String> counted(long count, String thing) {
        return count == 0 ? Optional.empty() : Optional.of(count + " " + thing + (count == 1 ? "" : "s"));
    }
}
