// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

/**
 * An exception that can tell that it will pass: the database is busy or away, and the same request can succeed in a moment.
 * Where a request enters it becomes {@link Problem#UNAVAILABLE} with Retry-After, and not something that broke.
 */
public interface Passing {
    /** True when the same request can succeed a little later. */
    boolean passing();
}
