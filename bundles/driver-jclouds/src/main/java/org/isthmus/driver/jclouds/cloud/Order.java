// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.util.List;
import java.util.Map;
import org.isthmus.spi.compute.ServerSpec;

/**
 * A machine to make.
 *
 * @param key the same for the same wish and for no other, at most 64 characters: for clouds that make one thing for it, ever
 * @param tags to be written onto it in the step that makes it, where the cloud can
 * @param ports ids of ports of the cloud's own networks, in order
 */
public record Order(
        ServerSpec spec, String key, Map<String, String> tags, Size size, CloudImage image, List<String> ports) {
    public Order {
        tags = Map.copyOf(tags);
        ports = List.copyOf(ports);
    }
}
