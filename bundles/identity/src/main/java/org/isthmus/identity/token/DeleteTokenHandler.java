// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.token;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Tokens.DeleteToken;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends a token: refused from the commit on. */
@Component(service = CommandHandler.class)
public final class DeleteTokenHandler implements CommandHandler<DeleteToken, TokenView> {
    private final TokenStore tokens;
    private final UserStore users;
    private final Bearers bearers;

    @Activate
    public DeleteTokenHandler(@Reference TokenStore tokens, @Reference UserStore users, @Reference Bearers bearers) {
        this.tokens = tokens;
        this.users = users;
        this.bearers = bearers;
    }

    @Override
    public Class<DeleteToken> handles() {
        return DeleteToken.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, DeleteToken command, Optional<DepartmentId> department) {
        return Places.named(users, organization.id(), command.user());
    }

    @Override
    public Plan<TokenView> plan(Caller caller, OrganizationView organization, DeleteToken command) {
        UserId owner = TokenOwner.of(users, caller, organization.id(), command.user());
        TokenView gone = tokens.resolve(organization.id(), owner, command.token())
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no token %s.", command.token()));
        Subject subject = Subject.of("token", gone.id());
        Plan<TokenView> plan = Plan.of(subject, change -> {
            if (tokens.delete(organization.id(), owner, gone.id()) == 0) {
                throw Problem.NOT_FOUND.because("There is no token %s any more.", command.token());
            }
            bearers.forgetAfterCommit(gone.id());
            change.event("token.deleted", subject, Map.of("name", gone.name().value(), "user", owner.value()));
            return gone;
        });
        // revoking one's own is how one defends oneself: nothing more is asked for it
        return command.user().isPresent() ? plan.destroying() : plan;
    }
}
