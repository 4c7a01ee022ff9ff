// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.util.Arrays;
import java.util.List;

/** What one round of a measurement gave. */
final class Samples {
    private final long[] nanos;
    private final long wallNanos;
    private final double clientMicros;
    private final double serverMicros;

    /**
     * A round.
     *
     * @param nanos how long each single thing took
     * @param wallNanos how long the round took
     * @param clientMicros CPU of the client for each thing, in µs
     * @param serverMicros CPU of the controller's process for each thing, in µs; 0 where it is this process
     */
    Samples(long[] nanos, long wallNanos, double clientMicros, double serverMicros) {
        if (nanos.length == 0) {
            throw new IllegalArgumentException("A round measured nothing");
        }
        this.nanos = nanos.clone();
        Arrays.sort(this.nanos);
        this.wallNanos = wallNanos;
        this.clientMicros = clientMicros;
        this.serverMicros = serverMicros;
    }

    /** The same things, where the round ended only after so long. */
    Samples lasting(long nanosInAll) {
        return new Samples(nanos, nanosInAll, clientMicros, serverMicros);
    }

    double clientMicros() {
        return clientMicros;
    }

    double serverMicros() {
        return serverMicros;
    }

    double perSecond() {
        return nanos.length / (wallNanos / 1e9);
    }

    /** The time within which this share of the things was done. */
    double nanosAt(double share) {
        return nanos[(int) Math.min(nanos.length - 1L, Math.round(share * (nanos.length - 1)))];
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
