// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.review;

import java.time.Clock;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.AccessReviews.CloseReview;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.ReviewStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends a review: nothing is decided in it any more. */
@Component(service = CommandHandler.class)
public final class CloseReviewHandler implements CommandHandler<CloseReview, ReviewView> {
    private final ReviewStore store;
    private final Clock clock;

    @Activate
    public CloseReviewHandler(@Reference ReviewStore store, @Reference Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Class<CloseReview> handles() {
        return CloseReview.class;
    }

    @Override
    public Plan<ReviewView> plan(Caller caller, OrganizationView organization, CloseReview command) {
        ReviewView review = IdentityAccessReviews.need(store, organization, command.review(), clock);
        if (review.closedAt().isPresent()) {
            throw closed(review);
        }
        Subject subject = Subject.of("access-review", review.id());
        return Plan.of(subject, change -> {
            if (!store.lock(review.id())) {
                throw closed(review);
            }
            store.close(review.id(), change.caller().username(), change.now());
            ReviewView after = IdentityAccessReviews.need(store, organization, Ref.of(review.id()), clock);
            change.event(
                    "access-review.closed",
                    subject,
                    Map.of("name", review.name().value(), "undecided", Long.toString(after.undecided())));
            return after;
        });
    }

    private static RuntimeException closed(ReviewView review) {
        return Problem.CONFLICT.because("The access review %s is closed already.", review.name());
    }
}
