// SPDX-License-Identifier: Apache-2.0
/**
 * Servers on one libvirt host: making, finding and removing them, their power, devices, snapshots, console and counters.
 * All a server needs remembered is written onto it ({@link org.isthmus.driver.kvm.xml.ServerMark}); a call that was cut off
 * anywhere is finished by saying it again.
 */
package org.isthmus.driver.kvm.server;
