// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ReviewId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Campaigns in which the grants of one moment are looked at, one after the other, by people who neither gave nor hold them.
 * Filters: {@code name, state}.
 */
@ProviderType
public interface AccessReviews extends Listing<AccessReviews.ReviewView> {
    /** How many grants one review looks at. */
    int MOST_LINES = 20_000;

    /** The grants of a review, in the order in which they were given. Filters: {@code state, subject} (an id). */
    Page<ReviewLineView> lines(Caller caller, Ref organization, Ref review, Query query);

    enum State {
        OPEN,
        CLOSED
    }

    enum LineState {
        /** Nobody has decided. */
        OPEN,
        KEPT,
        REVOKED,
        /** The grant went before anybody decided: taken back, or with whom or what it was of. */
        GONE
    }

    enum Decision {
        KEEP,
        REVOKE
    }

    /**
     * A review.
     *
     * @param scope which grants: of the {@code organization}, to a {@code department} with all in it and below, to a
     *     {@code group}, or of a {@code role}
     * @param reviewers who decides; empty: whoever has {@code review.decide}
     * @param overdue past its time with something undecided
     * @param lines how many grants it looks at
     * @param undecided how many of them wait
     */
    record ReviewView(
            ReviewId id,
            OrganizationId organization,
            Name name,
            Subject scope,
            Set<UserId> reviewers,
            State state,
            Instant dueAt,
            boolean overdue,
            long lines,
            long undecided,
            Optional<Instant> closedAt,
            Optional<String> closedBy,
            Instant createdAt,
            String createdBy,
            long version) {
        public ReviewView {
            reviewers = Set.copyOf(reviewers);
        }
    }

    /**
     * A grant as it was when the review began, and what was decided.
     *
     * @param subjectName what the subject was called
     * @param actions what the role allowed
     * @param changed the role allows something else by now
     */
    record ReviewLineView(
            GrantId grant,
            Subject subject,
            String subjectName,
            String role,
            Set<Action> actions,
            Subject scope,
            Optional<Instant> from,
            Optional<Instant> until,
            Instant grantedAt,
            String grantedBy,
            boolean changed,
            LineState state,
            Optional<String> reason,
            Optional<String> decidedBy,
            Optional<Instant> decidedAt) {
        public ReviewLineView {
            actions = Set.copyOf(actions);
        }
    }

    /**
     * Begins a review of the grants there are now.
     *
     * @param scope its kind is {@code organization}, {@code department}, {@code group} or {@code role}
     */
    record CreateReview(Ref organization, Name name, Subject scope, List<Ref> reviewers, Instant dueAt)
            implements Command<ReviewView> {
        public CreateReview {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(dueAt, "dueAt");
            reviewers = List.copyOf(reviewers);
            if (reviewers.size() > 50) {
                throw new IllegalArgumentException("At most 50 reviewers are named; name none for all who may decide.");
            }
        }

        @Override
        public Action action() {
            return Action.REVIEW_MANAGE;
        }

        @Override
        public Subject about() {
            return new Subject("access-review", name.value());
        }
    }

    /** Keeps a grant, or takes it back. */
    record DecideLine(Ref organization, Ref review, GrantId grant, Decision decision, String reason)
            implements Command<ReviewLineView> {
        public DecideLine {
            Objects.requireNonNull(decision, "decision");
            Texts.checked("reason", reason, 500);
            if (reason.isBlank()) {
                throw new IllegalArgumentException("reason says why.");
            }
        }

        @Override
        public Action action() {
            return Action.REVIEW_DECIDE;
        }

        @Override
        public Subject about() {
            return Subject.of("grant", grant);
        }
    }

    /** Ends a review; what nobody decided stays so, and is to be seen. */
    record CloseReview(Ref organization, Ref review) implements Command<ReviewView> {
        @Override
        public Action action() {
            return Action.REVIEW_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("access-review", review);
        }
    }

    /** Tells once that a review is past its time with something undecided: asked by the clock, of nobody else. */
    record TellOverdue(Ref organization, ReviewId review) implements Command<ReviewView> {
        @Override
        public Action action() {
            return Action.REVIEW_MANAGE;
        }

        @Override
        public Subject about() {
            return Subject.of("access-review", review);
        }
    }
}
