// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.department;

import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Departments} for those who may see the organization. */
@Component(service = Departments.class)
public final class IdentityDepartments implements Departments {
    private final IdentityAccess access;
    private final DepartmentStore store;

    @Activate
    public IdentityDepartments(@Reference IdentityAccess access, @Reference DepartmentStore store) {
        this.access = access;
        this.store = store;
    }

    @Override
    public Page<DepartmentView> list(Caller caller, Ref organization, Query query) {
        return store.list(organization(caller, organization), query);
    }

    @Override
    public DepartmentView get(Caller caller, Ref organization, Ref department) {
        return need(store, organization(caller, organization), department);
    }

    /** Whoever may see a part of the organization sees how it is divided. */
    private OrganizationId organization(Caller caller, Ref organization) {
        return access.reach(caller, Action.ORGANIZATION_READ, organization)
                .organization()
                .id();
    }

    static DepartmentView need(DepartmentStore store, OrganizationId organization, Ref department) {
        return store.resolve(organization, department)
                .orElseThrow(
                        () -> Problem.NOT_FOUND.because("There is no department %s in this organization.", department));
    }
}
