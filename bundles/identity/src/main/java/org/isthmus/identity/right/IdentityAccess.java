// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.start.FirstStart;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@link Access} from memory. For a user only their own organization is ever looked at: that another organization exists
 * cannot show, neither in the answer nor in its time.
 */
@Component(service = {Access.class, IdentityAccess.class})
public final class IdentityAccess implements Access {
    private final RightsCache rights;
    private final DepartmentStore departments;
    private final Proofs proofs;
    private final InstalledTunnels tunnels;
    private final KeyStore keys;
    private final OrganizationId platform;
    private final Clock clock;

    @Activate
    public IdentityAccess(
            @Reference RightsCache rights,
            @Reference DepartmentStore departments,
            @Reference Proofs proofs,
            @Reference InstalledTunnels tunnels,
            @Reference KeyStore keys,
            @Reference FirstStart start,
            @Reference Clock clock) {
        this.rights = rights;
        this.departments = departments;
        this.proofs = proofs;
        this.tunnels = tunnels;
        this.keys = keys;
        this.platform = start.platform();
        this.clock = clock;
    }

    @Override
    public Decision decide(Caller caller, Action action, Ref organization) {
        if (caller.kind() == Caller.Kind.DIRECTORY) {
            return told(caller, action, organization);
        }
        if (caller.kind() != Caller.Kind.USER) {
            return all(caller, action, organization);
        }
        Optional<Rights> found = rights.of(caller.organization()).filter(own -> own.named(organization));
        Optional<Member> member =
                found.flatMap(own -> own.member(caller.user().orElseThrow())).filter(Member::active);
        if (member.isEmpty()) {
            return new Decision(Verdict.ABSENT, Optional.empty(), List.of("no member of an organization of that name"));
        }
        return decide(caller, action, found.get(), member.get());
    }

    @Override
    public Reach reach(Caller caller, Action action, Ref organization) {
        Decision decision = decide(caller, action, organization);
        if (decision.verdict() == Verdict.FORBIDDEN && caller.user().isPresent() && permitted(caller, action)) {
            Map<Subject, String> parts =
                    rights.current(caller.organization()).parts(caller.user().orElseThrow(), action, clock.instant());
            if (!parts.isEmpty()) {
                return new Reach(decision.organization().orElseThrow(), false, List.of(), parts);
            }
        }
        return Reach.everywhere(
                Access.allowed(decision, action, organization).organization().orElseThrow(), decision.because());
    }

