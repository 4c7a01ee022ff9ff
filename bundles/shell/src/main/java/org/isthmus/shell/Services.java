// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Users;
import org.isthmus.api.image.Images;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.location.DriverUpdates;
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
import org.isthmus.model.Ids;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The services behind the shell, each in a {@link Swappable} place. This component depends on none of them, so that the
 * commands stay while core, identity or audit are swapped: a command in that moment waits a little and then says what is
 * away. Thread-safe.
 *
 * <p>The places are filled by service trackers rather than by one pair of bind methods for each of the kinds; a tracker
 * hears of a leaving service before the component runtime deactivates it, so draining works the same.
 */
@Component(service = Services.class)
public final class Services {
    private static final Map<Class<?>, String> KINDS = kinds();

    /** A swap takes less than this; a person would rather be told than wait longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Map<Class<?>, Swappable<?>> places = new LinkedHashMap<>();
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private final List<ServiceTracker<?, ?>> trackers = new ArrayList<>();

    /**
     * Empty places, to be filled by hand.
     *
     * @param patience how long a call waits for a service to come
     */
    public Services(Duration patience) {
        KINDS.forEach((type, what) -> places.put(type, new Swappable<Object>(what, patience, DRAIN)));
    }

    /** Places filled from the service registry. */
    @Activate
    public Services(BundleContext context) {
        this(PATIENCE);
        KINDS.keySet().forEach(type -> trackers.add(new Place<>(context, type)));
        trackers.add(new Parts(context));
        trackers.forEach(ServiceTracker::open);
    }

    @Deactivate
    void close() {
        trackers.forEach(ServiceTracker::close);
    }

    private static Map<Class<?>, String> kinds() {
        Map<Class<?>, String> kinds = new LinkedHashMap<>();
        kinds.put(Ids.class, "The store");
        kinds.put(Gate.class, "The gate");
        kinds.put(Logins.class, "The login");
        kinds.put(Organizations.class, "The list of organizations");
        kinds.put(Departments.class, "The list of departments");
        kinds.put(Users.class, "The list of users");
        kinds.put(Roles.class, "The list of roles");
        kinds.put(Grants.class, "The list of grants");
        kinds.put(Sessions.class, "The list of sessions");
        kinds.put(Approvals.class, "The list of approvals");
        kinds.put(AccessReviews.class, "The list of access reviews");
        kinds.put(BreakGlass.class, "The list of emergencies");
        kinds.put(Tokens.class, "The list of tokens");
        kinds.put(Directories.class, "The list of directories");
        kinds.put(Groups.class, "The list of groups");
        kinds.put(Syncs.class, "What brings directories here");
        kinds.put(Locations.class, "The list of locations");
        kinds.put(DriverUpdates.class, "The updates of drivers");
        kinds.put(Networks.class, "The list of networks");
        kinds.put(Images.class, "The image store");
        kinds.put(Servers.class, "The list of servers");
        kinds.put(MoveBatches.class, "The list of moves");
        kinds.put(SshCertificates.class, "The SSH authority");
        kinds.put(Operations.class, "The list of operations");
        kinds.put(Events.class, "The event stream");
        kinds.put(AuditTrail.class, "The audit log");
        kinds.put(Prices.class, "The price book");
        kinds.put(LimitList.class, "The list of limits");
        kinds.put(ServerLeases.class, "The list of leases");
        kinds.put(Webhooks.class, "The list of webhooks");
        return Collections.unmodifiableMap(kinds);
    }

    /** Calls the service of a type; UNAVAILABLE when it is away for longer than a moment. */
    public <T, R> R call(Class<T> type, Function<? super T, ? extends R> work) {
        return place(type).call(work);
    }

    /** True when a service of the type is there now: for those who would rather do without than wait. */
    public boolean present(Class<?> type) {
        return place(type).present();
    }

    /** What is away now, in words. */
    public List<String> away() {
        return KINDS.entrySet().stream()
                .filter(kind -> !present(kind.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The parts of the controller that can tell how they are. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }

    /** Fills a place by hand. */
    public <T> Services with(Class<T> type, T service) {
        place(type).bind(service, 0);
        return this;
    }

    /** Adds a part by hand. */
    public Services with(Part part) {
        parts.add(part);
        return this;
    }

    @SuppressWarnings("unchecked") // the constructor puts a place for T under the class of T
    private <T> Swappable<T> place(Class<T> type) {
        Swappable<?> place = places.get(type);
        if (place == null) {
            throw new IllegalArgumentException("The shell does not use " + type);
        }
        return (Swappable<T>) place;
    }

    /** Keeps a place filled. */
    private final class Place<T> extends ServiceTracker<T, T> {
        private final Class<T> type;

        Place(BundleContext context, Class<T> type) {
            super(context, type, null);
            this.type = type;
        }

        @Override
        public T addingService(ServiceReference<T> reference) {
            T service = super.addingService(reference);
            if (service != null) {
                place(type).bind(service, ranking(reference));
            }
            return service;
        }

        @Override
        public void removedService(ServiceReference<T> reference, T service) {
            place(type).unbind(service);
            super.removedService(reference, service);
        }

        private static int ranking(ServiceReference<?> reference) {
            return reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0;
        }
    }

    /** Keeps the list of parts. */
    private final class Parts extends ServiceTracker<Part, Part> {
        Parts(BundleContext context) {
            super(context, Part.class, null);
        }

        @Override
        public Part addingService(ServiceReference<Part> reference) {
            Part part = super.addingService(reference);
            if (part != null) {
                parts.add(part);
            }
            return part;
        }

        @Override
        public void removedService(ServiceReference<Part> reference, Part part) {
            parts.remove(part);
            super.removedService(reference, part);
        }
    }
}
