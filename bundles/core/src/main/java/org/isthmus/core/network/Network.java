// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;

/**
 * A network as it is kept.
 *
 * @param endpoint whose driver makes it
 * @param operation what is at work on it
 */
public record Network(
        NetworkId id,
        OrganizationId organization,
        Optional<DepartmentId> department,
        LocationId location,
        EndpointId endpoint,
        Name name,
        Cidr cidr,
        boolean dns,
        String dnsDomain,
        boolean neverPublic,
        NetworkState state,
        Optional<String> reason,
        Optional<String> drift,
        Optional<OperationId> operation,
        Instant createdAt,
        String createdBy,
        long version) {
    public Subject subject() {
        return Subject.of("network", id);
    }

    /** What its driver is to make real. */
    public NetworkSpec wanted() {
        return new NetworkSpec(id, organization, name, cidr, dns, dnsDomain);
    }
}
