// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Change;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.CopyState;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.core.image.ImageParts.Copy;
import org.isthmus.core.location.Endpoint;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.EndpointStore.Heard;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.ImageImport;

/** Where images are brought, and what of them is written down beforehand. Inside a transaction. */
public final class Destinations {
    private static final Duration AFTER = Duration.ofSeconds(30);

    private final ImageStore images;
    private final ImageParts parts;
    private final EndpointStore endpoints;
    private final Leftovers leftovers;

    public Destinations(ImageStore images, ImageParts parts, EndpointStore endpoints, Leftovers leftovers) {
        this.images = images;
        this.parts = parts;
        this.endpoints = endpoints;
        this.leftovers = leftovers;
    }

    /**
     * The endpoints of a location that an image is brought to.
     *
     * @param copies will get one of their own
     * @param others only need its content here, in a format they take
     */
    public record Destination(LocationView location, List<Endpoint> copies, List<Endpoint> others) {
        /** What the transfer's memory begins with. */
        public Map<String, String> memo() {
            return Map.of(
                    ImageTransfer.LOCATION,
                    location.name().value(),
                    ImageTransfer.COPIES,
                    written(copies),
                    ImageTransfer.OTHERS,
                    written(others));
        }

        private static String written(List<Endpoint> all) {
            return all.stream().map(each -> each.id().value()).collect(Collectors.joining(" "));
        }
    }

    /**
     * Those of a location that have none of this image yet. Nothing is brought to one that is down: it would hold up all; nor
     * to one where something of an earlier copy is still to be removed: it would be taken for the new one.
     */
    public Destination of(LocationView location, ImageId image) {
        List<Endpoint> all = endpoints.compute(location.id());
        if (all.isEmpty()) {
            throw LocationProblem.ABILITY_MISSING.because(
                    "Location %s has no endpoint that runs servers; an operator links one.", location.name());
        }
        Map<EndpointId, Heard> heard =
                endpoints.heard(all.stream().map(Endpoint::id).toList());
        List<Endpoint> there = all.stream()
                .filter(each -> !heard.getOrDefault(each.id(), Heard.NOTHING).isDown())
                .toList();
        if (there.isEmpty()) {
            throw Problem.UNAVAILABLE.retryAfter(
                    AFTER, "Every endpoint of location " + location.name() + " is down; try again when one is up.");
        }
        Set<EndpointId> unclean = leftovers.of(image);
        there = there.stream().filter(each -> !unclean.contains(each.id())).toList();
        if (there.isEmpty()) {
            throw Problem.UNAVAILABLE.retryAfter(
                    AFTER,
                    "At location " + location.name() + " an earlier copy of the image is still to be removed, which is"
                            + " done within minutes; try again then.");
        }
        List<Endpoint> copies = there.stream()
                .filter(each -> keepsImages(heard.get(each.id())))
                .filter(each -> parts.copy(image, each.id()).isEmpty())
                .toList();
        List<Endpoint> others = there.stream()
                .filter(each -> !keepsImages(heard.get(each.id())))
                .toList();
        if (copies.isEmpty() && others.isEmpty()) {
            throw ImageProblem.COPY_EXISTS.because(
                    "Every endpoint of location %s has a copy, or is getting one.", location.name());
        }
        return new Destination(location, copies, others);
    }

    private static boolean keepsImages(Heard heard) {
        return heard != null && heard.capabilities().contains(ImageImport.class.getSimpleName());
    }

    /** Writes down the copies that will be made. */
    public void begin(ImageId image, Destination destination) {
        destination
                .copies()
                .forEach(endpoint -> parts.insert(new Copy(
                        image,
                        endpoint.id(),
                        destination.location().id(),
                        CopyState.COPYING,
                        Optional.empty(),
                        Optional.empty(),
                        false)));
    }

    /** Refuses a name that another image of the organization has. */
    public void requireFree(OrganizationId organization, Name name) {
        if (images.find(organization, Ref.of(name)).isPresent()) {
            throw taken(name);
        }
    }

    public static ProblemException taken(Name name) {
        return ImageStore.taken(name);
    }

    /** Those of these names that images of the organization have. */
    public Set<Name> taken(OrganizationId organization, Collection<Name> names) {
        return images.taken(organization, names);
    }

    /** One that is about to be made of a server. */
    public static Image toBeMade(ImageId id, OrganizationId organization, Name name, Optional<String> os) {
        return new Image(
                id,
                organization,
                Optional.empty(),
                name,
                os,
                ImageState.MAKING,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Instant.EPOCH,
                "",
                0);
    }

    /** Writes it down. */
    public void make(Image image, Change change) {
        Image made = images.insert(image.by(change), Map.of());
        change.event("image.created", made.subject(), Map.of("name", made.name().value()));
    }
}
