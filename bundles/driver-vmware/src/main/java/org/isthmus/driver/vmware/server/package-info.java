// SPDX-License-Identifier: Apache-2.0
/** Servers of a vCenter: made from templates or contents, found by the marks they carry, changed by tasks. */
package org.isthmus.driver.vmware.server;
