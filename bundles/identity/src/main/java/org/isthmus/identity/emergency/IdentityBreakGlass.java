// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.emergency;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link BreakGlass} for those who may see it. */
@Component(service = BreakGlass.class)
public final class IdentityBreakGlass implements BreakGlass {
    private final IdentityAccess access;
    private final BreakGlassStore store;
    private final Clock clock;

    @Activate
    public IdentityBreakGlass(
            @Reference IdentityAccess access, @Reference BreakGlassStore store, @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Page<BreakGlassView> list(Caller caller, Ref organization, Query query) {
        return store.list(
                access.require(caller, Action.BREAK_GLASS_READ, organization).id(), query, clock.instant());
    }

    @Override
    public BreakGlassView get(Caller caller, Ref organization, Ref ref) {
        OrganizationView in = access.require(caller, Action.BREAK_GLASS_READ, organization);
        return Optional.of(ref)
                .filter(named -> named.isId(BreakGlassId.PREFIX))
                .map(named -> need(store, in, new BreakGlassId(named.text()), clock.instant())
                        .view())
                .orElseThrow(() -> absent(ref.text()));
    }

    static BreakGlassStore.Kept need(
            BreakGlassStore store, OrganizationView organization, BreakGlassId id, Instant now) {
        return store.find(organization.id(), id, now).orElseThrow(() -> absent(id.value()));
    }

    static ProblemException absent(String id) {
        return Problem.NOT_FOUND.because("There is no break-glass %s in this organization.", id);
    }
}
