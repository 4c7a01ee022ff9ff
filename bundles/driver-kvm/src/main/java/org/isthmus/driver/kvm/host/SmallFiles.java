// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;

/** Files small enough to be written within a call. */
public final class SmallFiles {
    private SmallFiles() {}

    /** Writes bytes from a volume's beginning on. */
    public static void write(Volumes volumes, String pool, String name, byte[] content) {
        try {
            volumes.write(pool, name, new ByteArrayInputStream(content), content.length, sent -> {});
        } catch (IOException e) {
            throw new IllegalStateException("Bytes in memory can be read", e);
        }
    }

    /** Makes a file of exactly these bytes, in place of what was there. */
    public static void replace(Volumes volumes, String pool, String name, byte[] content) {
        volumes.delete(pool, name);
        volumes.create(pool, new NewVolume(name, "raw", content.length, false, Optional.empty()));
        write(volumes, pool, name, content);
    }
}
