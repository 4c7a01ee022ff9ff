// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.department;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.organization.Owners;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a department that nobody is in any more, with the grants it was given. */
@Component(service = CommandHandler.class)
public final class DeleteDepartmentHandler implements CommandHandler<DeleteDepartment, DepartmentView> {
    private final DepartmentStore departments;
    private final UserStore users;
    private final GrantStore grants;
    private final RightsCache rights;
    private final Owners owners;

    @Activate
    public DeleteDepartmentHandler(
            @Reference DepartmentStore departments,
            @Reference UserStore users,
            @Reference GrantStore grants,
            @Reference RightsCache rights,
            @Reference Owners owners) {
        this.departments = departments;
        this.users = users;
        this.grants = grants;
        this.rights = rights;
        this.owners = owners;
    }

    @Override
    public Class<DeleteDepartment> handles() {
        return DeleteDepartment.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, DeleteDepartment command, Optional<DepartmentId> department) {
        return departments.resolve(organization.id(), command.department()).stream()
                .map(gone -> Places.of(gone.id()))
                .toList();
    }

    @Override
    public Plan<DepartmentView> plan(Caller caller, OrganizationView organization, DeleteDepartment command) {
        DepartmentView gone = IdentityDepartments.need(departments, organization.id(), command.department());
        requireEmpty(gone);
        Subject subject = Subject.of("department", gone.id());
        return Plan.<DepartmentView>of(subject, change -> {
                    rights.change(organization.id(), change);
                    requireEmpty(gone);
                    departments.delete(organization.id(), gone.id());
                    grants.deleteOf(organization.id(), gone.id().value());
                    grants.deleteOn(organization.id(), subject);
                    change.event(
                            "department.deleted",
                            subject,
                            Map.of("name", gone.name().value()));
                    return gone;
                })
                .destroying();
    }

    private void requireEmpty(DepartmentView gone) {
        departments.firstChild(gone.organization(), gone.id()).ifPresent(child -> {
            throw Problem.IN_USE.because(
                    "The department %s is below %s; move or delete it first.", child.name(), gone.name());
        });
        users.firstIn(gone.organization(), gone.id()).ifPresent(user -> {
            throw Problem.IN_USE.because("The user %s is in %s; move them first.", user.username(), gone.name());
        });
        owners.stillOwned(gone.organization(), gone.id()).ifPresent(things -> {
            throw Problem.IN_USE.because("To %s belong %s still; delete them first.", gone.name(), things);
        });
    }
}
