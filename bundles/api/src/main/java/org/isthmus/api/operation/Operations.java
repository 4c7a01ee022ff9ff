// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.operation;

import java.time.Duration;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.OperationId;
import org.osgi.annotation.versioning.ProviderType;

/** Operations of an organization, newest first. Filters: {@code state}, {@code type}, {@code subject}. */
@ProviderType
public interface Operations extends Listing<OperationView> {
    /** One by id alone: its organization is its own. NOT_FOUND when the caller may not see it. */
    OperationView get(Caller caller, OperationId operation);

    /**
     * Waits until it has ended, or as long as said (0 to 300 s), and shows it as it is then. Blocks the calling thread.
     */
    OperationView await(Caller caller, OperationId operation, Duration longest);

    /**
     * Cancels what can still be cancelled: its done steps are undone. CONFLICT when it has ended or cannot go back.
     *
     * @param organization the operation's own
     */
    record CancelOperation(Ref organization, OperationId operation) implements Command<OperationView> {
        @Override
        public Action action() {
            return Action.OPERATION_CANCEL;
        }

        @Override
        public Subject about() {
            return Subject.of("operation", operation);
        }
    }
}
