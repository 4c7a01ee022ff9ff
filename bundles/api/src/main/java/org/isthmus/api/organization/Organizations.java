// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.organization;

import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.Texts;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.Users.FirstAdministrator;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/** Organizations: operators see all, everybody else their own. */
@ProviderType
public interface Organizations {
    Page<OrganizationView> list(Caller caller, Query query);

    OrganizationView get(Caller caller, Ref organization);

    /** For the system itself, past any visibility. */
    Optional<OrganizationView> find(OrganizationId organization);

    /**
     * What else an organization may own: implemented by whoever keeps such things, asked before one is deleted, or a
     * department of it, and where a grant names a thing. An OSGi service.
     */
    interface Owned {
        /** The first things of it that are still there, in words such as "3 servers"; empty when none. */
        Optional<String> stillOwned(OrganizationId organization);

        /** The same of a department of it. */
        default Optional<String> stillOwned(OrganizationId organization, DepartmentId department) {
            return Optional.empty();
        }

        /** A thing of it as grants see it, named by id or name; empty when this one keeps no such thing. */
        default Optional<Resource> find(OrganizationId organization, Subject thing) {
            return Optional.empty();
        }
    }

    /** An organization that was made, and its first administrator with a password shown once. */
    record OrganizationCreated(OrganizationView organization, Optional<UserCreated> administrator) {}

    record CreateOrganization(
            Name name,
            Optional<String> displayName,
            Optional<Ref> parent,
            Optional<Policy> policy,
            Optional<FirstAdministrator> administrator)
            implements Command<OrganizationCreated> {
        public CreateOrganization {
            displayName.ifPresent(text -> Texts.checked("displayName", text, 200));
        }

        @Override
        public Action action() {
            return Action.ORGANIZATION_CREATE;
        }

        @Override
        public Ref organization() {
            return Ref.PLATFORM;
        }

        @Override
        public Subject about() {
            return Subject.of("organization", Ref.of(name));
        }
    }

    record ChangeOrganization(Ref organization, long version, Optional<String> displayName)
            implements Command<OrganizationView> {
        public ChangeOrganization {
            displayName.ifPresent(text -> Texts.checked("displayName", text, 200));
        }

        @Override
        public Action action() {
            return Action.ORGANIZATION_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("organization", organization);
        }
    }

    /** Replaces the whole policy. */
    record SetPolicy(Ref organization, long version, Policy policy) implements Command<OrganizationView> {
        @Override
        public Action action() {
            return Action.POLICY_SET;
        }

        @Override
        public Subject about() {
            return Subject.of("organization", organization);
        }
    }

    /** Deletes an organization that owns nothing any more, with its users. */
    record DeleteOrganization(Ref which) implements Command<OrganizationView> {
        @Override
        public Action action() {
            return Action.ORGANIZATION_DELETE;
        }

        @Override
        public Ref organization() {
            return Ref.PLATFORM;
        }

        @Override
        public Subject about() {
            return Subject.of("organization", which);
        }
    }
}
