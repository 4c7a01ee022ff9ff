// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.isthmus.spi.compute.ImageContent.Format;

/** Makes a disk's file in another format. The guest sees the same disk. Thread-safe. */
public interface Conversions {
    /**
     * A file to make out of another.
     *
     * @param source left as it is
     * @param from what the source must be; its bytes are checked, never guessed from
     * @param target appears when it is whole; what was there is replaced
     * @param mostVirtualBytes a larger disk is refused before anything is written
     * @param mostBytes a file that grows beyond that is given up
     * @param longest how long it may take
     */
    record Conversion(
            Path source, Format from, Path target, Format to, long mostVirtualBytes, long mostBytes, Duration longest) {
        /** One whose file may have any size. */
        public Conversion(Path source, Format from, Path target, Format to, long mostVirtualBytes, Duration longest) {
            this(source, from, target, to, mostVirtualBytes, Long.MAX_VALUE, longest);
        }

        public Conversion {
            Objects.requireNonNull(from, "from");
            Objects.requireNonNull(to, "to");
            Objects.requireNonNull(longest, "longest");
            // a relative name could be taken for a protocol's
            source = source.toAbsolutePath().normalize();
            target = target.toAbsolutePath().normalize();
            if (source.equals(target)) {
                throw new IllegalArgumentException("A disk is not converted into its own file.");
            }
        }
    }

    /** Why nothing can be converted here and what to do about it, or empty. */
    Optional<String> unavailable();

    /**
     * Converts, blocking: hours for a large disk. Repeatable from the start; one at a time for each target.
     *
     * @param report takes 0 to 100 as it goes on
     * @return what was made
     * @throws org.isthmus.api.ProblemException NO_CONVERTER where the program is absent; FORMAT when the source is not what it
     *     is said to be, or would make the program read other files; NO_SPACE; TOO_LARGE; CONVERSION with the reason
     * @throws InterruptedException when the thread was interrupted; then nothing is left
     */
    DiskFormat convert(Conversion conversion, IntConsumer report) throws IOException, InterruptedException;

    /** Removes what a conversion into this target left when its process was killed. Absent is done. */
    void clear(Path target) throws IOException;
}
