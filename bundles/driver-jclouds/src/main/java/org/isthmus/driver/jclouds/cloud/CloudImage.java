// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

/**
 * An image of the cloud.
 *
 * @param minDiskGiB the smallest boot disk it fits on; 0 where the cloud does not say
 */
public record CloudImage(String ref, String name, long minDiskGiB) {}
