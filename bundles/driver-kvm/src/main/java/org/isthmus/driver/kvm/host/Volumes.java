// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** Files on the host, in directories that libvirt knows as pools. Works the same for a host far away. */
public interface Volumes {
    /** Makes the pool over a directory, and the directory, unless they are there, and answers with the pool's name. */
    String ensurePool(String name, String path);

    Space space(String pool);

    /** Names of all volumes. */
    List<String> names(String pool);

    Optional<Volume> find(String pool, String name);

    /** The size of the disk that the file at a path describes; empty when no pool knows it. */
    OptionalLong capacityOfPath(String path);

    /** Fails with CONFLICT when there is one of that name. */
    void create(String pool, NewVolume wanted);

    /** Absent is fine. */
    void delete(String pool, String name);

    /** Removes the file at a path if it is a volume of any pool; false when no pool knows it. */
    boolean deletePath(String path);

    /** Grows the file at a path if it is a volume of any pool; false when no pool knows it. */
    boolean resizePath(String path, long bytes);

    /** Writes content from the volume's beginning on; {@code sent} hears how many bytes have gone. */
    void write(String pool, String name, InputStream content, long length, LongConsumer sent) throws IOException;

    byte[] read(String pool, String name, long offset, int length);

    /** The file at a path; empty when no pool knows it. */
    Optional<Volume> findPath(String path);

    /** Bytes of the file at a path, which a pool knows; fewer where it ends. NOT_FOUND when none does. */
    byte[] readPath(String path, long offset, int length);

    /** Looks at the directory again: what others wrote into it becomes visible. */
    void refresh(String pool);

    /** Bytes. */
    record Space(long total, long available) {}

    /**
     * A file.
     *
     * @param capacity the size of the disk it describes
     * @param length of the file itself
     * @param changed when it was last written
     * @param over the path of the file that it lies over
     */
    record Volume(String name, String path, long capacity, long length, Instant changed, Optional<String> over) {}

    /**
     * A volume to make.
     *
     * @param format {@code raw} or {@code qcow2}
     * @param readable by every user of the host: for what many guests share
     */
    record NewVolume(String name, String format, long capacity, boolean readable, Optional<Backing> backing) {}

    record Backing(String path, String format) {}
}
