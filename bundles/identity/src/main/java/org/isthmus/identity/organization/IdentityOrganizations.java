// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Organizations}: operators see all of them, everybody else their own. */
@Component(service = Organizations.class)
public final class IdentityOrganizations implements Organizations {
    private final IdentityAccess access;
    private final OrganizationStore store;

    @Activate
    public IdentityOrganizations(@Reference IdentityAccess access, @Reference OrganizationStore store) {
        this.access = access;
        this.store = store;
    }

    @Override
    public Page<OrganizationView> list(Caller caller, Query query) {
        if (access.seesAllOrganizations(caller)) {
            return store.list(query);
        }
        OrganizationView own = access.requireMember(caller, Action.ORGANIZATION_READ, Ref.of(caller.organization()));
        // among all, by the same query: filters and cursors are judged alike
        Map<String, String> equal = new java.util.HashMap<>(query.equal());
        if (!equal.getOrDefault("name", own.name().value()).equals(own.name().value())) {
            store.list(new Query(
                    query.equal(), query.tag(), new Page.Request(1, query.page().cursor())));
            return Page.last(java.util.List.of());
        }
        equal.put("name", own.name().value());
        return store.list(new Query(equal, query.tag(), query.page()));
    }

    @Override
    public OrganizationView get(Caller caller, Ref organization) {
        if (access.seesAllOrganizations(caller)) {
            return store.resolve(organization)
                    .orElseThrow(() -> Problem.NOT_FOUND.because(
                            "There is no organization %s here; see GET /api/v1/organizations.", organization));
        }
        return access.requireMember(caller, Action.ORGANIZATION_READ, organization);
    }

    @Override
    public Optional<OrganizationView> find(OrganizationId organization) {
        return store.find(organization);
    }
}
