// SPDX-License-Identifier: Apache-2.0
/**
 * The client of vSphere's SOAP API: TLS, one session for all threads, XML, the property collector, tasks and faults. The
 * generated types of {@code com.vmware.vim25} are its vocabulary; nothing else of their package is used.
 */
package org.isthmus.driver.vmware.vim;
