// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.department;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
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
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.Versions;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Name;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Renames a department or moves it in the tree. Moving gives its people what those above it hold: no more than the caller does. */
@Component(service = CommandHandler.class)
public final class ChangeDepartmentHandler implements CommandHandler<ChangeDepartment, DepartmentView> {
    private final DepartmentStore departments;
    private final DirectoryStore directories;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public ChangeDepartmentHandler(
            @Reference DepartmentStore departments,
            @Reference DirectoryStore directories,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.departments = departments;
        this.directories = directories;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<ChangeDepartment> handles() {
        return ChangeDepartment.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, ChangeDepartment command, Optional<DepartmentId> department) {
        List<Resource> touched = new ArrayList<>();
        departments
                .resolve(organization.id(), command.department())
                .ifPresent(present -> touched.add(Places.of(present.id())));
        command.parent()
                .ifPresent(to -> touched.add(Places.of(to.flatMap(
                        above -> departments.resolve(organization.id(), above).map(DepartmentView::id)))));
        return touched;
    }

    @Override
    public Plan<DepartmentView> plan(Caller caller, OrganizationView organization, ChangeDepartment command) {
        DepartmentView present = IdentityDepartments.need(departments, organization.id(), command.department());
        Versions.check(command.version(), present.version());
        check(caller, present, command, rights.current(organization.id()), clock.instant());
        Subject subject = Subject.of("department", present.id());
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            Optional<DepartmentId> parent = check(caller, present, command, before, change.now());
            DepartmentView changed = departments.change(
                    organization.id(),
                    present.id(),
                    command.version(),
                    command.name().orElse(present.name()),
                    parent);
            change.event(
                    "department.changed", subject, Map.of("name", changed.name().value()));
            return changed;
        });
    }

    /** The parent it will have, when nothing speaks against the change. */
    private Optional<DepartmentId> check(
            Caller caller, DepartmentView present, ChangeDepartment command, Rights before, Instant now) {
        Name name = command.name().orElse(present.name());
        departments
                .resolve(present.organization(), Ref.of(name))
                .filter(other -> !other.id().equals(present.id()))
                .ifPresent(taken -> {
                    throw Problem.NAME_TAKEN.because("There is a department %s already.", name);
                });
        if (!name.equals(present.name()) && Directory.namesMatter(directories.all(present.organization()))) {
            // people whom a directory says to be of the new name come into it
            Holdings.require(caller, before, before.heldBy(present.id()), now);
        }
        Optional<DepartmentId> parent = command.parent()
                .map(ref -> ref.map(above -> parent(present, above)))
                .orElse(present.parent());
        if (!parent.equals(present.parent())) {
            parent.ifPresent(above -> {
                Tree.requireNoLoop(before, present.id(), above);
                Tree.requireShallow(before, above);
                Holdings.require(caller, before, before.heldBy(above), now);
                // whoever has a grant on those above gets the things of this one
                Holdings.require(caller, before, before.gaining(present.id(), above), now);
            });
            Rights after = before.withParent(present.id(), parent);
            parent.ifPresent(above -> Segregation.requireApart(before, after, present.id(), above, now));
            before.orphaned(after, now).ifPresent(role -> {
                throw IdentityProblem.LAST_ADMINISTRATOR.because(
                        "Afterwards no active person would hold %s for good. Give that role to somebody first.",
                        role.key());
            });
        }
        return parent;
    }

    private DepartmentId parent(DepartmentView present, Ref above) {
        return departments
                .resolve(present.organization(), above)
                .map(DepartmentView::id)
                .orElseThrow(() ->
                        Problem.MALFORMED.at("/parent", "There is no department " + above + " in this organization."));
    }
}
