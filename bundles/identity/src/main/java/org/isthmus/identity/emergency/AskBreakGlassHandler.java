// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.emergency;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.BreakGlass.AskBreakGlass;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.grant.CreateGrantHandler;
import org.isthmus.identity.right.Apart;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Asks for a role in an emergency: a person, for themself, once at a time. */
@Component(service = CommandHandler.class)
public final class AskBreakGlassHandler implements CommandHandler<AskBreakGlass, BreakGlassView> {
    private final BreakGlassStore store;
    private final CreateGrantHandler grants;
    private final IdentityAccess access;
    private final RightsCache rights;
    private final Apart apart;
    private final Clock clock;
    private final Ids ids;
    private final Duration longest;

    @Activate
    public AskBreakGlassHandler(
            @Reference BreakGlassStore store,
            @Reference CreateGrantHandler grants,
            @Reference IdentityAccess access,
            @Reference RightsCache rights,
            @Reference Apart apart,
            @Reference Clock clock,
            @Reference Ids ids,
            @Reference ConfiguredSettings configured) {
        this(
                store,
                grants,
                access,
                rights,
                apart,
                clock,
                ids,
                configured.settings().breakGlassLongest());
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static AskBreakGlassHandler embedded(
            BreakGlassStore store,
            CreateGrantHandler grants,
            IdentityAccess access,
            RightsCache rights,
            Apart apart,
            Clock clock,
            Ids ids,
            Duration longest) {
        return new AskBreakGlassHandler(store, grants, access, rights, apart, clock, ids, longest);
    }

    private AskBreakGlassHandler(
            BreakGlassStore store,
            CreateGrantHandler grants,
            IdentityAccess access,
            RightsCache rights,
            Apart apart,
            Clock clock,
            Ids ids,
            Duration longest) {
        this.store = store;
        this.grants = grants;
        this.access = access;
        this.rights = rights;
        this.apart = apart;
        this.clock = clock;
        this.ids = ids;
        this.longest = longest;
    }

    @Override
    public Class<AskBreakGlass> handles() {
        return AskBreakGlass.class;
    }

    @Override
    public Plan<BreakGlassView> plan(Caller caller, OrganizationView organization, AskBreakGlass command) {
        UserId asker = caller.user()
                .filter(user -> apart.isPersonHere(caller))
                .orElseThrow(() -> Problem.FORBIDDEN.because(
                        "A person asks, in a session of their own: no token and no service account."));
        access.requireStepUp(caller, organization);
        if (command.lasts().compareTo(longest) > 0) {
            throw Problem.MALFORMED.at("/for", "It lasts at most " + longest + " here.");
        }
        role(rights.current(organization.id()), command);
        grants.scope(organization, command.scope());
        requireNone(asker, clock.instant());
        BreakGlassId id = ids.breakGlass();
        Subject subject = Subject.of("break-glass", id);
        return Plan.of(subject, change -> {
            // one request after the other
            Rights now = rights.change(organization.id(), change);
            requireNone(asker, change.now());
            Role role = role(now, command);
            BreakGlassView asked = new BreakGlassView(
                    id,
                    organization.id(),
                    asker,
                    change.caller().username(),
                    role.name(),
                    grants.scope(organization, command.scope()).thing(),
                    command.reason(),
                    command.lasts(),
                    State.ASKED,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    change.now(),
                    change.caller().username(),
                    1);
            store.insert(asked, role.key());
            change.event(
                    "break-glass.asked",
                    subject,
                    Map.of("role", role.name(), "by", asked.askedBy(), "reason", asked.reason()));
            return asked;
        });
    }

    private static Role role(Rights now, AskBreakGlass command) {
        return now.role(command.role())
                .filter(role -> !role.is(ShippedRole.OPERATOR))
                .orElseThrow(() -> IdentityProblem.ROLE_UNKNOWN.at(
                        "/role", "There is no such role in this organization; see GET …/roles."));
    }

    /** Asking again makes nothing longer. */
    private void requireNone(UserId asker, Instant now) {
        store.running(asker, now).ifPresent(running -> {
            throw Problem.CONFLICT.because(
                    "You have asked for %s already, which is %s: end it first (%s).",
                    running.view().role(),
                    running.view().state(),
                    running.view().id());
        });
    }
}
