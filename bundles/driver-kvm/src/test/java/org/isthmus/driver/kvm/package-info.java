// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of the KVM driver. Those called {@code …RealIT} need a libvirt: set {@code isthmus.kvm.uri} (and {@code
 * isthmus.kvm.image}, a bootable qcow2), or they say why they were skipped.
 */
package org.isthmus.driver.kvm;
