// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.emergency;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.EndBreakGlass;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends a break-glass at once: by who holds it, who confirmed it, or who may confirm; by the system when its time is over. */
@Component(service = CommandHandler.class)
public final class EndBreakGlassHandler implements CommandHandler<EndBreakGlass, BreakGlassView> {
    private final BreakGlassStore store;
    private final GrantStore grants;
    private final IdentityAccess access;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public EndBreakGlassHandler(
            @Reference BreakGlassStore store,
            @Reference GrantStore grants,
            @Reference IdentityAccess access,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.store = store;
        this.grants = grants;
        this.access = access;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<EndBreakGlass> handles() {
        return EndBreakGlass.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, EndBreakGlass command, Optional<DepartmentId> department) {
        // one's own, whatever one may do otherwise
        return List.of();
    }

    @Override
    public Plan<BreakGlassView> plan(Caller caller, OrganizationView organization, EndBreakGlass command) {
        BreakGlassStore.Kept kept = IdentityBreakGlass.need(store, organization, command.breakGlass(), clock.instant());
        if (!may(caller, organization, kept)) {
            throw IdentityBreakGlass.absent(command.breakGlass().value());
        }
        if (kept.view().state() == State.OVER) {
            throw over(kept);
        }
        Subject subject = Subject.of("break-glass", command.breakGlass());
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            if (!store.end(command.breakGlass(), change.caller().username(), change.now())) {
                throw over(kept);
            }
            BreakGlassView ended = IdentityBreakGlass.need(store, organization, command.breakGlass(), change.now())
                    .view();
            // it may have gone with its holder
            ended.grant()
                    .filter(grant -> grants.find(organization.id(), grant).isPresent())
                    .ifPresent(grant -> grants.delete(organization.id(), grant));
            change.event(
                    ended.begunAt().isPresent() ? "break-glass.ended" : "break-glass.withdrawn",
                    subject,
                    Map.of(
                            "role",
                            ended.role(),
                            "holder",
                            ended.askedBy(),
                            "user",
                            ended.asker().value(),
                            "by",
                            change.caller().username(),
                            "report",
                            "break-glass/" + ended.id() + "/report"));
            return ended;
        });
    }

    private boolean may(Caller caller, OrganizationView organization, BreakGlassStore.Kept kept) {
        return caller.user().isEmpty()
                || caller.user().get().equals(kept.view().asker())
                || kept.confirmer().equals(caller.user())
                || access.decide(caller, Action.BREAK_GLASS_CONFIRM, Ref.of(organization.id()))
                                .verdict()
                        == Access.Verdict.ALLOWED;
    }

    private static RuntimeException over(BreakGlassStore.Kept kept) {
        return Problem.CONFLICT.because(
                "The break-glass %s is over already.", kept.view().id());
    }
}
