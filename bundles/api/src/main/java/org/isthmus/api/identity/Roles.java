// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.osgi.annotation.versioning.ProviderType;

/** What may be granted: the roles that ship, and those an organization makes itself. */
@ProviderType
public interface Roles {
    /** Most roles that one organization makes. */
    int MOST = 100;

    /** The roles of an organization: those that ship, then its own by name. */
    List<RoleView> all(Caller caller, Ref organization);

    /** One of them, by id or name. NOT_FOUND when there is none. */
    RoleView get(Caller caller, Ref organization, Ref role);

    /**
     * A role.
     *
     * @param id of one that ships, its name
     * @param shipped true when it cannot be changed: then nobody made it, and its version is 0
     */
    record RoleView(
            String id,
            String name,
            OrganizationId organization,
            Set<Action> actions,
            boolean shipped,
            Optional<Instant> createdAt,
            Optional<String> createdBy,
            long version) {
        public RoleView {
            actions = Set.copyOf(actions);
        }
    }

    /** Makes a role. NAME_TAKEN also by one that ships. Making it gives nobody anything yet. */
    record CreateRole(Ref organization, Name name, Set<Action> actions) implements Command<RoleView> {
        public CreateRole {
            actions = checked(actions);
        }

        @Override
        public Action action() {
            return Action.ROLE_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("role", Ref.of(name));
        }
    }

    /**
     * Changes a role, at once for all who hold it; what is absent stays. Nobody adds what they do not hold themselves for as
     * long as those who would get it. CONFLICT for one that ships.
     */
    record ChangeRole(Ref organization, Ref role, long version, Optional<Name> name, Optional<Set<Action>> actions)
            implements Command<RoleView> {
        public ChangeRole {
            actions = actions.map(Roles::checked);
        }

        @Override
        public Action action() {
            return Action.ROLE_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("role", role);
        }
    }

    /** IN_USE while it is granted to somebody; CONFLICT for one that ships. */
    record DeleteRole(Ref organization, Ref role) implements Command<RoleView> {
        @Override
        public Action action() {
            return Action.ROLE_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("role", role);
        }
    }

    /** What can be in a role of an organization: at least one action, none of the platform's, none that all have anyway. */
    private static Set<Action> checked(Set<Action> actions) {
        if (actions.isEmpty()) {
            throw new IllegalArgumentException("A role has at least one action.");
        }
        Set<Action> never = EnumSet.of(Action.OWN_ACCOUNT, Action.DIRECTORY_PROVISION);
        actions.stream().filter(Action::platform).forEach(never::add);
        never.retainAll(actions);
        if (!never.isEmpty()) {
            throw new IllegalArgumentException("No role that is made has "
                    + never.stream().map(Action::key).collect(Collectors.joining(", "))
                    + ": the platform's actions are the operators', own.account everybody has, and directory.provision"
                    + " is what directories do.");
        }
        return Set.copyOf(actions);
    }
}
