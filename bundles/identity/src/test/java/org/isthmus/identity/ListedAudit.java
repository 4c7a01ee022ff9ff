// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.isthmus.api.Problem;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.store.Tx;

/** An audit log that is a list: an entry counts once its transaction has committed. Fails when told to. */
public final class ListedAudit implements AuditLog {
    private final Tx tx;
    private final Ids ids;
    private final List<Fact> facts = new CopyOnWriteArrayList<>();
    private volatile boolean failing;

    ListedAudit(Tx tx, Ids ids) {
        this.tx = tx;
        this.ids = ids;
    }

    public void failing(boolean now) {
        failing = now;
    }

    public List<Fact> facts() {
        return List.copyOf(facts);
    }

    public List<Fact> factsOf(String organization, Estate estate) {
        return facts.stream()
                .filter(fact -> estate.identity()
                        .organizations()
                        .find(fact.organization())
                        .filter(view -> view.name().value().equals(organization))
                        .isPresent())
                .toList();
    }

    @Override
    public AuditEntryId append(Fact fact) {
        if (failing) {
            throw Problem.UNAVAILABLE.because("The audit log is full.");
        }
        tx.afterCommit(() -> facts.add(fact));
        return ids.auditEntry();
    }
}
