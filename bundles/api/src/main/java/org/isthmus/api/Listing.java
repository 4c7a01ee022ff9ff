// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import org.isthmus.model.Page;

/**
 * The reading side of a kind of thing: queries do not pass the gate, but show only what the caller may see.
 *
 * @param <V> the view
 */
public interface Listing<V> {
    /**
     * A page, newest last unless the domain says otherwise.
     *
     * @throws ProblemException NOT_FOUND when the caller is no member, FORBIDDEN when a right is missing, MALFORMED for a
     *     filter or cursor that cannot be
     */
    Page<V> list(Caller caller, Ref organization, Query query);

    /** One, by id or name. NOT_FOUND when it is not there, is another's, or the caller is no member. */
    V get(Caller caller, Ref organization, Ref ref);
}
