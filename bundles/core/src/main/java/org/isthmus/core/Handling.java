// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import org.isthmus.api.Caller;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;

/** A handler made of a command's type and a method that plans it. */
public record Handling<C extends Command<R>, R>(Class<C> handles, Planner<C, R> planner)
        implements CommandHandler<C, R> {
    /** Plans one command; see {@link CommandHandler#plan}. */
    @FunctionalInterface
    public interface Planner<C, R> {
        Plan<R> plan(Caller caller, OrganizationView organization, C command);
    }

    @Override
    public Plan<R> plan(Caller caller, OrganizationView organization, C command) {
        return planner.plan(caller, organization, command);
    }
}
