// SPDX-License-Identifier: Apache-2.0
/**
 * A jclouds provider of vSphere, {@code vsphere}, for any program that speaks jclouds' ComputeService: machines of templates,
 * on hosts and portgroups. What ComputeService cannot say is reached by unwrapping {@link
 * org.isthmus.driver.vmware.jclouds.VSphereApi}.
 */
package org.isthmus.driver.vmware.jclouds;
