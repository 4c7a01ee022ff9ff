// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;

/**
 * A wish to change something: a record that cannot be invalid in itself. Whether it may and can be done is for the gate.
 *
 * @param <R> what is shown when it was accepted
 */
public interface Command<R> {
    /** What the caller must be allowed to do. */
    Action action();

    /** In whose organization; {@link Ref#PLATFORM} for what belongs to the platform. */
    Ref organization();

    /** What it is about, as far as the wish itself says: for the audit log. */
    Subject about();
}
