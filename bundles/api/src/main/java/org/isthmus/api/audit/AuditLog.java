// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.audit;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where facts for the audit log go. Appending inserts an unsequenced entry in the running transaction (or one of its own);
 * a sequencer makes leaves of them within a second.
 */
@ProviderType
public interface AuditLog {
    /** Appends. Joins the transaction that is running on this thread: if that rolls back, so does the entry. */
    AuditEntryId append(Fact fact);

    /** What an entry tells about. */
    enum Kind {
        /** Somebody asked for something that was allowed; the effect follows the commit. */
        ATTEMPT,
        /** How an attempt ended. */
        OUTCOME,
        /** Somebody asked for something that was refused. */
        REFUSED,
        /** Something else that auditors want to know: a login, the log's start and stop, a key change. */
        NOTE
    }

    /** How it ended. */
    enum Result {
        /** Not known yet: an attempt. */
        PENDING,
        SUCCESS,
        FAILURE,
        DENIED
    }

    /**
     * A fact.
     *
     * @param caller who, from where, through which door
     * @param action an action's key, or another name such as {@code session.create}
     * @param organization whose log it belongs to
     * @param subject what it is about
     * @param attempt of an outcome: the entry of its attempt
     * @param because by which grant or policy, or why refused
     * @param data short texts, no secrets
     */
    record Fact(
            Kind kind,
            Caller caller,
            String action,
            OrganizationId organization,
            Subject subject,
            Result result,
            Optional<AuditEntryId> attempt,
            String because,
            Map<String, String> data) {
        public Fact {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(caller, "caller");
            data = Map.copyOf(data);
        }
    }
}
