// SPDX-License-Identifier: Apache-2.0
/**
 * OpenStack: servers by Nova, private networks by Neutron. Classes of jclouds' openstack providers are only here, so that
 * they are looked for only where their fragment is installed.
 */
package org.isthmus.driver.jclouds.openstack;
