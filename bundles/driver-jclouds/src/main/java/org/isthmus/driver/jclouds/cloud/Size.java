// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

/**
 * An instance type.
 *
 * @param diskGiB of its boot disk; 0 where the boot disk has the size that is wished
 */
public record Size(String id, int cpus, long memoryMiB, long diskGiB) {
    /** One of which nothing is known. */
    public static Size unknown(String id) {
        return new Size(id, 1, 1, 0);
    }
}
