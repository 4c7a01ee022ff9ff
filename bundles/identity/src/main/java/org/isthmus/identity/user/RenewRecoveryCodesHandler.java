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
import org.isthmus.api.identity.Users.RenewRecoveryCodes;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Proof;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** New recovery codes of one's own. Whoever uses an old one at the same moment is first, or has none any more. */
@Component(service = CommandHandler.class)
public final class RenewRecoveryCodesHandler implements CommandHandler<RenewRecoveryCodes, TotpConfirmed> {
    private final UserStore users;
    private final FactorStore store;
    private final Factors factors;

    @Activate
    public RenewRecoveryCodesHandler(
            @Reference UserStore users, @Reference FactorStore store, @Reference Factors factors) {
        this.users = users;
        this.store = store;
        this.factors = factors;
    }

    @Override
    public Class<RenewRecoveryCodes> handles() {
        return RenewRecoveryCodes.class;
    }

    @Override
    public Plan<TotpConfirmed> plan(Caller caller, OrganizationView organization, RenewRecoveryCodes command) {
        UserView self = OwnFactor.of(users, caller, organization, command.user());
        FactorStore.Kept factor = store.find(organization.id(), self.id())
                .filter(FactorStore.Kept::confirmed)
                .orElseThrow(() -> Problem.CONFLICT.because(
                        "You have no second factor that recovery codes would stand in for; make one: POST"
                                + " …/users/{user}/totp."));
        Proof proof = factors.requiredOfDevice(caller, factor, command.code());
        Subject subject = Subject.of("user", self.id());
        return Plan.of(subject, change -> {
            factors.mustTake(organization.id(), self.id(), proof);
            List<Secret> codes = factors.recoveryCodes(organization.id(), self.id());
            change.event("user.recovery-codes-renewed", subject, Map.of("username", self.username()));
            return new TotpConfirmed(UserRefs.need(users, organization.id(), Ref.of(self.id())), codes);
        });
    }
}