    @Override
    public Optional<Instant> until(Caller caller, Action action, Ref organization, Collection<Resource> things) {
        if (caller.user().isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        return rights.of(caller.organization())
                .filter(own -> own.named(organization))
                .map(own -> own.until(caller.user().get(), action, things, now))
                .orElse(Optional.of(now));
    }

    private Decision decide(Caller caller, Action action, Rights own, Member member) {
        Optional<OrganizationView> organization = Optional.of(own.organization());
        if (action != Action.OWN_ACCOUNT && (caller.mustChangePassword() || member.mustChangePassword())) {
            return new Decision(
                    Verdict.PASSWORD_CHANGE_NEEDED, organization, List.of("the password must be changed first"));
        }
        Optional<Decision> barred = barred(caller, action, own, member);
        if (barred.isPresent()) {
            return barred.get();
        }
        if (!permitted(caller, action)) {
            return new Decision(
                    Verdict.FORBIDDEN, organization, List.of("the token in use is not for " + action.key()));
        }
        if (action == Action.OWN_ACCOUNT) {
            return new Decision(Verdict.ALLOWED, organization, List.of("everybody's own account"));
        }
        List<Held> allowing = own.allowing(member.id(), action, clock.instant(), MOST_REASONS);
        if (allowing.isEmpty()) {
            return new Decision(Verdict.FORBIDDEN, organization, List.of("no grant gives " + action.key()));
        }
        return new Decision(
                Verdict.ALLOWED,
                organization,
                allowing.size() == 1
                        ? List.of(allowing.get(0).because())
                        : allowing.stream().map(Held::because).toList());
    }

    /** What keeps a member from everything, or from everything but their own account, until something is done about it. */
    private Optional<Decision> barred(Caller caller, Action action, Rights own, Member member) {
        Optional<UserId> gone = Responsible.gone(own, member);
        if (gone.isPresent()) {
            return Optional.of(new Decision(
                    Verdict.NOBODY_RESPONSIBLE,
                    Optional.of(own.organization()),
                    List.of("nobody answers for this service account: " + gone.get()
                            + ", who was responsible for it, is disabled or gone")));
        }
        if (action != Action.OWN_ACCOUNT && lacksFactor(caller, own, member)) {
            return Optional.of(
                    member.secondFactor()
                            ? new Decision(
                                    Verdict.STEP_UP_NEEDED,
                                    Optional.of(own.organization()),
                                    List.of(
                                            "the policy requireMfa of "
                                                    + own.organization().name()
                                                    + " asks everybody for a second factor, and it was not proved at this login"))
                            : new Decision(
                                    Verdict.SECOND_FACTOR_NEEDED,
                                    Optional.of(own.organization()),
                                    List.of("the policy requireMfa of "
                                            + own.organization().name()
                                            + " asks everybody for a second factor, and the user has none")));
        }
        return Optional.empty();
    }

    /**
     * By a password nobody with a second factor logs in without it. A provider may let somebody in without one, or prove one to
     * somebody who has none here: so of a session it counts whether one was proved in it.
     */
    private boolean lacksFactor(Caller caller, Rights own, Member member) {
        if (own.organization().policy().requireMfa() != Policy.Mfa.ALL || !member.person()) {
            return false;
        }
        return !proofs.ever(caller) && (caller.session().isPresent() || !member.secondFactor());
    }

    private boolean lacksFactor(Caller caller) {
        return caller.user()
                .flatMap(user -> rights.of(caller.organization()).filter(own -> own.member(user)
                        .filter(member -> lacksFactor(caller, own, member))
                        .isPresent()))
                .isPresent();
    }

    @Override
    public void requireStepUp(Caller caller, OrganizationView organization) {
        if (organization.policy().requireMfa() == Policy.Mfa.STEP_UP) {
            proofs.require(
                    caller,
                    Violation.of(
                            organization,
                            "requireMfa",
                            "",
                            "for this you must have proved your second factor just now (STEP_UP)."));
        }
    }

    @Override
    public void requireTunnel(Caller caller) {
        // a directory that tells who is there, and who has left, is no person at a desk
        if (caller.kind() != Caller.Kind.USER) {
            return;
        }
        rights.of(caller.organization())
                .map(Rights::organization)
                .filter(own -> own.policy().requireVpnForApi())
                .filter(own -> !tunnels.through(own.id(), caller.address()))
                .ifPresent(own -> {
                    throw Violation.of(
                                    own,
                                    "requireVpnForApi",
                                    "",
                                    "the API is used through the organization's VPN, and your connection does not come"
                                            + " through it.")
                            .as(IdentityProblem.VPN_NEEDED, "");
                });
    }

    /** The grants by which a user may do this in their own organization now: at most five. */
    public List<Held> allowing(Caller caller, Action action) {
        return rights.of(caller.organization())
                .map(own -> own.allowing(caller.user().orElseThrow(), action, clock.instant(), MOST_REASONS))
                .orElse(List.of());
    }

    /** The same of one thing, by grants on parts that it lies in. */
    public List<Held> allowing(Caller caller, Action action, Resource thing) {
        return rights.of(caller.organization())
                .map(own -> own.allowing(caller.user().orElseThrow(), action, thing, clock.instant()))
                .orElse(List.of());
    }

    /** The grants by which a user may do this in parts of their organization only: at most five. */
    public List<Held> parts(Caller caller, Action action) {
        return rights
                .of(caller.organization())
                .map(own -> own.partly(caller.user().orElseThrow(), action, clock.instant()))
                .orElse(List.of())
                .stream()
                .limit(MOST_REASONS)
                .toList();
    }

    /** A directory tells who is there, in its own organization, and may nothing else. */
    private Decision told(Caller caller, Action action, Ref organization) {
        Optional<OrganizationView> own = rights.of(caller.organization())
                .filter(found -> found.named(organization))
                .map(Rights::organization);
        if (own.isEmpty()) {
            return new Decision(Verdict.ABSENT, own, List.of("not the organization of this directory"));
        }
        return action == Action.DIRECTORY_PROVISION
                ? new Decision(Verdict.ALLOWED, own, List.of(caller.username() + " tells who is there"))
                : new Decision(Verdict.FORBIDDEN, own, List.of("a directory does nothing but tell who is there"));
    }

    private Decision all(Caller caller, Action action, Ref organization) {
        Optional<OrganizationView> found = rights.of(organization).map(Rights::organization);
        if (found.isPresent() && action == Action.DIRECTORY_PROVISION) {
            return new Decision(Verdict.FORBIDDEN, found, List.of("only directories do this"));
        }
        return found.isEmpty()
                ? new Decision(Verdict.ABSENT, found, List.of("no organization of that name"))
                : new Decision(Verdict.ALLOWED, found, List.of(caller.username() + " may do everything"));
    }

    @Override
    public Visibility visible(Caller caller, Action action) {
        if (caller.kind() == Caller.Kind.DIRECTORY) {
            return new Visibility(false, Set.of());
        }
        if (caller.kind() != Caller.Kind.USER) {
            return new Visibility(true, Set.of());
        }
        boolean allowed = decide(caller, action, Ref.of(caller.organization())).verdict() == Verdict.ALLOWED;
        return new Visibility(false, allowed ? Set.of(caller.organization()) : Set.of());
    }

    @Override
    public List<DepartmentId> departments(OrganizationId organization, Ref named) {
        return departments
                .resolve(organization, named)
                .map(found -> rights.current(organization).upwards(found.id()))
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/department", "There is no department " + named + " in this organization."));
    }

    @Override
    public List<DepartmentId> departments(Caller caller) {
        return caller.user()
                .flatMap(user -> rights.of(caller.organization())
                        .flatMap(own ->
                                own.member(user).flatMap(Member::department).map(own::upwards)))
                .orElse(List.of());
    }

    @Override
    public Hands hands(Caller caller, Duration keptKeys) {
        Optional<Member> member =
                caller.user().flatMap(user -> rights.of(caller.organization()).flatMap(own -> own.member(user)));
        return member.map(found -> new Hands(
                        found.person(), keys.hands(caller.organization(), found.id(), clock.instant(), keptKeys)))
                .orElse(new Hands(false, Set.of()));
    }

    @Override
    public OrganizationId platform() {
        return platform;
    }

    /** The caller's organization as named, for what every member may see; whatever grants they have. */
    public OrganizationView requireMember(Caller caller, Action action, Ref organization) {
        if (caller.mustChangePassword() || lacksFactor(caller)) {
            return require(caller, action, organization);
        }
        if (permitted(caller, Action.OWN_ACCOUNT)) {
            return require(caller, Action.OWN_ACCOUNT, organization);
        }
        Decision decision = decide(caller, action, organization);
        return decision.verdict() == Verdict.FORBIDDEN && permitted(caller, action)
                ? decision.organization().orElseThrow()
                : require(caller, action, organization);
    }

    /** Whether the caller sees every organization in lists: operators, root and the system. */
    public boolean seesAllOrganizations(Caller caller) {
        if (caller.kind() == Caller.Kind.DIRECTORY) {
            return false;
        }
        if (caller.kind() != Caller.Kind.USER) {
            return true;
        }
        return caller.organization().equals(platform)
                && decide(caller, Action.ORGANIZATION_READ, Ref.of(platform)).verdict() == Verdict.ALLOWED
                && rights.of(platform)
                        .filter(own -> own.holds(caller.user().orElseThrow(), ShippedRole.OPERATOR, clock.instant()))
                        .isPresent();
    }

    /** Refuses what nobody may do before they have changed a one-time password. */
    public static void requireOwnPassword(Caller caller) {
        if (caller.mustChangePassword()) {
            throw Problem.PASSWORD_CHANGE_NEEDED.because("Change your password first: PUT …/users/{user}/password.");
        }
    }

    private static boolean permitted(Caller caller, Action action) {
        return caller.onlyActions().isEmpty() || caller.onlyActions().get().contains(action);
    }
}
