// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.ChangeableBy;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.ProblemType;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Estimate;

/**
 * What a handler means to do.
 *
 * @param subject the thing, with its id (a new thing has its new id already)
 * @param estimate what it will cost from now on; {@link Estimate#FREE} for most. What that is more than now is reserved of
 *     every limit that applies, until the operation that goes on with it has ended
 * @param destructive true when something is lost by it
 * @param opening true when nothing is lost, but what is given out opens so much that the second factor is proved for it as for
 *     something destructive
 * @param deployment true when it makes something new that counts against the limits of deployments per day
 * @param approval why a second person must approve it whatever it costs; empty for most
 * @param violations of the organization's policy, all of them
 * @param effect the rows to write, run inside the gate's transaction
 */
public record Plan<R>(
        Subject subject,
        Estimate estimate,
        boolean destructive,
        boolean opening,
        boolean deployment,
        List<String> approval,
        List<Violation> violations,
        Effect<R> effect) {
    public Plan {
        approval = List.copyOf(approval);
        violations = List.copyOf(violations);
    }

    /** A plan that costs nothing, destroys nothing and violates nothing. */
    public static <R> Plan<R> of(Subject subject, Effect<R> effect) {
        return new Plan<>(subject, Estimate.FREE, false, false, false, List.of(), List.of(), effect);
    }

    /** The same, destroying something. */
    public Plan<R> destroying() {
        return new Plan<>(subject, estimate, true, opening, deployment, approval, violations, effect);
    }

    /** The same, giving out what opens much. */
    public Plan<R> opens() {
        return new Plan<>(subject, estimate, destructive, true, deployment, approval, violations, effect);
    }

    /** The same, with a cost. */
    public Plan<R> costing(Estimate cost) {
        return new Plan<>(subject, cost, destructive, opening, deployment, approval, violations, effect);
    }

    /** The same, counted as a deployment. */
    public Plan<R> deploying() {
        return new Plan<>(subject, estimate, destructive, opening, true, approval, violations, effect);
    }

    /** The same, for a second person to approve. */
    public Plan<R> approvedFor(List<String> reasons) {
        return new Plan<>(subject, estimate, destructive, opening, deployment, reasons, violations, effect);
    }

    /** The same, with what it violates. */
    public Plan<R> violating(List<Violation> against) {
        return new Plan<>(subject, estimate, destructive, opening, deployment, approval, against, effect);
    }

    /**
     * Writes the rows. Runs in the gate's transaction, once; must check again, by version or unique index, what may have
     * changed since the plan. A problem thrown here rolls everything back.
     */
    @FunctionalInterface
    public interface Effect<R> {
        R apply(Change change);
    }

    /**
     * One violated policy.
     *
     * @param policy its name, such as {@code allowedLocations}
     * @param owner whose it is: the organization's name
     * @param detail a sentence that says all of this, and what is forbidden here
     * @param changeableBy who can change it
     * @param pointer to what is against it in what was sent; empty where that is all of it, or nothing
     */
    public record Violation(String policy, String owner, String detail, ChangeableBy changeableBy, String pointer) {
        /**
         * One of the organization's own policy.
         *
         * @param forbidden what it says here, a sentence that begins in small letters
         */
        public static Violation of(OrganizationView organization, String policy, String pointer, String forbidden) {
            String owner = organization.name().value();
            return new Violation(
                    policy,
                    owner,
                    policy + " of " + owner + ": " + forbidden + " " + changed(organization),
                    new ChangeableBy(Action.POLICY_SET.key(), owner),
                    pointer);
        }

        /** Who can change an organization's policy, as a sentence. */
        public static String changed(OrganizationView organization) {
            return "Who has " + Action.POLICY_SET.key() + " in " + organization.name() + " can change that.";
        }

        /** As it is told among the errors of a problem. */
        public FieldError error() {
            return new FieldError(pointer, detail, Optional.of(policy), Optional.of(owner), Optional.of(changeableBy));
        }

        /** A problem that is there because of this alone: the sentence and what to do about it, and the fields. */
        public ProblemException as(ProblemType type, String advice) {
            return type.because("%s", advice.isEmpty() ? detail : detail + " " + advice)
                    .with(List.of(error()));
        }
    }

    /** AGAINST_POLICY with all of them, if there are any. */
    public static void refuse(List<Violation> violations) {
        if (violations.isEmpty()) {
            return;
        }
        throw Problem.AGAINST_POLICY
                .because("%s", violations.stream().map(Violation::detail).collect(Collectors.joining(" ")))
                .with(violations.stream().map(Violation::error).toList());
    }
}
