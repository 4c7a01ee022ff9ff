// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images.AdoptImage;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.ChangeEndpoint;
import org.isthmus.api.location.Locations.ChangeHost;
import org.isthmus.api.location.Locations.ChangeLocation;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.DeleteEndpoint;
import org.isthmus.api.location.Locations.DeleteLocation;
import org.isthmus.api.location.Locations.DriverView;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.Health;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.api.location.Locations.TemplateView;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Locations, endpoints, hosts and drivers. */
public final class LocationRoutes {
    private static final String LOCATIONS = BASE + "/locations";
    private static final String LOCATION = LOCATIONS + "/{location}";
    private static final String ENDPOINTS = LOCATION + "/endpoints";
    private static final String ENDPOINT = ENDPOINTS + "/{endpoint}";
    private static final String HOSTS = LOCATION + "/hosts";
    private static final String HOST = HOSTS + "/{host}";

    private LocationRoutes() {}

    record Adoption(
            @Field(value = "the endpoint's own name for the template", most = 200, example = "\"template-7\"")
                    String ref,
            @Field("whose image it will be") Ref organization,
            Name name,
            @Field(value = "the operating system on it; as the endpoint says unless said otherwise", most = 100)
                    Optional<String> os) {}

    record NewLocation(Name name, Locations.Kind kind) {}

    record LocationChange(Optional<Name> name) {}

    record NewEndpoint(
            Name name,
            @Field(value = "the type of an installed driver", most = 100, example = "\"fake\"") String driver,
            @Field(value = "as the driver's list of settings says", most = 100, example = "{}")
                    Optional<Map<String, JsonNode>> settings,
            @Field(value = "write-only", most = 100) Optional<Map<String, Secret>> secrets) {}

    record EndpointChange(
            Optional<Name> name,
            @Field(value = "null removes a setting", most = 100) Optional<Map<String, JsonNode>> settings,
            @Field(value = "null removes a secret", most = 100) Optional<Map<String, Optional<Secret>>> secrets) {
        Map<String, Secret> secretsGiven() {
            Map<String, Secret> given = new HashMap<>();
            secrets.orElse(Map.of()).forEach((name, secret) -> given.put(name, secret.orElse(new Secret(""))));
            return given;
        }
    }

    record HostChange(
            @Field("true: it takes no new servers") Optional<Boolean> maintenance,
            @Field(value = "replaces all its tags", most = 50) Optional<Set<String>> tags,
            Optional<OvercommitWish> overcommit) {}

    record OvercommitWish(
            @Field(value = "hundredths", min = 10, max = 2000, example = "400") int cpuPercent,
            @Field(value = "hundredths", min = 10, max = 2000, example = "100") int memoryPercent,
            @Field(value = "hundredths", min = 10, max = 2000, example = "200") int diskPercent) {
        Overcommit overcommit() {
            return new Overcommit(cpuPercent, memoryPercent, diskPercent);
        }
    }

