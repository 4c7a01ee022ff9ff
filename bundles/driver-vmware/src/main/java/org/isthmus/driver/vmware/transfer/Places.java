// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import org.isthmus.driver.vmware.vim.Talk;

/** Says where templates are made; it may ask the vCenter. */
@FunctionalInterface
public interface Places {
    Place forTemplates(Talk talk);
}
