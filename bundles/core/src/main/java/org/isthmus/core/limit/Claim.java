// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.price.PriceBook;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;

/**
 * What a plan asks of limits.
 *
 * @param departments the caller's, nearest first
 * @param subject the thing it is about
 * @param rate what the thing will cost an hour from now on, in millionths
 * @param deployment true when it counts as a deployment
 */
public record Claim(
        Caller caller,
        List<DepartmentId> departments,
        OrganizationView organization,
        Subject subject,
        long rate,
        boolean deployment) {
    public Claim {
        departments = List.copyOf(departments);
    }

    /** Of a plan; identity is asked for departments only when that matters. Outside of a transaction. */
    public static Claim of(Access access, Caller caller, OrganizationView organization, Plan<?> plan) {
        boolean counts = PriceBook.micros(plan.estimate().hourly()) > 0 || plan.deployment();
        return of(caller, counts ? access.departments(caller) : List.of(), organization, plan);
    }

    /** Of a plan for what will belong to a department. */
    public static Claim of(Caller caller, List<DepartmentId> departments, OrganizationView organization, Plan<?> plan) {
        return new Claim(
                caller,
                departments,
                organization,
                plan.subject(),
                PriceBook.micros(plan.estimate().hourly()),
                plan.deployment());
    }

    /** True when no limit can have anything against it. */
    boolean free() {
        return rate == 0 && !counted();
    }

    /** True when it counts in a day: root and the system are nobody's people. */
    boolean counted() {
        return deployment && user().isPresent();
    }

    Optional<UserId> user() {
        return caller.user();
    }

    /** Who pays beside the organization when the thing is new: nobody for root and the system. */
    List<String> payers() {
        return user().map(user -> {
                    List<String> all = new java.util.ArrayList<>(List.of(user.value()));
                    departments.forEach(each -> all.add(each.value()));
                    return List.copyOf(all);
                })
                .orElse(List.of());
    }
}
