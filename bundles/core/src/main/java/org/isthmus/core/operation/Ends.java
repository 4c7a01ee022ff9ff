// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.isthmus.model.Ids.OperationId;

/** Who waits for which operation's end: each is told of its own and of no other. Thread-safe; nothing is kept of who left. */
final class Ends {
    private final Map<OperationId, Set<Waiting>> waiting = new HashMap<>();

    /** From now on an end of this operation is heard; until it is closed. */
    Waiting waiting(OperationId operation) {
        Waiting made = new Waiting(operation);
        synchronized (waiting) {
            waiting.computeIfAbsent(operation, id -> new HashSet<>()).add(made);
        }
        return made;
    }

    /** The operation has ended. */
    void tell(OperationId operation) {
        synchronized (waiting) {
            waiting.getOrDefault(operation, Set.of()).forEach(each -> each.told.countDown());
        }
    }

    /** How many operations are waited for. */
    int size() {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    /** One who waits. */
    final class Waiting implements AutoCloseable {
        private final OperationId operation;
        private final CountDownLatch told = new CountDownLatch(1);

        private Waiting(OperationId operation) {
            this.operation = operation;
        }

        /**
         * Waits until the end was told, or for so long: afterwards whoever waited looks for himself.
         *
         * @return false when this thread was interrupted, which it then still is
         */
        boolean await(long nanos) {
            try {
                told.await(nanos, TimeUnit.NANOSECONDS);
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        @Override
        public void close() {
            synchronized (waiting) {
                waiting.computeIfPresent(operation, (id, all) -> {
                    all.remove(this);
                    return all.isEmpty() ? null : all;
                });
            }
        }
    }
}
