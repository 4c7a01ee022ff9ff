// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Resource;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.model.Ids.DepartmentId;

/** A handler made of a command's type, a method that plans it and one that says what it names. */
public record Handling<C extends Command<R>, R>(Class<C> handles, Planner<C, R> planner, Toucher<C> toucher)
        implements CommandHandler<C, R> {
    /** Of what only rights on the whole organization reach. */
    public Handling(Class<C> handles, Planner<C, R> planner) {
        this(handles, planner, (organization, command, department) -> List.of(Resource.WHOLE_ORGANIZATION));
    }

    /** Plans one command; see {@link CommandHandler#plan}. */
    @FunctionalInterface
    public interface Planner<C, R> {
        Plan<R> plan(Caller caller, OrganizationView organization, C command);
    }

    /** Says what one command names; see {@link CommandHandler#touches}. */
    @FunctionalInterface
    public interface Toucher<C> {
        List<Resource> touches(OrganizationView organization, C command, Optional<DepartmentId> department);
    }

    @Override
    public Plan<R> plan(Caller caller, OrganizationView organization, C command) {
        return planner.plan(caller, organization, command);
    }

    @Override
    public List<Resource> touches(OrganizationView organization, C command, Optional<DepartmentId> department) {
        return toucher.touches(organization, command, department);
    }
}
