// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.isthmus.core.image.disk.Ovf.wrong;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.spi.compute.Shape;

/**
 * Reads an OVA: a machine in one file, its descriptor first, then its manifest of checksums and its disks (DSP0243, 5.3).
 * {@link PackedOva} writes one.
 */
public final class Ova {
    private static final int MOST_MANIFEST = 1 << 20;
    private static final int CHUNK = 1 << 16;
    private static final Pattern LINE = Pattern.compile("(SHA1|SHA256|SHA512)\\s*\\((.+)\\)\\s*=\\s*([0-9a-fA-F]+)");

    private Ova() {}

    /**
     * What is taken at most.
     *
     * @param packageBytes of all files together
     * @param virtualBytes of all disks together, as the guest sees them
     */
    public record Limits(long packageBytes, long virtualBytes) {}

    /** Where disks go while the package is read. Nothing of it counts before {@link Ova#read} has come to its end. */
    @FunctionalInterface
    public interface Disks {
        /**
         * Takes a disk's content.
         *
         * @param place of the disk in the shape
         */
        OutputStream open(Ovf machine, int place, long sizeBytes) throws IOException;
    }

    /**
     * Reads a package from front to end, once. Its checksums are compared where it has a manifest; a disk that is missing,
     * there twice, too large, or not spoken of is FORMAT.
     */
    public static Ovf read(InputStream ova, Limits limits, Disks disks) throws IOException {
        return new Reading(new TarReader(ova), limits, disks).read();
    }

    private static final class Reading {
        private final TarReader tar;
        private final Limits limits;
        private final Disks disks;
        /** Digests by file, by algorithm: which one the manifest has is not known before. */
        private final Map<String, Map<String, String>> digests = new LinkedHashMap<>();

        private Optional<Map<String, String[]>> manifest = Optional.empty();
        private boolean signed;
        private long total;

        Reading(TarReader tar, Limits limits, Disks disks) {
            this.tar = tar;
            this.limits = limits;
            this.disks = disks;
        }

        Ovf read() throws IOException {
            TarReader.Entry first = tar.next().orElseThrow(() -> wrong("it is empty"));
            Ovf.requirePlain(first.name());
            if (!first.name().toLowerCase(Locale.ROOT).endsWith(".ovf")) {
                throw wrong("it does not begin with its descriptor");
            }
            Ovf machine = Ovf.read(small(first, Ovf.MOST));
            long virtual = machine.shape().disks().stream()
                    .mapToLong(Shape.ShapeDisk::virtualSizeBytes)
                    .reduce(0, Math::addExact);
            if (virtual > limits.virtualBytes()) {
                throw wrong("its disks have " + virtual + " bytes, more than is allowed");
            }
            Map<String, Integer> places = new HashMap<>();
            for (int place = 0; place < machine.disks().size(); place++) {
                int here = place;
                machine.disks().get(place).file().ifPresent(file -> places.put(file, here));
            }
            for (Optional<TarReader.Entry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                take(machine, places, entry.get());
            }
            for (OvfFile file : machine.files()) {
                if (!digests.containsKey(file.name())) {
                    throw wrong("the file " + file.name() + " is missing in it");
                }
            }
            manifest.ifPresent(this::compare);
            return machine;
        }

        private void take(Ovf machine, Map<String, Integer> places, TarReader.Entry entry) throws IOException {
            String name = entry.name();
            Ovf.requirePlain(name);
            String lower = name.toLowerCase(Locale.ROOT);
            Optional<OvfFile> named = machine.files().stream()
                    .filter(file -> file.name().equals(name))
                    .findFirst();
            if (digests.containsKey(name)) {
                throw wrong("the file " + name + " is in it twice");
            }
            if (named.isPresent()) {
                OptionalLong size = named.get().sizeBytes();
                if (size.isPresent() && size.getAsLong() != entry.size()) {
                    throw wrong("the file " + name + " has another size than its descriptor says");
                }
                Optional<Integer> place = Optional.ofNullable(places.get(name));
                try (OutputStream out = place.isPresent()
                        ? disks.open(machine, place.get(), entry.size())
                        : OutputStream.nullOutputStream()) {
                    copy(entry, out);
                }
            } else if (lower.endsWith(".mf") && manifest.isEmpty()) {
                manifest = Optional.of(lines(new String(small(entry, MOST_MANIFEST), StandardCharsets.UTF_8)));
            } else if (lower.endsWith(".cert") && !signed) {
                // who signed it is nobody we know; the manifest has what is compared
                signed = true;
                small(entry, MOST_MANIFEST);
            } else {
                throw wrong("the file " + name + " is in it, and nothing speaks of it");
            }
        }

        private byte[] small(TarReader.Entry entry, int most) throws IOException {
            if (entry.size() > most) {
                throw wrong("the file " + entry.name() + " in it is too large");
            }
            java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
            copy(entry, bytes);
            return bytes.toByteArray();
        }

        private void copy(TarReader.Entry entry, OutputStream out) throws IOException {
            if (entry.size() > limits.packageBytes() - total) {
                throw wrong("its files have more than " + limits.packageBytes() + " bytes");
            }
            total += entry.size();
            // until the manifest is known, whichever it may want
            List<String> algorithms = manifest.map(lines -> lines.get(entry.name()))
                    .map(line -> List.of(line[0]))
                    .orElse(List.of("SHA1", "SHA256", "SHA512"));
            Map<String, MessageDigest> running = new HashMap<>();
            algorithms.forEach(algorithm -> running.put(algorithm, digest(algorithm)));
            InputStream content = tar.content();
            byte[] chunk = new byte[CHUNK];
            for (int got = content.read(chunk); got >= 0; got = content.read(chunk)) {
                for (MessageDigest digest : running.values()) {
                    digest.update(chunk, 0, got);
                }
                out.write(chunk, 0, got);
            }
            Map<String, String> ended = new HashMap<>();
            running.forEach(
                    (algorithm, digest) -> ended.put(algorithm, HexFormat.of().formatHex(digest.digest())));
            digests.put(entry.name(), ended);
        }

        private void compare(Map<String, String[]> lines) {
            digests.forEach((name, is) -> {
                String lower = name.toLowerCase(Locale.ROOT);
                if (lower.endsWith(".mf") || lower.endsWith(".cert")) {
                    return;
                }
                String[] line = Optional.ofNullable(lines.get(name))
                        .orElseThrow(() -> wrong("its manifest does not speak of the file " + name));
                if (!line[1].equals(is.get(line[0]))) {
                    throw wrong("the file " + name + " has another checksum than the manifest says");
                }
            });
        }
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.replace("SHA", "SHA-"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("The JDK has " + algorithm, e);
        }
    }

    /** Algorithm and checksum by file. */
    private static Map<String, String[]> lines(String manifest) {
        Map<String, String[]> lines = new HashMap<>();
        for (String text : manifest.split("\\R")) {
            Matcher line = LINE.matcher(text.strip());
            if (line.matches()) {
                String[] said = {line.group(1), line.group(3).toLowerCase(Locale.ROOT)};
                if (lines.put(line.group(2), said) != null) {
                    throw wrong("its manifest speaks of a file twice");
                }
            } else if (!text.isBlank()) {
                throw wrong("its manifest has a line that is not understood");
            }
        }
        return lines;
    }
}
