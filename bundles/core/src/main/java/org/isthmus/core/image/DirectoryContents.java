// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.ImageId;

/** Content in a directory: files under the image's id, and for a part a dot and its name. The directory may be shared by several controllers. */
public final class DirectoryContents implements Contents {
    private static final int CHUNK = 1 << 20;
    /** How much may be lost when the power goes during a long part. */
    private static final long SAFE_EVERY = 64L << 20;

    private final Path directory;

    public DirectoryContents(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    private Path path(Item item) {
        return item.part().isEmpty()
                ? directory.resolve(item.image().value())
                : directory.resolve(item.image().value() + "." + item.part());
    }

    @Override
    public long write(Item item, long offset, long length, InputStream source, Safe safe) throws IOException {
        try (FileChannel file = FileChannel.open(path(item), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            if (!lock.isValid() || file.size() < offset) {
                throw new EOFException("The content of image " + item.image() + " ends at " + file.size() + ", before "
                        + offset + ": its file was cut or lost. Delete the image and upload it again.");
            }
            // another controller may have received a part while this one waited for the lock
            safe.upTo(offset);
            file.truncate(offset);
            file.position(offset);
            try {
                return copy(file, offset, length, source, safe);
            } catch (ProblemException noSpace) {
                if (file.size() == 0) {
                    delete(item);
                }
                throw noSpace;
            }
        }
    }

    private static long copy(FileChannel file, long offset, long length, InputStream source, Safe safe)
            throws IOException {
        byte[] chunk = new byte[CHUNK];
        long end = offset + length;
        long at = offset;
        long safeTo = offset;
        try {
            while (at < end) {
                int read = source.read(chunk, 0, (int) Math.min(chunk.length, end - at));
                if (read < 0) {
                    break;
                }
                append(file, ByteBuffer.wrap(chunk, 0, read));
                at += read;
                if (at - safeTo >= SAFE_EVERY) {
                    safeTo = keep(file, at, safe);
                }
            }
        } finally {
            // also when the source broke off: what came is kept, and the next part goes on there
            if (at > safeTo) {
                keep(file, at, safe);
            }
        }
        return at;
    }

    /** All of it or nothing. */
    private static void append(FileChannel file, ByteBuffer bytes) throws IOException {
        long before = file.position();
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            file.truncate(before);
            throw ImageProblem.NO_SPACE.because(
                    "The content could not be written from byte %d on: %s.", before, e.getMessage());
        }
    }

    private static long keep(FileChannel file, long at, Safe safe) throws IOException {
        file.force(true);
        safe.upTo(at);
        return at;
    }

    @Override
    public long free() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public OutputStream append(Item item, long offset) throws IOException {
        FileChannel file = FileChannel.open(path(item), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (file.size() < offset) {
                throw new EOFException(
                        "Only " + file.size() + " bytes are here, and it was to go on at " + offset + ".");
            }
            file.truncate(offset);
            file.position(offset);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return new FilterOutputStream(Channels.newOutputStream(file)) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                // not one by one, as it would
                out.write(bytes, from, length);
            }

            @Override
            public void close() throws IOException {
                try (file) {
                    if (file.isOpen()) {
                        file.force(true);
                    }
                }
            }
        };
    }

    @Override
    public long size(Item item) throws IOException {
        Path path = path(item);
        return Files.exists(path) ? Files.size(path) : 0;
    }

    @Override
    public InputStream open(Item item, long offset) throws IOException {
        FileChannel file = FileChannel.open(path(item), StandardOpenOption.READ);
        try {
            file.position(offset);
            return Channels.newInputStream(file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Optional<Path> file(Item item) {
        return Optional.of(path(item));
    }

    @Override
    public void become(Item item, Item name) throws IOException {
        Files.move(path(item), path(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Item item) throws IOException {
        Files.deleteIfExists(path(item));
    }

    @Override
    public void deleteAll(ImageId image) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, image.value() + "*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public List<ImageId> all() throws IOException {
        Set<ImageId> all = new LinkedHashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ImageId.PREFIX + "_*")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                int end = name.indexOf('.');
                name = end < 0 ? name : name.substring(0, end);
                if (Id.looksLike(ImageId.PREFIX, name)) {
                    all.add(new ImageId(name));
                }
            }
        }
        return List.copyOf(all);
    }
}
