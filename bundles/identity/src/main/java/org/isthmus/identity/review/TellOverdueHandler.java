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
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.TellOverdue;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.ReviewStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Tells, once, that a review is past its time with something undecided. */
@Component(service = CommandHandler.class)
public final class TellOverdueHandler implements CommandHandler<TellOverdue, ReviewView> {
    private final ReviewStore store;
    private final Clock clock;

    @Activate
    public TellOverdueHandler(@Reference ReviewStore store, @Reference Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Class<TellOverdue> handles() {
        return TellOverdue.class;
    }

    @Override
    public Plan<ReviewView> plan(Caller caller, OrganizationView organization, TellOverdue command) {
        ReviewView review = IdentityAccessReviews.need(store, organization, Ref.of(command.review()), clock);
        Subject subject = Subject.of("access-review", review.id());
        return Plan.of(subject, change -> {
            if (clock.instant().isBefore(review.dueAt()) || !store.told(review.id())) {
                throw Problem.CONFLICT.because("The access review %s is not overdue, or that was told.", review.name());
            }
            if (review.undecided() > 0) {
                change.event(
                        "access-review.overdue",
                        subject,
                        Map.of(
                                "name",
                                review.name().value(),
                                "undecided",
                                Long.toString(review.undecided()),
                                "dueAt",
                                review.dueAt().toString()));
            }
            return review;
        });
    }
}
