// SPDX-License-Identifier: Apache-2.0
/**
 * libvirt through JNA: the raw mapping of {@code org.libvirt:libvirt} with the calls it lacks, one table from libvirt's
 * errors to ours, connections with their own I/O threads, and bounded waits.
 *
 * <p>Only the raw mapping of that library is used, not its object layer: its objects close connections in finalizers, which
 * would block the JVM's finalizer thread for good when a host has vanished. libvirt's event loop, which is global to the
 * process, is not used either; {@link org.isthmus.driver.kvm.libvirt.Link} says what takes its place.
 */
package org.isthmus.driver.kvm.libvirt;
