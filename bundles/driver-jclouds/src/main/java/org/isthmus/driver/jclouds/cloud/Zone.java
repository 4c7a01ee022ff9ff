// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

/**
 * A part of the cloud that servers are put into: what the controller takes for a host.
 *
 * @param why it takes no servers now, or nothing
 */
public record Zone(String name, boolean available, String why) {}
