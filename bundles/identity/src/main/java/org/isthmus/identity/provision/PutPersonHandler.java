// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.store.Versions;
import org.isthmus.identity.user.Removal;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes or changes a person as their directory knows them. */
@Component(service = CommandHandler.class)
public final class PutPersonHandler implements CommandHandler<PutPerson, UserView> {
    private final Told told;
    private final UserStore users;
    private final DepartmentStore departments;
    private final Removal removal;
    private final RightsCache rights;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public PutPersonHandler(
            @Reference Told told,
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference Removal removal,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.told = told;
        this.users = users;
        this.departments = departments;
        this.removal = removal;
        this.rights = rights;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<PutPerson> handles() {
        return PutPerson.class;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, PutPerson command) {
        UserId id = command.user().orElseGet(ids::user);
        wanted(caller, organization, command, id, rights.current(organization.id()), clock.instant());
        Subject subject = Subject.of("user", id);
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            UserView wanted = wanted(caller, organization, command, id, before, change.now());
            boolean active = wanted.state() == UserView.State.ACTIVE;
            UserView after;
            if (command.user().isPresent()) {
                Set<ShippedRole> inCharge = before.inCharge(change.now());
                after = users.told(organization.id(), wanted, command.version());
                if (!active) {
                    removal.shutOut(organization.id(), id);
                }
                Told.tellOrphan(change, organization, inCharge, rights.current(organization.id()));
            } else {
                after = users.insert(new Account(wanted, Optional.empty()));
            }
            change.event(
                    command.user().isPresent() ? "user.changed" : "user.created",
                    subject,
                    Map.of("username", after.username(), "state", after.state().name()));
            return after;
        });
    }

    /** The person as they will be, when nothing speaks against it. */
    private UserView wanted(
            Caller caller, OrganizationView organization, PutPerson command, UserId id, Rights before, Instant now) {
        DirectoryView directory = told.directory(caller, organization.id(), command.directory());
        Optional<UserView> present = command.user().map(user -> told.person(directory, user));
        present.ifPresent(user -> command.version().ifPresent(version -> Versions.check(version, user.version())));
        PersonData data = command.data();
        requireFree(organization, directory, id, data);
        Optional<DepartmentId> department = Directory.ownsDepartments(directory)
                ? department(organization, data, present)
                : present.flatMap(UserView::department);
        boolean blocked =
                present.flatMap(UserView::kept).map(UserView.Kept::blocked).orElse(false);
        boolean active = data.active() && !blocked;
        if (present.isPresent()) {
            Rights after = before.withUser(id, department, active);
            Segregation.requireApart(before, after, id, now);
            if (active && present.get().state() == UserView.State.DISABLED) {
                Segregation.requireApart(after, after.heldBy(id), now);
            }
        } else {
            department.ifPresent(one -> Segregation.requireApart(before, before.heldBy(one), now));
        }
        return new UserView(
                id,
                data.username(),
                data.username(),
                organization.id(),
                data.email(),
                department,
                UserView.Kind.PERSON,
                active ? UserView.State.ACTIVE : UserView.State.DISABLED,
                false,
                present.map(UserView::secondFactor).orElse(false),
                Optional.empty(),
                data.displayName(),
                Optional.of(new UserView.Kept(
                        directory.id(),
                        data.nameThere(),
                        data.externalId(),
                        data.givenName(),
                        data.familyName(),
                        data.department(),
                        data.active(),
                        blocked)),
                present.map(UserView::createdAt).orElse(now),
                present.map(UserView::createdBy).orElse(caller.username()),
                now,
                present.map(UserView::version).orElse(0L));
    }

    private void requireFree(OrganizationView organization, DirectoryView directory, UserId id, PersonData data) {
        users.resolve(organization.id(), new Ref(data.username()))
                .filter(taken -> !taken.id().equals(id))
                .ifPresent(taken -> {
                    throw Problem.NAME_TAKEN.because(
                            "There is a user %s in %s already.", data.username(), organization.name());
                });
        data.externalId()
                .flatMap(external -> users.external(organization.id(), directory.id(), external))
                .filter(taken -> !taken.id().equals(id))
                .ifPresent(taken -> {
                    throw Problem.NAME_TAKEN.because(
                            "The directory %s has a person of that external id already: %s.",
                            directory.name(), taken.username());
                });
    }

    /** Whoever leaves is shut out, also when the directory names a department that is not here. */
    private Optional<DepartmentId> department(
            OrganizationView organization, PersonData data, Optional<UserView> present) {
        if (data.department().isEmpty()) {
            return Optional.empty();
        }
        String name = Directory.department(data.department().get());
        Optional<DepartmentId> department = Optional.of(name)
                .filter(one -> !one.isEmpty())
                .flatMap(one -> departments.resolve(organization.id(), new Ref(one)))
                .map(DepartmentView::id);
        if (department.isEmpty() && data.active()) {
            throw Problem.MALFORMED.at(
                    "/department",
                    "There is no department " + name
                            + " in this organization: make it first, or let the directory's"
                            + " setting departments be IGNORE.");
        }
        return department.or(() -> present.flatMap(UserView::department));
    }
}
