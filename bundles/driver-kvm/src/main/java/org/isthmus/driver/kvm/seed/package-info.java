// SPDX-License-Identifier: Apache-2.0
/**
 * The NoCloud seed: what a guest reads at first boot, on a small read-only disk labelled {@code cidata}. Written here byte
 * by byte, since a host far away has no tools of ours, and no library for it is worth its weight.
 */
package org.isthmus.driver.kvm.seed;
