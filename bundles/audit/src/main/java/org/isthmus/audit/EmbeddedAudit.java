// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.identity.Access;
import org.isthmus.model.Ids;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** The audit log without a container: for tests and for programs that want the whole controller in one process. */
public final class EmbeddedAudit implements AutoCloseable {
    private final Audit audit;

    private EmbeddedAudit(Audit audit) {
        this.audit = audit;
    }

    /**
     * The log on an embedded database, its keys in a directory. Sequencing begins with {@link #start}.
     */
    public static EmbeddedAudit open(EmbeddedDatabase database, Clock clock, Ids ids, Path keys) {
        Settings settings = new Settings(
                "isthmus-audit", keys.resolve("audit-key.p12"), keys.resolve("audit-key.password"), 1000, 60);
        return new EmbeddedAudit(new Audit(database.tx(), database.leases(), clock, ids, settings));
    }

    /** Who may read it; and begins to sequence. */
    public void start(Access access) {
        audit.bindAccess(access, Map.of());
        audit.start();
    }

    public AuditLog log() {
        return audit;
    }

    public AuditTrail trail() {
        return audit;
    }

    @Override
    public void close() {
        audit.stop();
    }
}
