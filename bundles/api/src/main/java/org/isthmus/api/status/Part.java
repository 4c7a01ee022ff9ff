// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.status;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** A part of the controller that can tell how it is: an OSGi service. Asked often; answers at once from what it knows. */
@ConsumerType
public interface Part {
    List<Report> report();

    /**
     * How one thing is.
     *
     * @param name such as {@code database}, {@code audit}, {@code driver fake}
     * @param needed without it no request can be served
     */
    record Report(String name, boolean up, boolean needed, String detail) {}

    /** Numbers for Prometheus; may be empty. */
    default List<Sample> samples() {
        return List.of();
    }

    /**
     * One number.
     *
     * @param name of the metric, {@code isthmus_} first
     * @param help one sentence
     * @param counter true when it only grows, false for a gauge
     * @param labels alternating names and values
     */
    record Sample(String name, String help, boolean counter, List<String> labels, double value) {
        public Sample {
            labels = List.copyOf(labels);
        }
    }
}
