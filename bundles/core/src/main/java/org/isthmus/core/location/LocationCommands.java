// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.location.Locations.ChangeHost;
import org.isthmus.api.location.Locations.ChangeLocation;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.DeleteLocation;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;

/** Carries out what operators wish of locations, endpoints and hosts. */
public final class LocationCommands {
    private static final int MOST_HOST_TAGS = 50;

    private final Tx tx;
    private final Ids ids;
    private final LocationStore locations;
    private final EndpointStore endpoints;
    private final HostStore hosts;
    private final Drivers drivers;
    private final List<Uses> uses;
    private final AfterChange after;

    /** What happens, after the commit, to an endpoint that was made, changed or unlinked. Returns at once. */
    @FunctionalInterface
    public interface AfterChange {
        void endpoint(EndpointId id);
    }

    public LocationCommands(
            Tx tx,
            Ids ids,
            LocationStore locations,
            EndpointStore endpoints,
            HostStore hosts,
            Drivers drivers,
            List<Uses> uses,
            AfterChange after) {
        this.tx = tx;
        this.ids = ids;
        this.locations = locations;
        this.endpoints = endpoints;
        this.hosts = hosts;
        this.drivers = drivers;
        this.uses = List.copyOf(uses);
        this.after = after;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(CreateLocation.class, (caller, organization, wish) -> create(wish)),
                new Handling<>(ChangeLocation.class, (caller, organization, wish) -> change(wish)),
                new Handling<>(DeleteLocation.class, (caller, organization, wish) -> delete(wish)),
                new Handling<>(CreateEndpoint.class, (caller, organization, wish) -> link(wish)),
                new Handling<>(ChangeEndpoint.class, (caller, organization, wish) -> change(wish)),
                new Handling<>(DeleteEndpoint.class, (caller, organization, wish) -> unlink(wish)),
                new Handling<>(ChangeHost.class, (caller, organization, wish) -> change(wish)));
    }

    private Plan<LocationView> create(CreateLocation wish) {
        if (tx.read(() -> locations.find(Ref.of(wish.name()))).isPresent()) {
            throw LocationStore.taken(wish.name());
        }
        LocationId id = ids.location();
        return Plan.of(Subject.of("location", id), change -> {
            LocationView made = locations.insert(new LocationView(
                    id,
                    wish.name(),
                    wish.kind(),
                    Times.kept(change.now()),
                    change.caller().username(),
                    0));
            change.event(
                    "location.created",
                    Subject.of("location", id),
                    Map.of("name", wish.name().value()));
            return made;
        });
    }

    private Plan<LocationView> change(ChangeLocation wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        requireVersion(location.version(), wish.version());
        return Plan.of(Subject.of("location", location.id()), change -> {
            LocationView changed =
                    locations.rename(location.id(), wish.version(), wish.name().orElse(location.name()));
            change.event(
                    "location.changed",
                    Subject.of("location", location.id()),
                    Map.of("name", changed.name().value()));
            return changed;
        });
    }

    private Plan<LocationView> delete(DeleteLocation wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        tx.read(() -> {
            requireUnused(location);
            return null;
        });
        return Plan.<LocationView>of(Subject.of("location", location.id()), change -> {
                    // the guard goes first: what would still come to this place waits for us, and then finds it gone
                    locations.touch(location.id());
                    requireUnused(location);
                    locations.delete(location.id());
                    change.event(
                            "location.deleted",
                            Subject.of("location", location.id()),
                            Map.of("name", location.name().value()));
                    return location;
                })
                .destroying();
    }

    private void requireUnused(LocationView location) {
        Optional<String> linked = Uses.counted(
                endpoints.all().stream()
                        .filter(each -> each.location().equals(location.id()))
                        .count(),
                "endpoint");
        linked.or(() -> uses.stream()
                        .flatMap(each -> each.ofLocation(location.id()).stream())
                        .findFirst())
                .ifPresent(what -> {
                    throw Problem.IN_USE.because("Location %s still has %s; remove them first.", location.name(), what);
                });
    }

    private Plan<EndpointView> link(CreateEndpoint wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        EndpointId id = ids.endpoint();
        Endpoint untried = new Endpoint(
                id,
                location.id(),
                wish.name(),
                wish.driver(),
                wish.settings(),
                wish.secrets(),
                false,
                false,
                java.time.Instant.EPOCH,
                "",
                0);
        Drivers.Nature nature = tried(untried);
        if (tx.read(() -> endpoints.find(location.id(), Ref.of(wish.name()))).isPresent()) {
            throw EndpointStore.taken(wish.name());
        }
        return Plan.of(Subject.of("endpoint", id), change -> {
            locations.touch(location.id());
            Endpoint made = endpoints.insert(new Endpoint(
                    id,
                    location.id(),
                    wish.name(),
                    wish.driver(),
                    wish.settings(),
                    wish.secrets(),
                    nature.compute(),
                    makesNetworks(location, nature),
                    Times.kept(change.now()),
                    change.caller().username(),
                    0));
            tell(change, "endpoint.created", made);
            return endpoints.view(made);
        });
    }

    /** A location has one endpoint that makes its networks: the first that can. Under the location's guard. */
    private boolean makesNetworks(LocationView location, Drivers.Nature nature) {
        Optional<EndpointId> has = endpoints.networkEndpoint(location.id());
        if (nature.network() && !nature.compute() && has.isPresent()) {
            throw Problem.CONFLICT.because(
                    "Location %s has its network endpoint already (%s), and there is one for each location.",
                    location.name(), has.get());
        }
        return nature.network() && has.isEmpty();
    }

    private Plan<EndpointView> change(ChangeEndpoint wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        Endpoint endpoint = tx.read(() -> endpoints.must(location.id(), wish.endpoint()));
        requireVersion(endpoint.version(), wish.version());
        Map<String, String> settings = new HashMap<>(endpoint.settings());
        wish.settings().forEach((name, value) -> put(settings, name, value, value.isEmpty()));
        Map<String, Secret> secrets = new HashMap<>(endpoint.secrets());
        wish.secrets()
                .forEach((name, value) ->
                        put(secrets, name, value, value.reveal().isEmpty()));
        Endpoint changed = new Endpoint(
                endpoint.id(),
                endpoint.location(),
                wish.name().orElse(endpoint.name()),
                endpoint.driver(),
                settings,
                secrets,
                endpoint.compute(),
                endpoint.network(),
                endpoint.createdAt(),
                endpoint.createdBy(),
                endpoint.version());
        if (!settings.equals(endpoint.settings()) || !secrets.equals(endpoint.secrets())) {
            tried(changed);
        }
        return Plan.of(Subject.of("endpoint", endpoint.id()), change -> {
            locations.touch(location.id());
            Endpoint kept = endpoints.update(changed);
            tell(change, "endpoint.changed", kept);
            return endpoints.view(kept);
        });
    }

    private static <V> void put(Map<String, V> map, String name, V value, boolean remove) {
        if (remove) {
            map.remove(name);
        } else {
            map.put(name, value);
        }
    }

    private Plan<EndpointView> unlink(DeleteEndpoint wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        Endpoint endpoint = tx.read(() -> endpoints.must(location.id(), wish.endpoint()));
        EndpointView view = tx.read(() -> {
            requireUnused(endpoint);
            return endpoints.view(endpoint);
        });
        return Plan.<EndpointView>of(Subject.of("endpoint", endpoint.id()), change -> {
                    locations.touch(location.id());
                    // its hosts go before we look: who is about to claim one of them waits for us, or we for them
                    endpoints.delete(endpoint.id());
                    requireUnused(endpoint);
                    uses.forEach(each -> each.unlinked(endpoint.id()));
                    tell(change, "endpoint.deleted", endpoint);
                    return view;
                })
                .destroying();
    }

    private void requireUnused(Endpoint endpoint) {
        uses.stream()
                .flatMap(each -> each.ofEndpoint(endpoint.id()).stream())
                .findFirst()
                .ifPresent(what -> {
                    throw Problem.IN_USE.because("Endpoint %s still has %s; remove them first.", endpoint.name(), what);
                });
    }

    private void tell(Change change, String event, Endpoint endpoint) {
        change.event(
                event,
                Subject.of("endpoint", endpoint.id()),
                Map.of("name", endpoint.name().value(), "driver", endpoint.driver()));
        tx.afterCommit(() -> after.endpoint(endpoint.id()));
    }

    /** What the driver turns out to be with these settings, when it takes them. */
    private Drivers.Nature tried(Endpoint endpoint) {
        try {
            return drivers.withFactory(endpoint.driver(), factory -> {
                new Settings(factory).check(endpoint.settings(), endpoint.secrets());
                return drivers.tryOut(endpoint, factory);
            });
        } catch (DriverAway e) {
            throw LocationProblem.DRIVER_AWAY.because("%s Try again, or install it.", e.getMessage());
        }
    }

    private Plan<HostView> change(ChangeHost wish) {
        LocationView location = tx.read(() -> locations.must(wish.location()));
        HostView host = tx.read(() -> hosts.must(location.id(), wish.host()));
        requireVersion(host.version(), wish.version());
        Set<String> tags = wish.tags().orElse(host.tags());
        if (tags.size() > MOST_HOST_TAGS) {
            throw Problem.MALFORMED.at("/tags", "A host has at most " + MOST_HOST_TAGS + " tags.");
        }
        return Plan.of(Subject.of("host", host.id()), change -> {
            HostView changed = hosts.change(
                    host.id(),
                    wish.version(),
                    wish.maintenance().orElse(host.maintenance()),
                    tags,
                    wish.overcommit().orElse(host.overcommit()));
            change.event(
                    "host.changed",
                    Subject.of("host", host.id()),
                    Map.of("name", host.name(), "maintenance", String.valueOf(changed.maintenance())));
            return changed;
        });
    }

    private static void requireVersion(long is, long wished) {
        if (is != wished) {
            throw stale(is);
        }
    }

    private static ProblemException stale(long version) {
        return Problem.STALE.because("It has version %d by now; read it again.", version);
    }
}
