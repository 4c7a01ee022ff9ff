// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.audit;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/** The audit log as it is read and proved. Reading it is itself an entry. */
@ProviderType
public interface AuditTrail {
    /**
     * Entries of an organization, oldest first. Filters: {@code actor, action, subject, outcome, kind, from, to}, the last
     * two RFC 3339 times, half-open.
     */
    Page<EntryView> entries(Caller caller, Ref organization, Query query);

    /** The newest signed tree head, in the form of a C2SP tlog-checkpoint. */
    String checkpoint(Caller caller);

    /** The hashes that prove that the leaf at {@code index} is in the tree of {@code size} (RFC 6962, 2.1.1), hex. */
    List<String> inclusionProof(Caller caller, long index, long size);

    /** The hashes that prove that the tree of {@code from} leaves is a prefix of that of {@code to} (RFC 6962, 2.1.2). */
    List<String> consistencyProof(Caller caller, long from, long to);

    /** The stored leaf bytes, base64: what the hash is over. */
    String leaf(Caller caller, long index);

    /**
     * An entry as it is shown.
     *
     * @param index place in the whole log; absent for up to a second after it was written
     * @param organizationIndex place among the organization's own entries
     * @param hash of the leaf (RFC 6962), hex
     */
    record EntryView(
            AuditEntryId id,
            Optional<Long> index,
            Optional<Long> organizationIndex,
            Optional<String> hash,
            Instant at,
            AuditLog.Kind kind,
            String actor,
            String door,
            String address,
            String requestId,
            String action,
            OrganizationId organization,
            Subject subject,
            AuditLog.Result outcome,
            Optional<AuditEntryId> attempt,
            String because,
            Map<String, String> data) {
        public EntryView {
            data = Map.copyOf(data);
        }
    }
}
