// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Ref;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;

/** What a policy must look like to be kept: limits on the texts in it. */
final class Policies {
    private static final int MOST_LOCATIONS = 100;
    /** What the price book is in. */
    private static final String CURRENCY = "USD";

    private Policies() {}

    /**
     * What is kept; MALFORMED with everything that is wrong in it.
     *
     * @param roles the key of the role of this id or name
     */
    static Policy checked(Policy policy, Function<String, Optional<String>> roles) {
        List<FieldError> errors = new ArrayList<>();
        policy.allowedLocations().ifPresent(locations -> {
            if (locations.size() > MOST_LOCATIONS) {
                errors.add(new FieldError("/allowedLocations", "At most " + MOST_LOCATIONS + " locations."));
            }
            each(errors, "/allowedLocations/", locations, Ref::new);
        });
        each(errors, "/requiredTags/", policy.requiredTags(), key -> Texts.tags(Map.of(key, "")));
        List<Policy.Conflict> conflicts = new ArrayList<>();
        for (int i = 0; i < policy.conflictingRoles().size(); i++) {
            Policy.Conflict pair = policy.conflictingRoles().get(i);
            Optional<String> one = roles.apply(pair.one());
            Optional<String> other = roles.apply(pair.other());
            if (one.isEmpty() || other.isEmpty()) {
                errors.add(new FieldError(
                        "/conflictingRoles/" + i + (one.isEmpty() ? "/one" : "/other"),
                        "There is no such role in this organization; see GET …/roles."));
            } else if (one.equals(other)) {
                errors.add(new FieldError("/conflictingRoles/" + i, "No role conflicts with itself."));
            } else {
                conflicts.add(new Policy.Conflict(one.get(), other.get()));
            }
        }
        policy.approvalAbove().ifPresent(money -> {
            if (!money.currency().equals(CURRENCY) || money.amount().signum() < 0) {
                errors.add(new FieldError("/approvalAbove", "An amount of " + CURRENCY + ", not below zero."));
            }
        });
        if (!errors.isEmpty()) {
            throw Problem.MALFORMED
                    .because("The policy cannot be kept like this; see errors.")
                    .with(errors);
        }
        return new Policy(
                policy.deploymentsPerDay(),
                policy.deletionGrace(),
                policy.allowedLocations(),
                policy.requiredTags(),
                conflicts,
                policy.requireMfa(),
                policy.approvalAbove(),
                policy.bulkDeleteThreshold(),
                policy.approveRaisedLimits(),
                policy.exposureAllowed(),
                policy.requireVpnForApi(),
                policy.maxLease());
    }

    /** CONFLICT when the API would be for those only who come through a VPN that is not there: for nobody. */
    static void requireReachable(Policy policy, String organization, boolean vpn) {
        if (policy.requireVpnForApi() && !vpn) {
            throw Problem.CONFLICT.because(
                    "requireVpnForApi of %s cannot be true: no VPN of this organization answers here (nothing that runs"
                            + " VPNs is installed, or it has none), and everybody would be locked out.",
                    organization);
        }
    }

    /** What a second person has to approve would be less: nobody opens that lock alone. */
    static List<String> loosened(OrganizationView organization, Policy will) {
        Policy is = organization.policy();
        Map<String, String> reasons = new LinkedHashMap<>();
        if (is.approvalAbove().isPresent()
                && (will.approvalAbove().isEmpty()
                        || will.approvalAbove()
                                        .get()
                                        .amount()
                                        .compareTo(is.approvalAbove().get().amount())
                                > 0)) {
            reasons.put("approvalAbove", "it would be raised or taken away.");
        }
        if (is.bulkDeleteThreshold() > 0
                && (will.bulkDeleteThreshold() == 0 || will.bulkDeleteThreshold() > is.bulkDeleteThreshold())) {
            reasons.put("bulkDeleteThreshold", "it would be raised or taken away.");
        }
        if (is.approveRaisedLimits() && will.deploymentsPerDay() > is.deploymentsPerDay()) {
            reasons.put("approveRaisedLimits", "deploymentsPerDay would be raised.");
        }
        if (is.approveRaisedLimits() && !will.approveRaisedLimits()) {
            reasons.merge("approveRaisedLimits", "it would be taken away.", (one, other) -> one + " " + other);
        }
        return reasons.entrySet().stream()
                .map(each -> Violation.of(organization, each.getKey(), "", each.getValue())
                        .detail())
                .toList();
    }

    private interface Check {
        Object of(String text);
    }

    private static void each(List<FieldError> errors, String pointer, List<String> texts, Check check) {
        IntStream.range(0, Math.min(texts.size(), MOST_LOCATIONS)).forEach(i -> {
            try {
                check.of(texts.get(i));
            } catch (IllegalArgumentException e) {
                errors.add(new FieldError(pointer + i, e.getMessage()));
            }
        });
    }
}
