// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.util.List;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ConfirmTotp;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Proof;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** One's own second factor counts from now on. The session it is confirmed in goes on, all others end. */
@Component(service = CommandHandler.class)
public final class ConfirmTotpHandler implements CommandHandler<ConfirmTotp, TotpConfirmed> {
    private final UserStore users;
    private final SessionStore sessions;
    private final FactorStore store;
    private final Factors factors;
    private final RightsCache rights;
    private final Bearers bearers;

    @Activate
    public ConfirmTotpHandler(
            @Reference UserStore users,
            @Reference SessionStore sessions,
            @Reference FactorStore store,
            @Reference Factors factors,
            @Reference RightsCache rights,
            @Reference Bearers bearers) {
        this.users = users;
        this.sessions = sessions;
        this.store = store;
        this.factors = factors;
        this.rights = rights;
        this.bearers = bearers;
    }

    @Override
    public Class<ConfirmTotp> handles() {
        return ConfirmTotp.class;
    }

    @Override
    public Plan<TotpConfirmed> plan(Caller caller, OrganizationView organization, ConfirmTotp command) {
        UserView self = OwnFactor.of(users, caller, organization, command.user());
        FactorStore.Kept begun = store.find(organization.id(), self.id())
                .filter(kept -> !kept.confirmed())
                .orElseThrow(ConfirmTotpHandler::nothing);
        Proof proof = factors.required(caller, begun, command.code());
        Subject subject = Subject.of("user", self.id());
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            if (!store.confirm(organization.id(), self.id(), proof.sealed(), proof.step(), change.now())) {
                throw nothing();
            }
            List<Secret> codes = factors.recoveryCodes(organization.id(), self.id());
            sessions.deleteOf(organization.id(), self.id(), caller.session());
            caller.session().ifPresent(session -> sessions.proved(session, change.now()));
            bearers.forgetAfterCommit(organization.id(), self.id());
            change.event("user.second-factor-confirmed", subject, Map.of("username", self.username()));
            return new TotpConfirmed(UserRefs.need(users, organization.id(), Ref.of(self.id())), codes);
        });
    }

    private static RuntimeException nothing() {
        return Problem.CONFLICT.because("There is nothing to confirm: begin with POST …/users/{user}/totp.");
    }
}
