// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Roles;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.RoleStore;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Roles} for those who may see them. */
@Component(service = Roles.class)
public final class IdentityRoles implements Roles {
    private final IdentityAccess access;
    private final RoleStore store;

    @Activate
    public IdentityRoles(@Reference IdentityAccess access, @Reference RoleStore store) {
        this.access = access;
        this.store = store;
    }

    @Override
    public List<RoleView> all(Caller caller, Ref organization) {
        OrganizationId in =
                access.require(caller, Action.ROLE_READ, organization).id();
        List<RoleView> roles = new ArrayList<>(shipped(in));
        roles.addAll(store.all(in, MOST));
        return roles;
    }

    @Override
    public RoleView get(Caller caller, Ref organization, Ref role) {
        OrganizationId in =
                access.require(caller, Action.ROLE_READ, organization).id();
        return shipped(in).stream()
                .filter(view -> view.id().equals(role.text()))
                .findFirst()
                .or(() -> store.resolve(in, role))
                .orElseThrow(() -> unknown(role));
    }

    private List<RoleView> shipped(OrganizationId in) {
        return Arrays.stream(ShippedRole.values())
                .filter(role -> !role.platformOnly() || in.equals(access.platform()))
                .map(role -> new RoleView(
                        role.key(), role.key(), in, role.actions(), true, Optional.empty(), Optional.empty(), 0))
                .toList();
    }

    static RuntimeException unknown(Ref role) {
        return Problem.NOT_FOUND.because("There is no role %s in this organization; see GET …/roles.", role);
    }

    /** One that the organization made, to be changed. */
    static RoleView own(RoleStore store, OrganizationId organization, Ref role) {
        if (ShippedRole.byKey(role.text()).isPresent()) {
            throw Problem.CONFLICT.because(
                    "The role %s ships with Isthmus and cannot be changed; make one of your own.", role);
        }
        return store.resolve(organization, role).orElseThrow(() -> unknown(role));
    }
}
