// SPDX-License-Identifier: Apache-2.0
/**
 * Disks in and out of a vCenter: leases and streamOptimized VMDK over HTTPS, templates made of images, servers and templates
 * read out. What a transfer makes below for its own sake is found again by its name alone.
 */
package org.isthmus.driver.vmware.transfer;
