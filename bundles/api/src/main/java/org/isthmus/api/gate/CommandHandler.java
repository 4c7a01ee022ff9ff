// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import org.isthmus.api.Caller;
import org.isthmus.api.organization.OrganizationView;

/**
 * Knows how to carry out one type of command. An OSGi service; the gate finds it by {@link #handles}. Stateless.
 *
 * @param <C> the command
 * @param <R> what is shown
 */
public interface CommandHandler<C extends Command<R>, R> {
    Class<C> handles();

    /**
     * Checks the state and says what would be done. Called after access was given and outside any transaction; changes
     * nothing. Throws the problem when it cannot be done, with what is in the way.
     *
     * @param organization the one the command names, resolved
     */
    Plan<R> plan(Caller caller, OrganizationView organization, C command);
}
