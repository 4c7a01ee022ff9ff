// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ImageId;

/** Where the content of images is kept. Thread-safe; one image is written by one at a time. */
public interface Contents {
    /** Told how much is safe, now and then while a part is written. */
    @FunctionalInterface
    interface Safe {
        void upTo(long offset) throws IOException;
    }

    /**
     * Writes a part at an offset, in place of whatever was behind it; what is told to {@code safe} survives the loss of
     * power. Ends when {@code length} bytes were read, or the source ended before: then what came is kept.
     *
     * @return where the content ends now
     * @throws IOException when the source fails; what was told safe stays
     * @throws org.isthmus.api.ProblemException NO_SPACE when it cannot be kept; what was told safe stays, and nothing else
     */
    long write(ImageId image, long offset, long length, InputStream source, Safe safe) throws IOException;

    /** How many bytes there is space for. */
    long free() throws IOException;

    /** How much there is. */
    long size(ImageId image) throws IOException;

    /** The content from an offset on; the caller closes it. */
    InputStream open(ImageId image, long offset) throws IOException;

    /** The file, where content is kept in files. */
    Optional<Path> file(ImageId image);

    /** Removes it. Absent is done. */
    void delete(ImageId image) throws IOException;

    /** All images there is any content of. */
    List<ImageId> all() throws IOException;
}
