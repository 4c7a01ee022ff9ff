// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.organization.OrganizationView;

/** What an organization's own policy says against a plan. */
public final class Policies {
    private Policies() {}

    /** Places where the organization lets nothing be made. */
    public static List<Violation> locations(OrganizationView organization, List<LocationView> wanted) {
        List<Violation> violations = new ArrayList<>();
        organization.policy().allowedLocations().ifPresent(allowed -> {
            for (LocationView location : wanted) {
                if (!allowed.contains(location.name().value())
                        && !allowed.contains(location.id().value())) {
                    violations.add(Violation.of(
                            organization,
                            "allowedLocations",
                            "/location",
                            "nothing may be made at " + location.name() + ", only at "
                                    + (allowed.isEmpty() ? "no location" : String.join(", ", allowed)) + "."));
                }
            }
        });
        return violations;
    }

    /**
     * An end of a server that is further off than its organization lets it be, or none where there was one. What is brought
     * nearer is not held against anybody.
     *
     * @param wished when the server's time is to be over; empty: never
     * @param is when it is now, if it has an end
     */
    public static List<Violation> lease(
            OrganizationView organization, Optional<Instant> wished, Optional<Instant> is, Instant now) {
        return organization
                .policy()
                .maxLease()
                .filter(most -> wished.map(end -> end.isAfter(now.plus(most))
                                && is.filter(before -> !end.isAfter(before)).isEmpty())
                        .orElse(is.isPresent()))
                .map(most -> Violation.of(
                        organization,
                        "maxLease",
                        "/expiresAt",
                        "the time of a server ends within " + most + ", now that is by " + now.plus(most)
                                + ", and can be extended again before."))
                .stream()
                .toList();
    }

    /** Tags the organization requires and a server lacks. */
    public static List<Violation> tags(OrganizationView organization, Map<String, String> tags) {
        return organization.policy().requiredTags().stream()
                .filter(key -> !tags.containsKey(key))
                .map(key -> Violation.of(
                        organization, "requiredTags", "/tags", "every server carries the tag " + key + "."))
                .toList();
    }

    /** Whether anything may be made reachable from outside, where that is what is asked for. */
    public static List<Violation> exposure(OrganizationView organization, Action action) {
        return action == Action.NETWORK_EXPOSE && !organization.policy().exposureAllowed()
                ? List.of(Violation.of(
                        organization, "exposureAllowed", "", "nothing is made reachable from outside, by anybody."))
                : List.of();
    }
}
