// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** The departments of an organization. */
public final class DepartmentCommands {
    private DepartmentCommands() {}

    @Service
    @Command(scope = "isthmus", name = "department-list", description = "Lists the departments of an organization")
    public static final class ListDepartments extends OrganizationList.Of<DepartmentView> {
        public ListDepartments() {
            super(Departments.class, "name parent id createdAt");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "department-create", description = "Makes a department")
    public static final class NewDepartment extends OrganizationSubmit<CreateDepartment, DepartmentView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--parent", description = "The department it is part of")
        @Completion(Names.Departments.class)
        private String parent;

        @Override
        protected CreateDepartment command() {
            return new CreateDepartment(organization(), new Name(name), Words.ref(parent));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "department-change", description = "Renames a department, or moves it")
    public static final class ChangeADepartment extends OrganizationSubmit<ChangeDepartment, DepartmentView> {
        @Argument(index = 0, name = "department", required = true, description = "Its id or name")
        @Completion(Names.Departments.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--parent", description = "The department it becomes part of; none: of none")
        @Completion(Names.Departments.class)
        private String parent;

        @Override
        protected ChangeDepartment command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version = with(Departments.class, (all, caller) -> all.get(caller, in, ref))
                    .version();
            Optional<Optional<Ref>> into = Words.refOrNone(parent);
            return new ChangeDepartment(
                    in, ref, version, Optional.ofNullable(name).map(Name::new), into);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "department-delete", description = "Deletes an empty department")
    public static final class RemoveDepartment extends OrganizationSubmit<DeleteDepartment, DepartmentView> {
        @Argument(index = 0, name = "department", required = true, description = "Its id or name")
        @Completion(Names.Departments.class)
        private String which;

        @Override
        protected DeleteDepartment command() {
            return new DeleteDepartment(organization(), new Ref(which));
        }
    }
}
