// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.lease;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.LeaseId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How long servers are wanted, and in which hours; one lease a server. By server. No filters. A lease is named by its id, its
 * server's id or its server's name.
 */
@ProviderType
public interface ServerLeases extends Listing<ServerLeases.LeaseView> {
    /** What becomes of a server when its time is over. */
    enum OnExpiry {
        /** It is stopped, and not started again. */
        STOP,
        /** It is stopped, then deleted: it can be recovered within the policy's {@code deletionGrace}. */
        DELETE
    }

    /** What a lease says: when it ends, what becomes of the server then, and in which hours it is on before. */
    record Terms(Optional<Instant> expiresAt, OnExpiry onExpiry, Optional<Schedule> schedule) {
        public Terms {
            if (expiresAt.isEmpty() && schedule.isEmpty()) {
                throw new IllegalArgumentException("A lease has expiresAt, schedule or both.");
            }
        }
    }

    /**
     * A lease.
     *
     * @param serverName the server's name
     * @param owner on whose behalf it is started and stopped by the schedule: who made or last changed the lease
     * @param expired whether its time is over
     * @param nextOn when the schedule starts it next
     * @param nextOff when the schedule stops it next
     * @param refused why it could not be deleted when its time was over, or not be started or stopped at the last turn
     */
    record LeaseView(
            LeaseId id,
            ServerId server,
            String serverName,
            OrganizationId organization,
            Optional<Instant> expiresAt,
            OnExpiry onExpiry,
            Optional<Schedule> schedule,
            String owner,
            boolean expired,
            Optional<Instant> nextOn,
            Optional<Instant> nextOff,
            Optional<String> refused,
            Instant createdAt,
            String createdBy,
            long version) {}

    /**
     * Gives a server a lease: {@code expiresAt}, {@code schedule} or both. Besides {@code server.change} it needs what will be
     * done: {@code server.stop} or {@code server.delete} for an end, {@code server.delete} to delete then,
     * {@code server.start} and {@code server.stop} for a schedule. CONFLICT when it has one.
     */
    record CreateLease(
            Ref organization, Ref server, Optional<Instant> expiresAt, OnExpiry onExpiry, Optional<Schedule> schedule)
            implements Command<LeaseView> {
        public CreateLease {
            if (expiresAt.isEmpty() && schedule.isEmpty()) {
                throw new IllegalArgumentException("A lease has expiresAt, schedule or both.");
            }
        }

        @Override
        public Action action() {
            return Action.SERVER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("server", server);
        }
    }

    /** Changes it; what is absent stays, what is empty goes. An end in the future makes an expired server startable again. */
    record ChangeLease(
            Ref organization,
            Ref lease,
            long version,
            Optional<Optional<Instant>> expiresAt,
            Optional<OnExpiry> onExpiry,
            Optional<Optional<Schedule>> schedule)
            implements Command<LeaseView> {
        @Override
        public Action action() {
            return Action.SERVER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("lease", lease);
        }
    }

    /** Takes it away: the server stays as it is, for good. */
    record DeleteLease(Ref organization, Ref lease) implements Command<LeaseView> {
        @Override
        public Action action() {
            return Action.SERVER_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("lease", lease);
        }
    }
}
