// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.Organizations.Owned;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Everybody who keeps things of organizations, asked before one is deleted. */
@Component(service = Owners.class)
public final class Owners {
    private final List<Owned> all = new CopyOnWriteArrayList<>();

    @Activate
    public Owners() {
        // they come and go by bind and unbind
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bindOwned(Owned owned) {
        all.add(owned);
    }

    public void unbindOwned(Owned owned) {
        all.remove(owned);
    }

    /** What of a department is still there. */
    public Optional<String> stillOwned(OrganizationId organization, DepartmentId department) {
        return all.stream()
                .flatMap(owned -> owned.stillOwned(organization, department).stream())
                .findFirst();
    }

    /** A thing as grants see it, by id or name, of whoever keeps it. */
    public Optional<Resource> find(OrganizationId organization, Subject thing) {
        return all.stream()
                .flatMap(owned -> owned.find(organization, thing).stream())
                .findFirst();
    }

    /** What is still owned, of everybody who keeps something. */
    Optional<String> stillOwned(OrganizationId organization) {
        List<String> things = all.stream()
                .flatMap(owned -> owned.stillOwned(organization).stream())
                .toList();
        return things.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", things));
    }
}
