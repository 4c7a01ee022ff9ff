// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.seed;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ServerSpec.Seed;

/** A server's seed as the image of a disk. The same texts and time give the same bytes. */
public final class SeedImage {
    /** cloud-init looks for a file system of this label. */
    private static final String LABEL = "cidata";

    private static final int LARGEST = 1 << 20;

    private SeedImage() {}

    /**
     * Writes the image.
     *
     * @throws DriverException INVALID when a text is larger than 1 MiB
     */
    public static byte[] of(Seed seed, Instant now) {
        List<IsoImage.Entry> entries = new ArrayList<>();
        entries.add(entry("meta-data", seed.metaData()));
        if (!seed.networkConfig().isBlank()) {
            // an empty one would keep cloud-init from configuring the network by DHCP
            entries.add(entry("network-config", seed.networkConfig()));
        }
        entries.add(entry("user-data", seed.userData()));
        if (!seed.vendorData().isBlank()) {
            entries.add(entry("vendor-data", seed.vendorData()));
        }
        return IsoImage.of(LABEL, entries, now);
    }

    private static IsoImage.Entry entry(String name, String text) {
        IsoImage.Entry entry = new IsoImage.Entry(name, text);
        if (entry.content().length > LARGEST) {
            throw new DriverException(
                    Kind.INVALID,
                    "The server's " + name + " has " + entry.content().length + " bytes; 1 MiB is the most.");
        }
        return entry;
    }
}
