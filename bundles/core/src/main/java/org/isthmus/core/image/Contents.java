// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.image.Images.Format;
import org.isthmus.model.Ids.ImageId;

/** Where the content of images is kept. Thread-safe; one image is written by one at a time. */
public interface Contents {
    /**
     * One content of an image.
     *
     * @param part empty for what was uploaded; else what it is, such as {@code 1.QCOW2}
     */
    record Item(ImageId image, String part) {
        private static final Pattern FORM = Pattern.compile("[0-9A-Za-z.-]{0,60}");

        public Item {
            if (!FORM.matcher(part).matches()) {
                throw new IllegalArgumentException("No part of an image is called " + part + ".");
            }
        }

        static Item uploaded(ImageId image) {
            return new Item(image, "");
        }

        /** A disk's content in a format. */
        static Item of(ImageId image, int disk, Format format) {
            return new Item(image, disk + "." + format);
        }

        /** What becomes this one when it is whole. */
        Item unfinished() {
            return new Item(image, part + ".unfinished");
        }
    }

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
    long write(Item item, long offset, long length, InputStream source, Safe safe) throws IOException;

    /** How many bytes there is space for. */
    long free() throws IOException;

    /**
     * Where to write on from an offset, in place of whatever was behind it; what was written before it is closed is safe. At
     * most the present size; 0 begins it.
     */
    OutputStream append(Item item, long offset) throws IOException;

    /** How much there is; 0 when there is nothing. */
    long size(Item item) throws IOException;

    /** The content from an offset on; the caller closes it. */
    InputStream open(Item item, long offset) throws IOException;

    /** The file, where content is kept in files. */
    Optional<Path> file(Item item);

    /** Gives a content its name, in place of what had it. */
    void become(Item item, Item name) throws IOException;

    /** Removes it. Absent is done. */
    void delete(Item item) throws IOException;

    /** Removes all of an image's. Absent is done. */
    void deleteAll(ImageId image) throws IOException;

    /** All images there is any content of. */
    List<ImageId> all() throws IOException;
}
