// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.operation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * An operation as it is shown.
 *
 * @param type such as {@code server.deploy}
 * @param step the step it is at, or was at last
 * @param steps all of them in order
 * @param progress 0 to 100
 * @param attempts how often the present step was tried in vain since it last answered
 * @param reason why it waits or failed, with a why-not for each host that was considered
 */
public record OperationView(
        OperationId id,
        OrganizationId organization,
        String type,
        Subject subject,
        OperationState state,
        Optional<String> step,
        List<String> steps,
        int progress,
        int attempts,
        Optional<String> reason,
        Instant createdAt,
        String createdBy,
        Optional<Instant> finishedAt,
        long version) {
    public OperationView {
        steps = List.copyOf(steps);
    }
}
