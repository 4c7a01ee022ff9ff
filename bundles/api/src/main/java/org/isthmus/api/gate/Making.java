// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;

/**
 * A command that makes something which belongs to a department, and stays so.
 *
 * @param <R> what is shown when it was accepted
 */
public interface Making<R> extends Command<R> {
    /** The department as named; empty means that of {@link #like}, or else the caller's own, if they have one. */
    Optional<Ref> department();

    /** The thing it is made of, where it is to belong to that one's department, or like that one to none. */
    default Optional<Subject> like() {
        return Optional.empty();
    }
}