    /** An endpoint with its structured settings as structures. */
    record Endpoint(
            EndpointId id,
            Name name,
            LocationId location,
            String driver,
            Map<String, JsonNode> settings,
            Set<String> secretsSet,
            Health health,
            Set<String> capabilities,
            boolean compute,
            boolean network,
            Instant createdAt,
            String createdBy,
            long version) {
        static Endpoint of(EndpointView view) {
            return new Endpoint(
                    view.id(),
                    view.name(),
                    view.location(),
                    view.driver(),
                    Maps.structures(view.settings()),
                    view.secretsSet(),
                    view.health(),
                    view.capabilities(),
                    view.compute(),
                    view.network(),
                    view.createdAt(),
                    view.createdBy(),
                    view.version());
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        locations(table.group("Locations"), services);
        endpoints(table.group("Endpoints"), services);
        hosts(table.group("Hosts"), services);
        drivers(table.group("Drivers"), services);
    }

    private static void locations(Table.Group on, Services services) {
        on.list(
                LOCATIONS,
                "listLocations",
                Guard.LOGGED_IN,
                "The places with capacity.",
                LocationView.class,
                Filters.by().text("name").of("kind", Locations.Kind.class).only(),
                call -> services.call(Locations.class, all -> all.list(call.caller(), call.query())));
        on.change(Verb.POST, LOCATIONS, "createLocation", Action.LOCATION_CREATE, "Makes a location.")
                .body(NewLocation.class)
                .command(CreateLocation.class, (call, body) -> new CreateLocation(body.name(), body.kind()))
                .created(LocationView.class);
        on.get(
                LOCATION,
                "getLocation",
                Guard.LOGGED_IN,
                "A location.",
                LocationView.class,
                List.of(),
                call -> services.call(Locations.class, all -> all.get(call.caller(), call.ref("location"))));
        on.change(Verb.PATCH, LOCATION, "changeLocation", Action.LOCATION_CHANGE, "Renames a location.")
                .body(LocationChange.class)
                .command(
                        ChangeLocation.class,
                        (call, body) -> new ChangeLocation(call.ref("location"), call.version(), body.name()))
                .shown(LocationView.class);
        on.change(
                        Verb.DELETE,
                        LOCATION,
                        "deleteLocation",
                        Action.LOCATION_DELETE,
                        "Deletes a location without endpoints, networks and images.")
                .command(DeleteLocation.class, call -> new DeleteLocation(call.ref("location")))
                .gone();
    }

    private static void endpoints(Table.Group on, Services services) {
        Guard read = Guard.may(Action.ENDPOINT_READ);
        on.list(
                ENDPOINTS,
                "listEndpoints",
                read,
                "The driver instances of a location.",
                Endpoint.class,
                Filters.by().text("name").text("driver").only(),
                call -> services.call(
                                Locations.class,
                                all -> all.endpoints(call.caller(), call.ref("location"), call.query()))
                        .map(Endpoint::of));
        on.change(Verb.POST, ENDPOINTS, "createEndpoint", Action.ENDPOINT_CREATE, "Links an endpoint.")
                .body(NewEndpoint.class)
                .command(
                        CreateEndpoint.class,
                        (call, body) -> new CreateEndpoint(
                                call.ref("location"),
                                body.name(),
                                body.driver(),
                                Maps.texts(body.settings().orElse(Map.of())),
                                body.secrets().orElse(Map.of())))
                .created(Endpoint.class, (view, secrets) -> Endpoint.of(view));
        on.get(
                ENDPOINT,
                "getEndpoint",
                read,
                "A driver instance, with its health.",
                Endpoint.class,
                List.of(),
                call -> Endpoint.of(services.call(
                        Locations.class,
                        all -> all.endpoint(call.caller(), call.ref("location"), call.ref("endpoint")))));
        on.change(
                        Verb.PATCH,
                        ENDPOINT,
                        "changeEndpoint",
                        Action.ENDPOINT_CHANGE,
                        "Changes its name, and those settings and secrets that are given.")
                .body(EndpointChange.class)
                .command(
                        ChangeEndpoint.class,
                        (call, body) -> new ChangeEndpoint(
                                call.ref("location"),
                                call.ref("endpoint"),
                                call.version(),
                                body.name(),
                                Maps.texts(body.settings().orElse(Map.of())),
                                body.secretsGiven()))
                .shown(Endpoint.class, (view, secrets) -> Endpoint.of(view));
        on.change(
                        Verb.DELETE,
                        ENDPOINT,
                        "deleteEndpoint",
                        Action.ENDPOINT_DELETE,
                        "Unlinks an endpoint with nothing on it.")
                .command(DeleteEndpoint.class, call -> new DeleteEndpoint(call.ref("location"), call.ref("endpoint")))
                .gone();
        on.list(
                ENDPOINT + "/templates",
                "listTemplates",
                Guard.may(Action.ENDPOINT_READ),
                "What the endpoint has that servers can be made of and nobody here made.",
                TemplateView.class,
                List.of(),
                call -> Page.last(services.call(
                        Locations.class,
                        all -> all.templates(call.caller(), call.ref("location"), call.ref("endpoint")))));
        on.change(
                        Verb.POST,
                        ENDPOINT + "/templates",
                        "adoptImage",
                        Action.TEMPLATE_ADOPT,
                        "Makes an organization's image of a template of the endpoint.")
                .body(Adoption.class)
                .command(
                        AdoptImage.class,
                        (call, body) -> new AdoptImage(
                                call.ref("location"),
                                call.ref("endpoint"),
                                body.ref(),
                                body.organization(),
                                body.name(),
                                body.os()))
                .created(ImageView.class);
    }

    private static void hosts(Table.Group on, Services services) {
        Guard read = Guard.may(Action.ENDPOINT_READ);
        on.list(
                HOSTS,
                "listHosts",
                read,
                "The machines of a location, with what is given out of them.",
                HostView.class,
                Filters.by().text("name").only(),
                call -> services.call(
                        Locations.class, all -> all.hosts(call.caller(), call.ref("location"), call.query())));
        on.get(
                HOST,
                "getHost",
                read,
                "A machine.",
                HostView.class,
                List.of(),
                call -> services.call(
                        Locations.class, all -> all.host(call.caller(), call.ref("location"), call.ref("host"))));
        on.change(
                        Verb.PATCH,
                        HOST,
                        "changeHost",
                        Action.HOST_CHANGE,
                        "Changes a machine's tags, overcommit and maintenance.")
                .body(HostChange.class)
                .command(
                        ChangeHost.class,
                        (call, body) -> new ChangeHost(
                                call.ref("location"),
                                call.ref("host"),
                                call.version(),
                                body.maintenance(),
                                body.tags(),
                                body.overcommit().map(OvercommitWish::overcommit)))
                .shown(HostView.class);
    }

    private static void drivers(Table.Group on, Services services) {
        Guard read = Guard.may(Action.ENDPOINT_READ);
        on.all(
                BASE + "/drivers",
                "listDrivers",
                read,
                "The installed drivers, with the settings they take.",
                DriverView.class,
                DriverView::type,
                call -> services.call(Locations.class, all -> all.drivers(call.caller())));
        on.get(
                BASE + "/drivers/{driver}",
                "getDriver",
                read,
                "An installed driver.",
                DriverView.class,
                List.of(),
                call -> services.call(Locations.class, all -> all.drivers(call.caller())).stream()
                        .filter(driver -> driver.type().equals(call.part("driver")))
                        .findFirst()
                        .orElseThrow(() -> Problem.NOT_FOUND.because("No such driver is installed.")));
    }
}
