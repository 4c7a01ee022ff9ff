// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.isthmus.api.Swappable;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.event.Events;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.SignOn;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Users;
import org.isthmus.api.image.Images;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.price.Prices;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.status.Part;
import org.isthmus.api.webhook.Webhooks;

/**
 * The services behind REST, each in a {@link Swappable} place: identity, core and audit come and go without taking REST
 * down. A call while one is away waits a little and then gets 503 with Retry-After. Thread-safe.
 */
public final class Services {
    /** What REST speaks to, and how each is called when it is away. */
    public static final Map<Class<?>, String> KINDS = kinds();

    private final Map<Class<?>, Swappable<?>> places = new LinkedHashMap<>();
    private final List<Part> parts = new CopyOnWriteArrayList<>();

    public Services() {
        KINDS.forEach((type, what) -> places.put(type, new Swappable<Object>(what)));
    }

    private static Map<Class<?>, String> kinds() {
        Map<Class<?>, String> kinds = new LinkedHashMap<>();
        kinds.put(Gate.class, "The gate");
        kinds.put(Logins.class, "The login");
        kinds.put(Access.class, "The access check");
        kinds.put(Organizations.class, "The list of organizations");
        kinds.put(Departments.class, "The list of departments");
        kinds.put(Users.class, "The list of users");
        kinds.put(Roles.class, "The list of roles");
        kinds.put(Grants.class, "The list of grants");
        kinds.put(Sessions.class, "The list of sessions");
        kinds.put(SignOn.class, "The login at providers");
        kinds.put(Tokens.class, "The list of tokens");
        kinds.put(Directories.class, "The list of directories");
        kinds.put(Groups.class, "The list of groups");
        kinds.put(Syncs.class, "What brings directories here");
        kinds.put(Provisioning.class, "What directories told");
        kinds.put(Locations.class, "The list of locations");
        kinds.put(Networks.class, "The list of networks");
        kinds.put(Images.class, "The image store");
        kinds.put(Servers.class, "The list of servers");
        kinds.put(MoveBatches.class, "The list of moves");
        kinds.put(SshCertificates.class, "The SSH authority");
        kinds.put(Operations.class, "The list of operations");
        kinds.put(Approvals.class, "The list of approvals");
        kinds.put(AccessReviews.class, "The list of access reviews");
        kinds.put(BreakGlass.class, "The list of emergencies");
        kinds.put(Events.class, "The event stream");
        kinds.put(AuditTrail.class, "The audit log");
        kinds.put(Prices.class, "The price book");
        kinds.put(LimitList.class, "The list of limits");
        kinds.put(ServerLeases.class, "The list of leases");
        kinds.put(Webhooks.class, "The list of webhooks");
        return java.util.Collections.unmodifiableMap(kinds);
    }

    /** Calls the service of a type; UNAVAILABLE when it is away. */
    public <T, R> R call(Class<T> type, Function<? super T, ? extends R> work) {
        return place(type).call(work);
    }

    /** The place of a type, to bind and unbind its services. */
    @SuppressWarnings("unchecked") // the constructor puts a place for T under the class of T
    public <T> Swappable<T> place(Class<T> type) {
        Swappable<?> place = places.get(type);
        if (place == null) {
            throw new IllegalArgumentException("REST does not use " + type);
        }
        return (Swappable<T>) place;
    }

    /** Binds a service with the default ranking: for a program that wires by hand. */
    public <T> Services with(Class<T> type, T service) {
        place(type).bind(service, 0);
        return this;
    }

    public void add(Part part) {
        parts.add(part);
    }

    public void remove(Part part) {
        parts.remove(part);
    }

    public List<Part> parts() {
        return List.copyOf(parts);
    }
}
