// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.FirstAdministrator;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.OrganizationCreated;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes an organization and, when asked for, its first administrator with a one-time password. */
@Component(service = CommandHandler.class)
public final class CreateOrganizationHandler implements CommandHandler<CreateOrganization, OrganizationCreated> {
    private final OrganizationStore organizations;
    private final UserStore users;
    private final GrantStore grants;
    private final ChangeCounter counter;
    private final RightsCache rights;
    private final Passwords passwords;
    private final Secrets secrets;
    private final OrganizationId platform;
    private final Ids ids;

    /** A first administrator and the password they will be given. */
    private record Administrator(FirstAdministrator wanted, Secret password, String hash) {}

    @Activate
    public CreateOrganizationHandler(
            @Reference OrganizationStore organizations,
            @Reference UserStore users,
            @Reference GrantStore grants,
            @Reference ChangeCounter counter,
            @Reference RightsCache rights,
            @Reference Passwords passwords,
            @Reference Secrets secrets,
            @Reference IdentityAccess access,
            @Reference Ids ids) {
        this.organizations = organizations;
        this.users = users;
        this.grants = grants;
        this.counter = counter;
        this.rights = rights;
        this.passwords = passwords;
        this.secrets = secrets;
        this.platform = access.platform();
        this.ids = ids;
    }

    @Override
    public Class<CreateOrganization> handles() {
        return CreateOrganization.class;
    }

    @Override
    public Plan<OrganizationCreated> plan(Caller caller, OrganizationView organization, CreateOrganization command) {
        requireFree(command);
        Policy policy = Policies.checked(command.policy().orElse(Policy.DEFAULT), role -> ShippedRole.byKey(role)
                .map(ShippedRole::key));
        // one that is not there yet has no VPN either
        Policies.requireReachable(policy, command.name().value(), false);
        Optional<OrganizationId> parent = command.parent().map(ref -> organizations
                .resolve(ref)
                .map(OrganizationView::id)
                .orElseThrow(() -> Problem.MALFORMED.at("/parent", "There is no organization " + ref + ".")));
        OrganizationId id = ids.organization();
        Optional<Administrator> administrator = command.administrator().map(this::administrator);
        return Plan.of(Subject.of("organization", id), change -> {
            // one organization after the other, so that a name is looked for and taken by one only
            rights.change(platform, change);
            requireFree(command);
            OrganizationView made = organizations.insert(new OrganizationView(
                    id,
                    command.name(),
                    command.displayName().orElse(command.name().value()),
                    parent,
                    policy,
                    change.now(),
                    change.caller().username(),
                    0));
            counter.create(id, change.now(), change.caller().username());
            change.event(
                    "organization.created",
                    Subject.of("organization", id),
                    Map.of("name", made.name().value()));
            return new OrganizationCreated(made, administrator.map(one -> insert(change, id, one)));
        });
    }

    private void requireFree(CreateOrganization command) {
        organizations.named(command.name()).ifPresent(taken -> {
            throw Problem.NAME_TAKEN.because("There is an organization %s already.", command.name());
        });
    }

    /** Outside the transaction: hashing takes its time. */
    private Administrator administrator(FirstAdministrator wanted) {
        Secret password = secrets.oneTimePassword();
        return new Administrator(wanted, password, passwords.hash(password));
    }

    private UserCreated insert(Change change, OrganizationId organization, Administrator administrator) {
        UserId id = ids.user();
        Instant now = change.now();
        String by = change.caller().username();
        UserView user = users.insert(new Account(
                new UserView(
                        id,
                        administrator.wanted().username(),
                        administrator.wanted().username(),
                        organization,
                        administrator.wanted().email(),
                        Optional.empty(),
                        UserView.Kind.PERSON,
                        UserView.State.ACTIVE,
                        true,
                        now,
                        by,
                        0),
                Optional.of(administrator.hash())));
        grants.insert(new GrantView(
                ids.grant(),
                organization,
                Subject.of("user", id),
                ShippedRole.ORGANIZATION_ADMIN.key(),
                Subject.of("organization", organization),
                Optional.empty(),
                Optional.empty(),
                now,
                by,
                0));
        return new UserCreated(user, Optional.of(administrator.password()));
    }
}
