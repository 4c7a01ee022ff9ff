// SPDX-License-Identifier: Apache-2.0
/**
 * The main job on real parts: servers boot on libvirt hosts and talk over OVN networks, made by the whole controller in
 * this process.
 *
 * <p>All tests share one lab of two hosts ({@link org.isthmus.itests.hosts.Lab}) and one controller with two organizations
 * ({@link org.isthmus.itests.hosts.Cloud}). Each makes its own networks and servers, and leaves none behind. What is inside
 * a guest is asked at its serial console ({@link org.isthmus.itests.hosts.Guest}), because a private network has no way in.
 */
package org.isthmus.itests.hosts;
