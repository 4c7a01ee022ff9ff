// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Instant;
import java.util.Map;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;

/**
 * An endpoint as it is kept.
 *
 * @param settings those that were given; defaults come from the driver when it is opened
 * @param compute its driver runs servers
 * @param network its driver makes networks
 */
public record Endpoint(
        EndpointId id,
        LocationId location,
        Name name,
        String driver,
        Map<String, String> settings,
        Map<String, Secret> secrets,
        boolean compute,
        boolean network,
        Instant createdAt,
        String createdBy,
        long version) {
    public Endpoint {
        settings = Map.copyOf(settings);
        secrets = Map.copyOf(secrets);
    }
}
