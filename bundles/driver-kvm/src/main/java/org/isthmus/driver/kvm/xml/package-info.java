// SPDX-License-Identifier: Apache-2.0
/**
 * The XML that libvirt and this driver exchange: domains, devices, volumes, pools, snapshots, and the mark this driver
 * leaves on what it made. Written and read as trees, never by pasting text, so that nothing a customer names can become
 * markup.
 */
package org.isthmus.driver.kvm.xml;
