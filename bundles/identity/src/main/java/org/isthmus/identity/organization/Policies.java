// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Ref;
import org.isthmus.api.Texts;
import org.isthmus.api.organization.Policy;

/** What a policy must look like to be kept: limits on the texts in it. */
final class Policies {
    private static final int MOST_LOCATIONS = 100;

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
                policy.requireMfa());
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
