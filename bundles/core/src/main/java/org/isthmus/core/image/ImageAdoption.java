// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.AdoptImage;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Handling;
import org.isthmus.core.Policies;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.image.ImageParts.Copy;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.Endpoint;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.store.Tx;

/** Makes an organization's image of a template that an endpoint has. Only an operator may: what is there is nobody else's. */
public final class ImageAdoption {
    private final Tx tx;
    private final Swaps swaps;
    private final Ids ids;
    private final ImageStore images;
    private final ImageParts parts;
    private final Intake intake;
    private final LocationStore locations;
    private final EndpointStore endpoints;
    private final Drivers drivers;
    private final CoreImages views;
    private final EventLog events;

    public ImageAdoption(
            Tx tx,
            Swaps swaps,
            Ids ids,
            ImageStore images,
            ImageParts parts,
            Intake intake,
            LocationStore locations,
            EndpointStore endpoints,
            Drivers drivers,
            CoreImages views,
            EventLog events) {
        this.tx = tx;
        this.swaps = swaps;
        this.ids = ids;
        this.images = images;
        this.parts = parts;
        this.intake = intake;
        this.locations = locations;
        this.endpoints = endpoints;
        this.drivers = drivers;
        this.views = views;
        this.events = events;
    }

    public CommandHandler<AdoptImage, ImageView> handler() {
        return new Handling<>(AdoptImage.class, this::plan);
    }

    private Plan<ImageView> plan(Caller caller, OrganizationView platform, AdoptImage wish) {
        // operators are members of the platform only; whose image it will be is no secret from them
        Caller system = Caller.system(platform.id(), caller.requestId());
        OrganizationView named =
                swaps.access().call(access -> access.require(system, Action.ORGANIZATION_READ, wish.owner()));
        OrganizationId owner = named.id();
        LocationView location = tx.read(() -> locations.must(wish.location()));
        Endpoint endpoint = tx.read(() -> {
            if (images.find(owner, Ref.of(wish.name())).isPresent()) {
                throw ImageStore.taken(wish.name());
            }
            return endpoints.must(location.id(), wish.endpoint());
        });
        // a copy of an image is another organization's: it is none of those
        SeenImage template =
                drivers.patiently(() -> drivers.facet(endpoint.id(), ImageImport.class, ImageImport::images)).stream()
                        .filter(seen -> !seen.managed() && seen.ref().equals(wish.ref()))
                        .findFirst()
                        .orElseThrow(() -> ImageProblem.NO_TEMPLATE.because(
                                "The endpoint %s has no template %s.", endpoint.name(), wish.ref()));
        ImageId id = ids.image();
        return Plan.<ImageView>of(Subject.of("image", id), change -> {
                    Image made = images.insert(
                            new Image(
                                    id,
                                    owner,
                                    Optional.empty(),
                                    wish.name(),
                                    wish.os().or(() -> template.shape().os()),
                                    ImageState.READY,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    0,
                                    Optional.empty(),
                                    Optional.of(template.shape().disks().get(0).virtualSizeBytes()),
                                    Times.kept(change.now()),
                                    change.caller().username(),
                                    0),
                            Map.of());
                    intake.describe(id, template.shape());
                    parts.insert(new Copy(
                            id,
                            endpoint.id(),
                            endpoint.location(),
                            CopyState.READY,
                            Optional.of(template.ref()),
                            template.sizeBytes() < 0 ? Optional.empty() : Optional.of(template.sizeBytes()),
                            true));
                    // in the owner's log, not in the operator's, whose command it is
                    events.append(
                            change.now(),
                            owner,
                            "image.adopted",
                            made.subject(),
                            Map.of(
                                    "name",
                                    made.name().value(),
                                    "organization",
                                    owner.value(),
                                    "endpoint",
                                    endpoint.id().value()));
                    return views.view(made);
                })
                .violating(Policies.locations(named, List.of(location)));
    }
}
