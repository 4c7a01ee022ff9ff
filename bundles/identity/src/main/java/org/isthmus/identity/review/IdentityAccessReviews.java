// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.review;

import java.time.Clock;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link AccessReviews} for those who may see reviews. */
@Component(service = AccessReviews.class)
public final class IdentityAccessReviews implements AccessReviews {
    private final IdentityAccess access;
    private final ReviewStore store;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public IdentityAccessReviews(
            @Reference IdentityAccess access,
            @Reference ReviewStore store,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Page<ReviewView> list(Caller caller, Ref organization, Query query) {
        return store.list(
                access.require(caller, Action.REVIEW_READ, organization).id(), query, clock.instant());
    }

    @Override
    public ReviewView get(Caller caller, Ref organization, Ref review) {
        return need(store, access.require(caller, Action.REVIEW_READ, organization), review, clock);
    }

    @Override
    public Page<ReviewLineView> lines(Caller caller, Ref organization, Ref review, Query query) {
        OrganizationView in = access.require(caller, Action.REVIEW_READ, organization);
        Rights now = rights.current(in.id());
        return store.lines(need(store, in, review, clock).id(), query).map(line -> shown(line, now));
    }

    static ReviewView need(ReviewStore store, OrganizationView organization, Ref review, Clock clock) {
        return store.resolve(organization.id(), review, clock.instant())
                .orElseThrow(
                        () -> Problem.NOT_FOUND.because("There is no access review %s in this organization.", review));
    }

    /** A line, and whether its role allows something else by now. */
    static ReviewLineView shown(ReviewStore.Line line, Rights now) {
        ReviewLineView view = line.view();
        boolean changed =
                !now.role(line.role()).map(Role::actions).orElse(Set.of()).equals(view.actions());
        return new ReviewLineView(
                view.grant(),
                view.subject(),
                view.subjectName(),
                view.role(),
                view.actions(),
                view.scope(),
                view.from(),
                view.until(),
                view.grantedAt(),
                view.grantedBy(),
                changed,
                view.state(),
                view.reason(),
                view.decidedBy(),
                view.decidedAt());
    }
}
