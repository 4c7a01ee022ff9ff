// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.token;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
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
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.Tokens.TokenCreated;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Proofs;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Makes a token: for oneself, or for a service account that holds nothing the caller does not. A token never leads to one
 * that may more.
 */
@Component(service = CommandHandler.class)
public final class CreateTokenHandler implements CommandHandler<CreateToken, TokenCreated> {
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int MOST = 100;

    private final TokenStore tokens;
    private final UserStore users;
    private final RightsCache rights;
    private final KeyStore keys;
    private final Bearers bearers;
    private final Proofs proofs;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateTokenHandler(
            @Reference TokenStore tokens,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference KeyStore keys,
            @Reference Bearers bearers,
            @Reference Proofs proofs,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.tokens = tokens;
        this.users = users;
        this.rights = rights;
        this.keys = keys;
        this.bearers = bearers;
        this.proofs = proofs;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateToken> handles() {
        return CreateToken.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, CreateToken command, Optional<DepartmentId> department) {
        return Places.named(users, organization.id(), command.user());
    }

    @Override
    public Plan<TokenCreated> plan(Caller caller, OrganizationView organization, CreateToken command) {
        IdentityAccess.requireOwnPassword(caller);
        requireSensible(command, clock.instant());
        if (command.destructive()) {
            proofs.requireJustNow(caller, "A token that may destroy things whatever the policy asks for needs it.");
        }
        requireProof(caller, organization);
        UserId owner = TokenOwner.of(users, caller, organization.id(), command.user());
        requireNoMore(caller, owner, command, rights.current(organization.id()), clock.instant());
        requireRoom(organization, owner, command);
        TokenId id = ids.token();
        Subject subject = Subject.of("token", id);
        return Plan.of(subject, change -> {
            if (!users.lock(organization.id(), owner)) {
                throw Problem.NOT_FOUND.because("The user is not there any more.");
            }
            Rights now = rights.current(organization.id());
            requireProof(caller, now.organization());
            requireNoMore(caller, owner, command, now, change.now());
            requireRoom(organization, owner, command);
            Bearers.Minted minted = bearers.mintToken();
            TokenView made = tokens.insert(
                    organization.id(),
                    new TokenView(
                            id,
                            command.name(),
                            owner,
                            command.actions(),
                            command.expiresAt(),
                            Optional.empty(),
                            command.destructive(),
                            change.now(),
                            change.caller().username(),
                            0),
                    minted.digest());
            keys.had(owner, change.caller().user(), change.now());
            change.event("token.created", subject, Map.of("name", made.name().value(), "user", owner.value()));
            return new TokenCreated(made, minted.secret());
        });
    }

    /** A token has no session in which anything could be proved later: where everybody needs a second factor, before it is made. */
    private void requireProof(Caller caller, OrganizationView organization) {
        if (organization.policy().requireMfa() == Policy.Mfa.ALL) {
            proofs.requireEver(
                    caller,
                    Violation.of(
                            organization,
                            "requireMfa",
                            "",
                            "everybody is asked for a second factor, and yours is proved before a token is made."));
        }
    }

    private static void requireSensible(CreateToken command, Instant now) {
        if (!command.expiresAt().isAfter(now) || command.expiresAt().isAfter(now.plus(LONGEST))) {
            throw Problem.MALFORMED.at(
                    "/expiresAt", "A token expires in the future, at most " + LONGEST.toDays() + " days from now.");
        }
        if (command.actions().filter(Set::isEmpty).isPresent()) {
            throw Problem.MALFORMED.at("/actions", "Name at least one action, or leave actions out for all you may.");
        }
    }

    private static void requireNoMore(Caller caller, UserId owner, CreateToken command, Rights current, Instant now) {
        Set<Action> wanted = command.actions().orElse(EnumSet.allOf(Action.class));
        if (caller.user().filter(owner::equals).isEmpty()) {
            Holdings.require(caller, current, current.heldBy(owner), wanted, now);
            return;
        }
        caller.onlyActions().ifPresent(own -> {
            List<String> more = wanted.stream()
                    .filter(action -> !own.contains(action))
                    .map(Action::key)
                    .sorted()
                    .toList();
            if (!more.isEmpty()) {
                throw IdentityProblem.GRANT_TOO_MUCH
                        .because("The token in use is not for %s; name actions it is for.", String.join(", ", more))
                        .with("missing", more);
            }
        });
    }

    private void requireRoom(OrganizationView organization, UserId owner, CreateToken command) {
        tokens.resolve(organization.id(), owner, Ref.of(command.name())).ifPresent(taken -> {
            throw Problem.NAME_TAKEN.because("There is a token %s already.", command.name());
        });
        if (tokens.count(organization.id(), owner) >= MOST) {
            throw Problem.CONFLICT.because("A user has at most %d tokens; delete those not used any more.", MOST);
        }
    }
}
