// SPDX-License-Identifier: Apache-2.0
/**
 * Disks as they lie in files: what a guest sees of an overlay and what it lies over, now or at a snapshot, and the same
 * written as one qcow2 file. libvirt reads files and has no word for this; so nothing is made on the host for it.
 */
package org.isthmus.driver.kvm.disk;
