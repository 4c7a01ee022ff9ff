// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import com.vmware.vim25.VimPortType;

/** One call of the API: {@code port -> port.findByUuid(…)}. Its faults arrive as {@link VimFault}, unchecked. */
@FunctionalInterface
public interface Question<T> {
    // the generated interface declares a hundred checked faults, and throws none of them here
    T of(VimPortType port) throws Exception;
}
