// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
