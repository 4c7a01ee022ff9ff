// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;

/** What a plan's effect gets from the gate: who, when, and where to tell. Lives as long as the transaction. */
public interface Change {
    Caller caller();

    /** The organization the command named. */
    OrganizationId organization();

    /** What is made belongs to this department: the one the command names, else the caller's own. */
    Optional<DepartmentId> department();

    /** The moment of the change: one for all rows of it. */
    Instant now();

    /** The audit entry of this attempt: its outcome will refer to it. */
    AuditEntryId attempt();

    /** Writes an event in this transaction; dispatched after the commit. */
    void event(String type, Subject subject, Map<String, String> data);

    /** The operation that waited for a second person and goes on as this command's, if any. */
    default Optional<OperationId> waited() {
        return Optional.empty();
    }

    /** What the audit log tells of the outcome besides: short texts, no secrets. Not of what goes on as an operation. */
    default void note(String name, String value) {
        // who keeps no log has nothing to note
    }

    /** Says that an operation goes on with this: the gate then answers 202 with it, and the outcome comes from it. */
    void operation(OperationId operation);

    /** The operation named, if any. */
    Optional<OperationId> operation();
}
