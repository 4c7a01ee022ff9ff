// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.Approvals.ApprovalView;
import org.isthmus.api.approval.Approvals.State;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * A request as it is kept.
 *
 * @param command as a text; empty once it is over
 * @param money whether money is among the reasons
 */
record Request(
        ApprovalId id,
        OrganizationId organization,
        OperationId operation,
        String action,
        Subject subject,
        Caller asker,
        String commandType,
        String command,
        List<String> reasons,
        Estimate estimate,
        boolean money,
        State state,
        Instant expiresAt,
        Optional<String> decidedBy,
        Optional<Instant> decidedAt,
        Optional<String> comment,
        Instant createdAt,
        long version) {
    ApprovalView view() {
        return new ApprovalView(
                id,
                organization,
                operation,
                action,
                subject,
                reasons,
                estimate,
                state,
                asker.username(),
                expiresAt,
                decidedBy,
                decidedAt,
                comment,
                createdAt,
                asker.username(),
                version);
    }
}
