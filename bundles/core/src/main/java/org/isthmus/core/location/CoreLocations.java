// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.location.Locations;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Page;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.Setting;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.store.Tx;

/** What can be seen of locations: everybody sees which there are, operators what is behind them. */
public final class CoreLocations implements Locations {
    private final Tx tx;
    private final Swaps swaps;
    private final LocationStore locations;
    private final EndpointStore endpoints;
    private final HostStore hosts;
    private final Drivers drivers;

    public CoreLocations(
            Tx tx, Swaps swaps, LocationStore locations, EndpointStore endpoints, HostStore hosts, Drivers drivers) {
        this.tx = tx;
        this.swaps = swaps;
        this.locations = locations;
        this.endpoints = endpoints;
        this.hosts = hosts;
        this.drivers = drivers;
    }

    @Override
    public Page<LocationView> list(Caller caller, Query query) {
        requireLoggedIn(caller);
        return tx.read(() -> locations.page(query));
    }

    @Override
    public LocationView get(Caller caller, Ref location) {
        requireLoggedIn(caller);
        return tx.read(() -> locations.must(location));
    }

    /** Whatever their rights are, but not before they have done about their own account what is asked of them. */
    private void requireLoggedIn(Caller caller) {
        if (caller.mustChangePassword()) {
            throw Problem.PASSWORD_CHANGE_NEEDED.because("Change your password first: PUT …/users/{user}/password.");
        }
        Ref own = Ref.of(caller.organization());
        swaps.access().call(access -> switch (access.decide(caller, Action.ORGANIZATION_READ, own)
                .verdict()) {
            case ALLOWED, FORBIDDEN, ABSENT -> true;
            case PASSWORD_CHANGE_NEEDED, SECOND_FACTOR_NEEDED, STEP_UP_NEEDED, NOBODY_RESPONSIBLE -> access.allowed(
                            caller, Action.ORGANIZATION_READ, own)
                    .organization()
                    .isPresent();
        });
    }

    private void requireOperator(Caller caller) {
        swaps.access().call(access -> access.require(caller, Action.ENDPOINT_READ, Ref.PLATFORM));
    }

    @Override
    public Page<EndpointView> endpoints(Caller caller, Ref location, Query query) {
        requireOperator(caller);
        return tx.read(() -> endpoints.page(at(location), query));
    }

    @Override
    public EndpointView endpoint(Caller caller, Ref location, Ref endpoint) {
        requireOperator(caller);
        return tx.read(() -> endpoints.view(endpoints.must(at(location), endpoint)));
    }

    @Override
    public Page<HostView> hosts(Caller caller, Ref location, Query query) {
        requireOperator(caller);
        return tx.read(() -> hosts.page(at(location), query));
    }

    @Override
    public HostView host(Caller caller, Ref location, Ref host) {
        requireOperator(caller);
        return tx.read(() -> hosts.must(at(location), host));
    }

    private LocationId at(Ref location) {
        return locations.must(location).id();
    }

    @Override
    public List<TemplateView> templates(Caller caller, Ref location, Ref endpoint) {
        requireOperator(caller);
        Endpoint asked = tx.read(() -> endpoints.must(at(location), endpoint));
        List<SeenImage> seen =
                drivers.patiently(() -> drivers.facet(asked.id(), ImageImport.class, ImageImport::images));
        return seen.stream()
                .filter(image -> !image.managed())
                .map(image -> new TemplateView(
                        image.ref(),
                        image.name(),
                        image.shape().cpus(),
                        image.shape().memoryMiB(),
                        image.shape().os(),
                        image.shape().disks().stream()
                                .map(disk -> disk.virtualSizeBytes())
                                .toList(),
                        image.sizeBytes() < 0 ? Optional.empty() : Optional.of(image.sizeBytes())))
                .toList();
    }

    @Override
    public List<DriverView> drivers(Caller caller) {
        requireOperator(caller);
        List<Endpoint> open = tx.read(endpoints::all).stream()
                .filter(endpoint -> drivers.away(endpoint.id()).isEmpty())
                .toList();
        Map<EndpointId, EndpointStore.Heard> heard =
                tx.read(() -> endpoints.heard(open.stream().map(Endpoint::id).toList()));
        return drivers.installed().stream()
                .map(factory -> view(factory, open, heard))
                .toList();
    }

    /**
     * What a driver can do is known from the endpoints that are open with it, as they said when they were last asked: whoever
     * lists drivers waits for none.
     */
    private static DriverView view(
            DriverFactory factory, List<Endpoint> open, Map<EndpointId, EndpointStore.Heard> heard) {
        Set<String> capabilities = new TreeSet<>();
        for (Endpoint endpoint : open) {
            if (endpoint.driver().equals(factory.type())) {
                capabilities.addAll(heard.getOrDefault(endpoint.id(), EndpointStore.Heard.NOTHING)
                        .capabilities());
            }
        }
        return new DriverView(
                factory.type(),
                factory.description(),
                factory.version(),
                factory.settings().stream().map(CoreLocations::view).toList(),
                capabilities);
    }

    private static SettingView view(Setting setting) {
        return new SettingView(
                setting.name(),
                setting.type().name(),
                setting.required(),
                setting.secret(),
                setting.defaultValue(),
                setting.allowed(),
                setting.description());
    }
}
