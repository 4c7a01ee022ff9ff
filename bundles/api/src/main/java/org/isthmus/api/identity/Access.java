// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.annotation.versioning.ProviderType;

/** May this caller do this, and what may this caller see? Deny by default. Quick: asked for every request. */
@ProviderType
public interface Access {
    /**
     * Decides, in the organization as named. An organization that does not exist and one the caller is no member of are
     * one and the same answer. Operators count as members of the platform only; system and local root may everything.
     */
    Decision decide(Caller caller, Action action, Ref organization);

    /** {@link #allowed}, and the organization. */
    default OrganizationView require(Caller caller, Action action, Ref organization) {
        return allowed(caller, action, organization).organization().orElseThrow();
    }

    /** {@link #decide}, when it is allowed; else the problem: NOT_FOUND, FORBIDDEN or what the caller must do first. */
    default Decision allowed(Caller caller, Action action, Ref organization) {
        Decision decision = decide(caller, action, organization);
        return switch (decision.verdict()) {
            case ALLOWED -> decision;
            case ABSENT -> throw Problem.NOT_FOUND.because(
                    "There is no organization %s here; see GET /api/v1/organizations for yours.", organization);
            case FORBIDDEN -> throw Problem.FORBIDDEN
                    .because(
                            "You lack the action %s in %s. Ask someone who may grant roles there for a role that has it.",
                            action.key(), organization)
                    .with("action", action.key());
            case NOBODY_RESPONSIBLE -> throw IdentityProblem.NOBODY_RESPONSIBLE.because(
                    "The person responsible for this service account is disabled or gone. Somebody with user.change names"
                            + " another one: PATCH …/users/{user} with responsible.");
            case SECOND_FACTOR_NEEDED -> throw IdentityProblem.ENROLMENT_NEEDED.because(
                    "The policy requireMfa of %s asks everybody for a second factor. Give yourself one first: POST"
                            + " …/users/{user}/totp, then …/totp/confirm.",
                    organization);
            case PASSWORD_CHANGE_NEEDED -> throw Problem.PASSWORD_CHANGE_NEEDED.because(
                    "Change your password first: PUT …/users/{user}/password.");
        };
    }

    /**
     * The organizations in which the caller may do this, for lists and streams over several: empty optional means all of
     * them.
     */
    Visibility visible(Caller caller, Action action);

    /**
     * Asked before something is destroyed, dry runs included: STEP_UP_NEEDED when the organization's policy wants the second
     * factor proved for that, and the caller has not within {@link Policy#STEP_UP_LASTS}. Root and the system need not.
     */
    void requireStepUp(Caller caller, OrganizationView organization);

    /** The department a user is in and those above it, nearest first; empty without one, and for root and the system. */
    List<DepartmentId> departments(Caller caller);

    /** The platform's own organization. */
    OrganizationId platform();

    enum Verdict {
        ALLOWED,
        /** A member without the right. */
        FORBIDDEN,
        /** Not there, or not a member: nobody can tell which. */
        ABSENT,
        PASSWORD_CHANGE_NEEDED,
        /** A person without a second factor, where the policy asks everybody for one. */
        SECOND_FACTOR_NEEDED,
        /** A service account whose responsible person is disabled or gone: it may nothing. */
        NOBODY_RESPONSIBLE
    }

    /**
     * A decision.
     *
     * @param organization present for members
     * @param because the grants that allow it, or why not
     */
    record Decision(Verdict verdict, Optional<OrganizationView> organization, List<String> because) {
        public Decision {
            because = List.copyOf(because);
        }
    }

    /** What a query may touch. */
    record Visibility(boolean everything, Set<OrganizationId> organizations) {
        public Visibility {
            organizations = Set.copyOf(organizations);
        }

        public boolean sees(OrganizationId organization) {
            return everything || organizations.contains(organization);
        }
    }
}
