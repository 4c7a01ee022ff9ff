// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.Progress;

/** One change asked of a driver, said as often as need be: {@code (driver, call) -> driver.create(call, spec)}. */
@FunctionalInterface
public interface Wish<D extends Driver, T> {
    Progress<T> say(D driver, Call call);
}
