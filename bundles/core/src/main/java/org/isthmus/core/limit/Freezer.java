// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.time.Instant;
import java.util.List;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Times;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does by ordinary commands what follows from what is: a limit that is used up is frozen, one that is not is lifted, what runs
 * under a frozen one is stopped. It remembers nothing, so a killed controller has left nothing half done. Protected servers
 * are stopped like all others: protection keeps from deletion, and nothing is deleted here.
 */
final class Freezer {
    private static final Logger LOG = LoggerFactory.getLogger(Freezer.class);
    /** Of one limit in one round; the others follow in the next. */
    private static final int AT_ONCE = 200;

    private final Tx tx;
    private final LimitStore store;

    Freezer(Tx tx, LimitStore store) {
        this.tx = tx;
        this.store = store;
    }

    void tend(Gate gate, Caller system, Instant now) {
        long at = Times.micros(now);
        for (Limit seen : tx.read(store::monthly)) {
            if (seen.freeze().set() && seen.freeze().frozen().isEmpty()) {
                Limit limit = seen.at(at);
                if (limit.freeze().spared() != limit.monthFrom() && usedUp(limit, at)) {
                    submit(gate, system, new FreezeLimit(Ref.of(limit.organization()), Ref.of(limit.id())));
                }
            }
        }
        for (Limit seen : tx.read(store::frozen)) {
            Limit limit = seen.at(at);
            if (limit.freeze().frozen().orElseThrow().alone()
                    && !(limit.freeze().set() && usedUp(limit, at))) {
                submit(gate, system, new UnfreezeLimit(Ref.of(limit.organization()), Ref.of(limit.id())));
            } else {
                for (String server : tx.read(() -> store.running(limit, AT_ONCE))) {
                    submit(gate, system, new StopServer(Ref.of(limit.organization()), new Ref(server), false));
                }
            }
        }
    }

    private boolean usedUp(Limit limit, long at) {
        return limit.usedUp(
                tx.read(() -> store.holds(limit.organization()))
                        .getOrDefault(limit.subject().id(), List.of()),
                at);
    }

    /** Somebody may have been first: what is so is looked at again in the next round. */
    private static void submit(Gate gate, Caller system, Command<?> command) {
        try {
            gate.submit(system, command);
        } catch (ProblemException e) {
            LOG.info("{} is looked at again: {}", command.about(), e.getMessage());
        }
    }
}
