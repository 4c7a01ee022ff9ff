// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.emergency;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.ApprovalProblem;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.ConfirmBreakGlass;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.grant.CreateGrantHandler;
import org.isthmus.identity.right.Apart;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Member;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.GrantId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Lets somebody else hold a role for some hours. Nobody lets be held what they do not hold: only the policy that keeps roles
 * apart is passed.
 */
@Component(service = CommandHandler.class)
public final class ConfirmBreakGlassHandler implements CommandHandler<ConfirmBreakGlass, BreakGlassView> {
    private final BreakGlassStore store;
    private final GrantStore grants;
    private final CreateGrantHandler places;
    private final IdentityAccess access;
    private final RightsCache rights;
    private final Apart apart;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public ConfirmBreakGlassHandler(
            @Reference BreakGlassStore store,
            @Reference GrantStore grants,
            @Reference CreateGrantHandler places,
            @Reference IdentityAccess access,
            @Reference RightsCache rights,
            @Reference Apart apart,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.store = store;
        this.grants = grants;
        this.places = places;
        this.access = access;
        this.rights = rights;
        this.apart = apart;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<ConfirmBreakGlass> handles() {
        return ConfirmBreakGlass.class;
    }

    @Override
    public Plan<BreakGlassView> plan(Caller caller, OrganizationView organization, ConfirmBreakGlass command) {
        GrantId grant = ids.grant();
        BreakGlassStore.Kept asked = asked(organization, command, clock.instant());
        check(caller, organization, asked, grant, rights.current(organization.id()), clock.instant());
        access.requireStepUp(caller, organization);
        return Plan.of(
                Subject.of("break-glass", command.breakGlass()), change -> begin(change, organization, command, grant));
    }

    private BreakGlassView begin(
            Change change, OrganizationView organization, ConfirmBreakGlass command, GrantId grant) {
        Rights before = rights.change(organization.id(), change);
        Instant now = change.now();
        BreakGlassStore.Kept asked = asked(organization, command, now);
        Held wish = check(change.caller(), organization, asked, grant, before, now);
        BreakGlassView view = asked.view();
        Instant until = now.plus(view.lasts());
        if (!store.begin(view.id(), change.caller().user(), change.caller().username(), now, until, grant)) {
            throw notAsked(asked);
        }
        grants.insert(new GrantView(
                grant,
                organization.id(),
                Subject.of("user", view.asker()),
                asked.role(),
                wish.scope(),
                // not before: also when the clock is set back
                Optional.of(now),
                Optional.of(until),
                Optional.of(view.id()),
                now,
                change.caller().username(),
                0));
        change.event(
                "break-glass.begun",
                Subject.of("break-glass", view.id()),
                Map.of(
                        "role",
                        view.role(),
                        "holder",
                        view.askedBy(),
                        "user",
                        view.asker().value(),
                        "confirmedBy",
                        change.caller().username(),
                        "reason",
                        view.reason(),
                        "until",
                        until.toString()));
        return IdentityBreakGlass.need(store, organization, view.id(), now).view();
    }

    private BreakGlassStore.Kept asked(OrganizationView organization, ConfirmBreakGlass command, Instant now) {
        BreakGlassStore.Kept kept = IdentityBreakGlass.need(store, organization, command.breakGlass(), now);
        if (kept.view().state() != State.ASKED) {
            throw notAsked(kept);
        }
        return kept;
    }

    /** The grant, when nothing speaks against it. */
    private Held check(
            Caller caller,
            OrganizationView organization,
            BreakGlassStore.Kept asked,
            GrantId grant,
            Rights before,
            Instant now) {
        BreakGlassView view = asked.view();
        apart.require(
                caller,
                organization.id(),
                Set.of(view.asker()),
                ApprovalProblem.OWN_REQUEST.because(
                        "A second person confirms, in a session of their own: neither %s, who asked, nor by a token, nor whoever"
                                + " has made the other's account or token, set its password or taken its second factor within"
                                + " the last %d hours.",
                        view.askedBy(), apart.keysCount().toHours()));
        if (before.member(view.asker())
                .filter(member -> member.active() && member.person())
                .map(Member::id)
                .isEmpty()) {
            throw Problem.CONFLICT.because("%s, who asked, is disabled or gone.", view.askedBy());
        }
        Role role = before.role(asked.role())
                .orElseThrow(() -> IdentityProblem.ROLE_UNKNOWN.because("The role %s is gone.", view.role()));
        Resource scope = places.scope(organization, view.scope());
        Held wish = Held.wished(
                        grant,
                        Subject.of("user", view.asker()),
                        role,
                        scope.thing(),
                        scope.within(),
                        Optional.of(now),
                        Optional.of(now.plus(view.lasts())))
                .by(view.id().value());
        Holdings.require(caller, before, List.of(wish), now);
        return wish;
    }

    private static RuntimeException notAsked(BreakGlassStore.Kept kept) {
        return ApprovalProblem.NOT_WAITING.because(
                "It is %s; a request can be confirmed for an hour.", kept.view().state());
    }
}
