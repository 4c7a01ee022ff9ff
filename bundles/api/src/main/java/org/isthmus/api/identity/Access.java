// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.osgi.annotation.versioning.ProviderType;

/** May this caller do this, and what may this caller see? Deny by default. Quick: asked for every request. */
@ProviderType
public interface Access {
    /**
     * Decides, in the organization as named, by grants that hold in all of it. An organization that does not exist and one the caller is no member of are
     * one and the same answer. Operators count as members of the platform only; system and local root may everything.
     */
    Decision decide(Caller caller, Action action, Ref organization);

    /** {@link #allowed}, and the organization. */
    default OrganizationView require(Caller caller, Action action, Ref organization) {
        return allowed(caller, action, organization).organization().orElseThrow();
    }

    /** {@link #decide}, when it is allowed; else the problem: NOT_FOUND, FORBIDDEN or what the caller must do first. */
    default Decision allowed(Caller caller, Action action, Ref organization) {
        return allowed(decide(caller, action, organization), action, organization);
    }

    /** The decision, when it allows; else the problem that it is. */
    static Decision allowed(Decision decision, Action action, Ref organization) {
        return switch (decision.verdict()) {
            case ALLOWED -> decision;
            case ABSENT -> throw Problem.NOT_FOUND.because(
                    "There is no organization %s here; see GET /api/v1/organizations for yours.", organization);
            case FORBIDDEN -> throw lacking(action, organization);
            case NOBODY_RESPONSIBLE -> throw IdentityProblem.NOBODY_RESPONSIBLE.because(
                    "The person responsible for this service account is disabled or gone. Somebody with user.change names"
                            + " another one: PATCH …/users/{user} with responsible.");
            case SECOND_FACTOR_NEEDED -> throw everybodys(decision, "everybody is asked for a second factor.")
                    .as(
                            IdentityProblem.ENROLMENT_NEEDED,
                            "Give yourself one first: POST …/users/{user}/totp, then …/totp/confirm.");
            case STEP_UP_NEEDED -> throw everybodys(
                            decision,
                            "everybody is asked for a second factor, and nobody has proved yours at this login.")
                    .as(
                            IdentityProblem.STEP_UP_NEEDED,
                            "POST /api/v1/sessions/current/step-up with {\"totp\":\"…\"}, then again.");
            case PASSWORD_CHANGE_NEEDED -> throw Problem.PASSWORD_CHANGE_NEEDED.because(
                    "Change your password first: PUT …/users/{user}/password.");
        };
    }

    private static Violation everybodys(Decision decision, String forbidden) {
        return Violation.of(decision.organization().orElseThrow(), "requireMfa", "", forbidden);
    }

    /**
     * Where in an organization the caller may do this: by grants on all of it, or on parts. For what concerns things that
     * lie in parts: who asks this compares each thing ({@link Reach#covers}); everybody else asks {@link #allowed}, which
     * only looks at grants on the whole.
     *
     * @throws org.isthmus.api.ProblemException NOT_FOUND, or FORBIDDEN when there is no such grant at all
     */
    default Reach reach(Caller caller, Action action, Ref organization) {
        Decision decision = allowed(caller, action, organization);
        return Reach.everywhere(decision.organization().orElseThrow(), decision.because());
    }

    /**
     * Until when the caller may do to these what they may now: the latest end of the grants that allow it, of each the earliest;
     * empty when it has none. What is given out under a right asks this, and lasts no longer. Root and the system have no end.
     */
    Optional<Instant> until(Caller caller, Action action, Ref organization, Collection<Resource> things);

    /**
     * The organizations in which the caller may do this, for lists and streams over several: empty optional means all of
     * them.
     */
    Visibility visible(Caller caller, Action action);

    /** FORBIDDEN, naming the action. */
    static ProblemException lacking(Action action, Object where) {
        return Problem.FORBIDDEN
                .because(
                        "You lack the action %s in %s. Ask someone who may grant roles there for a role that has it.",
                        action.key(), where)
                .with("action", action.key());
    }

    /**
     * The department of an organization as named, and those above it, nearest first.
     *
     * @throws org.isthmus.api.ProblemException MALFORMED at {@code /department} when there is none
     */
    List<DepartmentId> departments(OrganizationId organization, Ref named);

    /**
     * Asked before something is destroyed or what opens much is given out, dry runs included: STEP_UP_NEEDED when the
     * organization's policy wants the second factor proved for that, and the caller has not within
     * {@link Policy#STEP_UP_LASTS}. Root and the system need not.
     */
    void requireStepUp(Caller caller, OrganizationView organization);

    /**
     * Asked at a request that has just come in from outside, before it is looked at: VPN_NEEDED when the policy of the caller's
     * organization wants the API used through its VPN only, and the caller's connection does not come through it. What people
     * ask for is judged when they ask; what is done on their behalf later is not asked again.
     */
    default void requireTunnel(Caller caller) {
        // where nobody has a VPN, no policy asks for one
    }

    /** The department a user is in and those above it, nearest first; empty without one, and for root and the system. */
    List<DepartmentId> departments(Caller caller);

    /**
     * Whose hands a caller could be: the account itself, behind a service account who is responsible for it and whoever made
     * one of its tokens, and whoever had the keys of any of these within the time given: made the account, set its one-time
     * password, took its second factor, made its token. Nobody for root and the system.
     */
    default Hands hands(Caller caller, Duration keys) {
        return new Hands(true, caller.user().stream().collect(Collectors.toSet()));
    }

    /**
     * Whose hands somebody could be.
     *
     * @param person false for a service account
     * @param all ids of accounts, the caller's own among them
     */
    record Hands(boolean person, Set<UserId> all) {
        public Hands {
            all = Set.copyOf(all);
        }
    }

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
        /** The same where they have one, but came by a provider that proved none: they prove theirs in this session. */
        STEP_UP_NEEDED,
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

    /**
     * Where a caller may do something.
     *
     * @param everything true by grants on the whole organization
     * @param because of those: at most five
     * @param parts else: what things must lie in, and the grant that says so; departments with all below them
     */
    record Reach(OrganizationView organization, boolean everything, List<String> because, Map<Subject, String> parts) {
        public Reach {
            because = List.copyOf(because);
            parts = Map.copyOf(parts);
        }

        public static Reach everywhere(OrganizationView organization, List<String> because) {
            return new Reach(organization, true, because, Map.of());
        }

        /** Whether that thing is in it. */
        public boolean covers(Resource resource) {
            return everything || resource.within().stream().anyMatch(parts::containsKey);
        }

        /** Why these are in it, in one line. */
        public String because(Collection<Resource> covered) {
            return everything
                    ? String.join("; ", because)
                    : covered.stream()
                            .flatMap(resource -> resource.within().stream())
                            .map(parts::get)
                            .filter(Objects::nonNull)
                            .distinct()
                            .sorted()
                            .limit(MOST_REASONS)
                            .collect(Collectors.joining("; "));
        }

        /** The ids of the parts of a kind. */
        public List<String> ids(String kind) {
            return parts.keySet().stream()
                    .filter(part -> part.kind().equals(kind))
                    .map(Subject::id)
                    .sorted()
                    .toList();
        }
    }

    /** How many grants are told at most as the reason of one decision. */
    int MOST_REASONS = 5;

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
