// SPDX-License-Identifier: Apache-2.0
/**
 * A libvirt host as this driver needs it: its domains, volumes and consoles as a few plain questions and deeds ({@link
 * org.isthmus.driver.kvm.host.Hypervisor}), and what is decided per host: acceleration, where files lie, base images.
 *
 * <p>The real one speaks to libvirt; tests of the driver's own logic use one in memory that can be made to crash between any
 * two deeds.
 */
package org.isthmus.driver.kvm.host;
