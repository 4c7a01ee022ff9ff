// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.approval;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Requests that the organization's policy wants a second person for. Each has an operation that waits in
 * {@code WAITING_APPROVAL} and holds what was reserved. When it is approved the gate judges the request again, as its asker's,
 * and the same operation goes on. Filters: {@code state}.
 */
@ProviderType
public interface Approvals extends Listing<Approvals.ApprovalView> {
    /** How long a request waits for a second person. */
    Duration LASTS = Duration.ofDays(7);

    /** What has become of a request. */
    enum State {
        WAITING,
        /** Approved, and about to be carried out. */
        APPROVED,
        /** Carried out; how it ended its operation says. */
        DONE,
        /** Approved, but when it was to be carried out the gate refused it; the operation says why. */
        REFUSED,
        REJECTED,
        /** Its asker cancelled the operation. */
        WITHDRAWN,
        /** Nobody decided in time. */
        EXPIRED
    }

    /**
     * A request.
     *
     * @param action what is to be done
     * @param reasons why a second person is asked, each with the policy's name
     * @param estimate of what the thing will cost
     * @param askedBy the asker's username
     * @param decidedBy who approved or rejected it
     */
    record ApprovalView(
            ApprovalId id,
            OrganizationId organization,
            OperationId operation,
            String action,
            Subject subject,
            List<String> reasons,
            Estimate estimate,
            State state,
            String askedBy,
            Instant expiresAt,
            Optional<String> decidedBy,
            Optional<Instant> decidedAt,
            Optional<String> comment,
            Instant createdAt,
            String createdBy,
            long version) {
        public ApprovalView {
            reasons = List.copyOf(reasons);
        }
    }

    /** Lets it go on: by somebody else than its asker, who may do the same thing themself, or for money set limits. */
    record Approve(Ref organization, ApprovalId approval) implements Command<ApprovalView> {
        @Override
        public Action action() {
            return Action.APPROVAL_DECIDE;
        }

        @Override
        public Subject about() {
            return Subject.of("approval", approval);
        }
    }

    /** Ends it: the operation is cancelled, what was reserved is given back. */
    record Reject(Ref organization, ApprovalId approval, Optional<String> comment) implements Command<ApprovalView> {
        public Reject {
            comment.ifPresent(text -> Texts.checked("comment", text, 500));
        }

        @Override
        public Action action() {
            return Action.APPROVAL_DECIDE;
        }

        @Override
        public Subject about() {
            return Subject.of("approval", approval);
        }
    }
}
