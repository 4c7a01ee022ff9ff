// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.annotation.versioning.ProviderType;

/** Who has which role, where, and from when until when. */
@ProviderType
public interface Grants extends Listing<Grants.GrantView> {
    /** The roles of an organization: those that ship. */
    List<RoleView> roles(Caller caller, Ref organization);

    /** Why a user may or may not do something. */
    AccessView explain(Caller caller, Ref organization, Ref user, Action action, Optional<Subject> resource);

    /**
     * A role.
     *
     * @param shipped true when it cannot be changed
     */
    record RoleView(String id, String name, Set<Action> actions, boolean shipped) {
        public RoleView {
            actions = Set.copyOf(actions);
        }
    }

    /**
     * A grant.
     *
     * @param subject a user or a department
     * @param scope in this version always an organization
     */
    record GrantView(
            GrantId id,
            OrganizationId organization,
            Subject subject,
            String role,
            Subject scope,
            Optional<Instant> from,
            Optional<Instant> until,
            Instant createdAt,
            String createdBy,
            long version) {}

    record AccessView(boolean allowed, List<String> because) {
        public AccessView {
            because = List.copyOf(because);
        }
    }

    /** Gives a role. Nobody grants what they do not hold themselves; FORBIDDEN names what is missing. */
    record CreateGrant(
            Ref organization,
            Subject subject,
            String role,
            Subject scope,
            Optional<Instant> from,
            Optional<Instant> until)
            implements Command<GrantView> {
        public CreateGrant {
            if (from.isPresent() && until.isPresent() && !from.get().isBefore(until.get())) {
                throw new IllegalArgumentException("from is before until.");
            }
        }

        @Override
        public Action action() {
            return Action.GRANT_CREATE;
        }

        @Override
        public Subject about() {
            return subject;
        }
    }

    record DeleteGrant(Ref organization, GrantId grant) implements Command<GrantView> {
        @Override
        public Action action() {
            return Action.GRANT_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("grant", grant);
        }
    }
}
