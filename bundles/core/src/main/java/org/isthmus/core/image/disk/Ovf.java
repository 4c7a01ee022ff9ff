// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.Shape;

/**
 * What an OVF descriptor (DMTF DSP0243, 1.x and 2.x) says of one machine.
 *
 * @param name as it says it, at most 200 characters; may be empty
 * @param disks in the order of the shape's disks, as many
 * @param files every file that it names, the disks' too
 */
public record Ovf(String name, Shape shape, List<OvfDisk> disks, List<OvfFile> files) {
    /** How large a descriptor may be. */
    public static final int MOST = 1 << 20;

    private static final int MOST_NAME = 200;

    public Ovf {
        Objects.requireNonNull(name, "name");
        if (disks.size() != shape.disks().size()) {
            throw new IllegalArgumentException("There is one disk for each of the shape's.");
        }
        disks = List.copyOf(disks);
        files = List.copyOf(files);
        Set<String> names = new HashSet<>();
        for (OvfFile file : files) {
            if (!names.add(file.name())) {
                throw wrong("it names the file " + file.name() + " twice");
            }
        }
    }

    /**
     * A disk.
     *
     * @param file whose content it is; blank when empty
     * @param format what the descriptor calls the content; the content itself is to be looked at
     */
    public record OvfDisk(Optional<String> file, Format format) {}

    /**
     * A file beside the descriptor: a plain name.
     *
     * @param sizeBytes where it is said
     */
    public record OvfFile(String name, OptionalLong sizeBytes) {
        public OvfFile {
            requirePlain(name);
        }
    }

    /** Reads a descriptor. What is no machine of the kind that can be made here is FORMAT. */
    public static Ovf read(byte[] descriptor) {
        return new OvfReader(descriptor).read();
    }

    /**
     * Writes a descriptor: disks on paravirtual SCSI controllers, in order.
     *
     * @param name as people call the machine
     * @param files one for each disk of the shape, with its size, streamOptimized VMDK
     */
    public static byte[] write(String name, Shape shape, List<OvfFile> files) {
        return OvfWriter.write(name, shape, files);
    }

    static String shortened(String name) {
        return name.length() <= MOST_NAME ? name : name.substring(0, MOST_NAME);
    }

    /** Refuses what leads out of the package, or could be taken for something else than a name. */
    static void requirePlain(String name) {
        boolean plain = !name.isEmpty()
                && name.length() <= 255
                && name.charAt(0) != '.'
                && name.charAt(0) != '-'
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
        if (!plain) {
            throw wrong("it names a file that is no plain name beside it");
        }
    }

    static RuntimeException wrong(String why) {
        return ImageProblem.FORMAT.because("The package is none that can be taken: %s.", why);
    }
}
