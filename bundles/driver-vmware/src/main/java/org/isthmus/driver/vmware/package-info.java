// SPDX-License-Identifier: Apache-2.0
/**
 * The driver type {@code vmware}: servers and networks of a vCenter. Everything foreign it needs is locked inside this
 * bundle, and nothing is exported.
 */
package org.isthmus.driver.vmware;
