// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Responsible;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.store.Versions;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Changes, moves, disables or enables a user. Moving somebody into a department and enabling somebody gives them rights:
 * only such as the caller holds.
 */
@Component(service = CommandHandler.class)
public final class ChangeUserHandler implements CommandHandler<ChangeUser, UserView> {
    private final UserStore users;
    private final DepartmentStore departments;
    private final DirectoryStore directories;
    private final SessionStore sessions;
    private final RightsCache rights;
    private final KeyStore keys;
    private final Bearers bearers;
    private final Clock clock;

    @Activate
    public ChangeUserHandler(
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference DirectoryStore directories,
            @Reference SessionStore sessions,
            @Reference RightsCache rights,
            @Reference KeyStore keys,
            @Reference Bearers bearers,
            @Reference Clock clock) {
        this.users = users;
        this.departments = departments;
        this.directories = directories;
        this.sessions = sessions;
        this.rights = rights;
        this.keys = keys;
        this.bearers = bearers;
        this.clock = clock;
    }

    @Override
    public Class<ChangeUser> handles() {
        return ChangeUser.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, ChangeUser command, Optional<DepartmentId> department) {
        List<Resource> touched = new ArrayList<>(UserRefs.touched(users, organization.id(), command.user()));
        command.department()
                .ifPresent(to -> touched.add(Places.newUser(
                        command.user().text(), UserRefs.department(departments, organization.id(), to))));
        return touched;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, ChangeUser command) {
        UserView user = UserRefs.need(users, organization.id(), command.user());
        Versions.check(command.version(), user.version());
        user.kept().ifPresent(kept -> requireOurs(user, kept, command));
        Rights current = rights.current(organization.id());
        check(caller, organization, user, command, current, clock.instant());
        responsible(caller, organization, user, command, current, clock.instant());
        Subject subject = Subject.of("user", user.id());
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            Optional<DepartmentId> department = check(caller, organization, user, command, before, change.now());
            Optional<UserId> responsible = responsible(caller, organization, user, command, before, change.now());
            UserView.State state = command.state().orElse(user.state());
            UserView changed = users.change(
                    organization.id(),
                    user.id(),
                    command.version(),
                    command.email().orElse(user.email()),
                    department,
                    state,
                    command.state().map(UserView.State.DISABLED::equals),
                    responsible,
                    change.now());
            if (state == UserView.State.DISABLED) {
                sessions.deleteOf(organization.id(), user.id(), Optional.empty());
                bearers.forgetAfterCommit(organization.id(), user.id());
            }
            // whoever answered for it until now could still act as it
            user.responsible().ifPresent(until -> keys.had(user.id(), Optional.of(until), change.now()));
            change.event(
                    "user.changed",
                    subject,
                    Map.of(
                            "username",
                            changed.username(),
                            "state",
                            changed.state().name()));
            return changed;
        });
    }

    /** KEPT_ELSEWHERE for what only their directory changes. To disable somebody here as well is always possible. */
    private void requireOurs(UserView user, UserView.Kept kept, ChangeUser command) {
        if (command.email().filter(email -> !email.equals(user.email())).isPresent()) {
            throw KeptElsewhere.problem(directories, user, "The e-mail address");
        }
        if (command.department().isPresent() && KeptElsewhere.department(directories, user)) {
            throw KeptElsewhere.problem(directories, user, "The department");
        }
        if (command.state().filter(UserView.State.ACTIVE::equals).isPresent() && !kept.active()) {
            throw KeptElsewhere.problem(directories, user, "The state");
        }
    }

    /**
     * Who answers for a service account afterwards. Naming somebody in place of one who is gone lets its tokens
     * work again: like enabling it, only for who holds what it holds.
     */
    private Optional<UserId> responsible(
            Caller caller,
            OrganizationView organization,
            UserView user,
            ChangeUser command,
            Rights before,
            Instant now) {
        if (command.responsible().isEmpty()) {
            return user.responsible();
        }
        if (user.kind() == UserView.Kind.PERSON) {
            throw Problem.MALFORMED.at("/responsible", "A person answers for themself.");
        }
        UserId person = UserRefs.responsible(
                users, organization.id(), before, command.responsible().get());
        if (user.responsible().filter(old -> !Responsible.can(before, old)).isPresent()) {
            Holdings.require(caller, before, before.heldBy(user.id()), now);
        }
        return Optional.of(person);
    }

    /** Refuses what would leave nobody in charge or give too much; tells the department the user will be in. */
    private Optional<DepartmentId> check(
            Caller caller,
            OrganizationView organization,
            UserView user,
            ChangeUser command,
            Rights before,
            Instant now) {
        Optional<DepartmentId> department = command.department()
                .map(ref -> UserRefs.department(departments, organization.id(), ref))
                .orElse(user.department());
        boolean active = command.state().orElse(user.state()) == UserView.State.ACTIVE;
        Rights after = before.withUser(user.id(), department, active);
        UserRefs.refuseOrphan(before.orphaned(after, now));
        if (!department.equals(user.department())) {
            department.ifPresent(one -> Holdings.require(caller, before, before.heldBy(one), now));
        }
        if (active && user.state() == UserView.State.DISABLED) {
            Holdings.require(caller, before, after.heldBy(user.id()), now);
        }
        Segregation.requireApart(before, after, user.id(), now);
        if (active && user.state() == UserView.State.DISABLED && user.kind() == UserView.Kind.PERSON) {
            // nobody was looked at who was disabled when grants were given to their department
            Segregation.requireApart(after, after.heldBy(user.id()), now);
        }
        return department;
    }
}
