// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.department;

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
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes a department, on its own or below another. */
@Component(service = CommandHandler.class)
public final class CreateDepartmentHandler implements CommandHandler<CreateDepartment, DepartmentView> {
    private final DepartmentStore departments;
    private final DirectoryStore directories;
    private final RightsCache rights;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateDepartmentHandler(
            @Reference DepartmentStore departments,
            @Reference DirectoryStore directories,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.departments = departments;
        this.directories = directories;
        this.rights = rights;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateDepartment> handles() {
        return CreateDepartment.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, CreateDepartment command, Optional<DepartmentId> department) {
        return List.of(Places.of(command.parent()
                .flatMap(above -> departments.resolve(organization.id(), above).map(DepartmentView::id))));
    }

    @Override
    public Plan<DepartmentView> plan(Caller caller, OrganizationView organization, CreateDepartment command) {
        check(caller, organization, command, rights.current(organization.id()), clock.instant());
        DepartmentId id = ids.department();
        Subject subject = Subject.of("department", id);
        return Plan.of(subject, change -> {
            Optional<DepartmentId> parent =
                    check(caller, organization, command, rights.change(organization.id(), change), change.now());
            DepartmentView made = departments.insert(new DepartmentView(
                    id,
                    command.name(),
                    organization.id(),
                    parent,
                    change.now(),
                    change.caller().username(),
                    0));
            change.event(
                    "department.created", subject, Map.of("name", made.name().value()));
            return made;
        });
    }

    /** The parent, when the name is free and the tree does not grow too deep. */
    private Optional<DepartmentId> check(
            Caller caller, OrganizationView organization, CreateDepartment command, Rights before, Instant now) {
        departments.resolve(organization.id(), Ref.of(command.name())).ifPresent(taken -> {
            throw Problem.NAME_TAKEN.because(
                    "There is a department %s in %s already.", command.name(), organization.name());
        });
        Optional<DepartmentId> parent = command.parent().map(ref -> departments
                .resolve(organization.id(), ref)
                .map(DepartmentView::id)
                .orElseThrow(() ->
                        Problem.MALFORMED.at("/parent", "There is no department " + ref + " in this organization.")));
        parent.ifPresent(above -> Tree.requireShallow(before, above));
        if (Directory.namesMatter(directories.all(organization.id()))) {
            // people whom a directory says to be of that name come into it, and get what those above it hold
            parent.ifPresent(above -> Holdings.require(caller, before, before.heldBy(above), now));
        }
        return parent;
    }
}
