// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Listing;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.osgi.annotation.versioning.ProviderType;

/** The departments of an organization: a tree. */
@ProviderType
public interface Departments extends Listing<Departments.DepartmentView> {
    record DepartmentView(
            DepartmentId id,
            Name name,
            OrganizationId organization,
            Optional<DepartmentId> parent,
            Instant createdAt,
            String createdBy,
            long version) {}

    record CreateDepartment(Ref organization, Name name, Optional<Ref> parent) implements Command<DepartmentView> {
        @Override
        public Action action() {
            return Action.DEPARTMENT_CREATE;
        }

        @Override
        public Subject about() {
            return Subject.of("department", Ref.of(name));
        }
    }

    /** What is absent stays; a department never becomes its own ancestor. */
    record ChangeDepartment(
            Ref organization, Ref department, long version, Optional<Name> name, Optional<Optional<Ref>> parent)
            implements Command<DepartmentView> {
        @Override
        public Action action() {
            return Action.DEPARTMENT_CHANGE;
        }

        @Override
        public Subject about() {
            return Subject.of("department", department);
        }
    }

    /** IN_USE while it has users or departments. */
    record DeleteDepartment(Ref organization, Ref department) implements Command<DepartmentView> {
        @Override
        public Action action() {
            return Action.DEPARTMENT_DELETE;
        }

        @Override
        public Subject about() {
            return Subject.of("department", department);
        }
    }
}
