// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Making;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Covered;
import org.isthmus.core.Things;
import org.isthmus.core.limit.Claim;
import org.isthmus.model.Ids.DepartmentId;

/** A caller's right to one command: by grants on the whole organization, or on all that the command names. */
final class Right<R> {
    private final Access access;
    private final Caller caller;
    private final Command<R> command;
    private final Access.Reach reach;
    private final CommandHandler<?, ?> handler;
    /** That of what is made, and those above it, nearest first. */
    private final List<DepartmentId> departments;

    Right(
            Access access,
            Things things,
            Caller caller,
            Command<R> command,
            Access.Reach reach,
            CommandHandler<?, ?> handler) {
        this.access = access;
        this.caller = caller;
        this.command = command;
        this.reach = reach;
        this.handler = handler;
        this.departments = command instanceof Making<?> making ? home(making, things) : List.of();
    }

    Caller caller() {
        return caller;
    }

    Command<R> command() {
        return command;
    }

    OrganizationView organization() {
        return reach.organization();
    }

    /** What is made will belong to it. */
    Optional<DepartmentId> department() {
        return departments.stream().findFirst();
    }

    private List<DepartmentId> home(Making<?> making, Things things) {
        if (making.department().isEmpty() && making.like().isPresent()) {
            return things.find(organization().id(), making.like().get()).stream()
                    .flatMap(source -> source.within().stream())
                    .filter(part -> part.kind().equals("department"))
                    .findFirst()
                    .map(part -> access.departments(organization().id(), new Ref(part.id())))
                    .orElse(List.of());
        }
        Optional<Ref> named = making.department();
        if (named.isPresent()) {
            return access.departments(organization().id(), named.get());
        }
        return caller.organization().equals(organization().id()) ? access.departments(caller) : List.of();
    }

    /** What the plan asks of limits: what is made is paid for by its maker's departments and the one it belongs to. */
    Claim claim(Plan<R> plan) {
        Claim own = Claim.of(access, caller, organization(), plan);
        return command instanceof Making<?> ? own.and(departments) : own;
    }

    /** A department that is named and not one's own must be in reach too. */
    private Optional<Resource> foreign() {
        if (!(command instanceof Making<?> making) || making.department().isEmpty()) {
            return Optional.empty();
        }
        DepartmentId named = departments.get(0);
        boolean own = caller.organization().equals(organization().id())
                && access.departments(caller).contains(named);
        Subject self = Subject.of("department", named);
        return own ? Optional.empty() : Optional.of(new Resource(self, Set.of(self), Optional.empty()));
    }

    /** By what it is allowed, as the audit log has it; NOT_FOUND or FORBIDDEN when something it names is out of reach. */
    String because() {
        return reach.because(touched());
    }

    /** The same in the command's transaction: what it names may have become something else. */
    void again() {
        touched();
    }

    private List<Resource> touched() {
        if (reach.everything()) {
            return List.of();
        }
        List<Resource> all = new ArrayList<>(touches());
        foreign().ifPresent(all::add);
        Covered.require(access, caller, command, reach, all);
        return all;
    }

    @SuppressWarnings("unchecked") // a handler is kept under the class it says it handles
    private List<Resource> touches() {
        return ((CommandHandler<Command<R>, R>) handler).touches(organization(), command, department());
    }
}
