// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.image.disk.DiskFormat;

/** Converts by writing down what was to be converted to what, behind the content: as quick as a test wants it. */
public final class CopyingConversions implements Conversions {
    private volatile boolean refusing;
    private final AtomicInteger conversions = new AtomicInteger();

    /** From now on nothing can be converted. */
    public void refuse() {
        refusing = true;
    }

    /** How many were made. */
    public int conversions() {
        return conversions.get();
    }

    @Override
    public Optional<String> unavailable() {
        return Optional.empty();
    }

    @Override
    public DiskFormat convert(Conversion wish, IntConsumer report) throws IOException {
        if (refusing) {
            throw ImageProblem.CONVERSION.because("It is refused.");
        }
        report.accept(50);
        Path unfinished = wish.target().resolveSibling(wish.target().getFileName() + ".converting");
        byte[] content = Files.readAllBytes(wish.source());
        Files.write(unfinished, content);
        Files.write(
                unfinished,
                (" made " + wish.to() + " of " + wish.from()).getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.APPEND);
        Files.move(unfinished, wish.target(), StandardCopyOption.REPLACE_EXISTING);
        conversions.incrementAndGet();
        return new DiskFormat(wish.to(), content.length);
    }

    @Override
    public void clear(Path target) throws IOException {
        Files.deleteIfExists(target.resolveSibling(target.getFileName() + ".converting"));
    }
}
