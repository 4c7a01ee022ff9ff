// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Responsible;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes a person with a one-time password, or a service account, which has none. */
@Component(service = CommandHandler.class)
public final class CreateUserHandler implements CommandHandler<CreateUser, UserCreated> {
    private final UserStore users;
    private final DepartmentStore departments;
    private final RightsCache rights;
    private final KeyStore keys;
    private final Passwords passwords;
    private final Secrets secrets;
    private final Ids ids;
    private final Clock clock;

    @Activate
    public CreateUserHandler(
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference RightsCache rights,
            @Reference KeyStore keys,
            @Reference Passwords passwords,
            @Reference Secrets secrets,
            @Reference Ids ids,
            @Reference Clock clock) {
        this.users = users;
        this.departments = departments;
        this.rights = rights;
        this.keys = keys;
        this.passwords = passwords;
        this.secrets = secrets;
        this.ids = ids;
        this.clock = clock;
    }

    @Override
    public Class<CreateUser> handles() {
        return CreateUser.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, CreateUser command, Optional<DepartmentId> department) {
        return List.of(Places.newUser(
                command.username(), UserRefs.department(departments, organization.id(), command.department())));
    }

    @Override
    public Plan<UserCreated> plan(Caller caller, OrganizationView organization, CreateUser command) {
        requireFree(organization, command);
        Rights current = rights.current(organization.id());
        department(caller, organization, command, current, clock.instant());
        responsible(caller, organization, command, current);
        boolean person = command.kind() == UserView.Kind.PERSON;
        Optional<Secret> password = person ? Optional.of(secrets.oneTimePassword()) : Optional.empty();
        Optional<String> hash = password.map(passwords::hash);
        UserId id = ids.user();
        Subject subject = Subject.of("user", id);
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            requireFree(organization, command);
            Optional<DepartmentId> department = department(caller, organization, command, before, change.now());
            UserView made = users.insert(new Account(
                    new UserView(
                            id,
                            command.username(),
                            command.username(),
                            organization.id(),
                            command.email(),
                            department,
                            command.kind(),
                            UserView.State.ACTIVE,
                            person,
                            false,
                            responsible(caller, organization, command, before),
                            Optional.empty(),
                            Optional.empty(),
                            change.now(),
                            change.caller().username(),
                            change.now(),
                            0),
                    hash));
            if (person) {
                keys.had(id, change.caller().user(), change.now());
            }
            change.event(
                    "user.created",
                    subject,
                    Map.of("username", made.username(), "kind", made.kind().name()));
            return new UserCreated(made, password);
        });
    }

    /** The department, when being in it gives nothing that the caller does not hold. */
    private Optional<DepartmentId> department(
            Caller caller, OrganizationView organization, CreateUser command, Rights before, Instant now) {
        Optional<DepartmentId> department = UserRefs.department(departments, organization.id(), command.department());
        department.ifPresent(one -> {
            Holdings.require(caller, before, before.heldBy(one), now);
            if (command.kind() == UserView.Kind.PERSON) {
                Segregation.requireApart(before, before.heldBy(one), now);
            }
        });
        return department;
    }

    /** Who answers for a new service account: the one named, else the maker. */
    private Optional<UserId> responsible(
            Caller caller, OrganizationView organization, CreateUser command, Rights rights) {
        if (command.kind() == UserView.Kind.PERSON) {
            if (command.responsible().isPresent()) {
                throw Problem.MALFORMED.at("/responsible", "A person answers for themself.");
            }
            return Optional.empty();
        }
        if (command.responsible().isPresent()) {
            return Optional.of(UserRefs.responsible(
                    users, organization.id(), rights, command.responsible().get()));
        }
        return Optional.of(caller.user()
                .filter(maker -> Responsible.can(rights, maker))
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/responsible",
                        "Name the person who answers for this service account: its maker is no person of this"
                                + " organization.")));
    }

    private void requireFree(OrganizationView organization, CreateUser command) {
        users.resolve(organization.id(), new Ref(command.username())).ifPresent(taken -> {
            throw Problem.NAME_TAKEN.because(
                    "There is a user %s in %s already.", command.username(), organization.name());
        });
    }
}
