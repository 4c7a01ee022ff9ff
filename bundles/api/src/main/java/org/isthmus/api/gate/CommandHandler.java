// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Resource;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.model.Ids.DepartmentId;

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

    /**
     * Everything the command names, as grants see it: asked when the caller's right does not reach the whole organization,
     * before the plan and again in its transaction. A grant must cover each. What is not there is not in the list: the plan
     * says so.
     *
     * @param department what is made will belong to, if to any
     */
    default List<Resource> touches(OrganizationView organization, C command, Optional<DepartmentId> department) {
        return List.of(Resource.WHOLE_ORGANIZATION);
    }
}
