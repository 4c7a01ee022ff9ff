// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;

/**
 * A server as it is kept.
 *
 * @param power as last seen below
 * @param wished the power it should have
 * @param place where it runs; empty while it has no host
 * @param ref the driver's own name for it, once made
 * @param deletedUntil of a deleted one: until when it can be recovered
 * @param purgeAt of a deleted one: when it goes for good
 * @param operation what is at work on it
 */
public record Server(
        ServerId id,
        OrganizationId organization,
        Optional<DepartmentId> department,
        LocationId location,
        Name name,
        ServerState state,
        Optional<String> reason,
        Power power,
        Power wished,
        Flavor flavor,
        ImageId image,
        List<String> sshKeys,
        Optional<String> purpose,
        boolean isProtected,
        Placement placement,
        Optional<Place> place,
        Optional<String> ref,
        Optional<Instant> deletedUntil,
        Optional<Instant> purgeAt,
        Optional<String> drift,
        Optional<OperationId> operation,
        Instant createdAt,
        String createdBy,
        long version) {
    public Server {
        sshKeys = List.copyOf(sshKeys);
    }

    /** Power, as far as the controller cares. */
    public enum Power {
        ON,
        OFF,
        UNKNOWN
    }

    /** A host, and what the server holds of it. */
    public record Place(EndpointId endpoint, HostId host, Claim claim) {}

    public Subject subject() {
        return Subject.of("server", id);
    }

    /** Where it runs; only for servers that have a host. */
    Place mustPlace() {
        return place.orElseThrow(() -> new IllegalStateException("Server " + id + " has no host"));
    }

    /** The driver's own name for it; only for servers that were made. */
    String mustRef() {
        return ref.orElseThrow(() -> new IllegalStateException("Server " + id + " has not been made"));
    }
}
