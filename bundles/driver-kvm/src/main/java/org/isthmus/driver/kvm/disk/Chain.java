// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.isthmus.driver.kvm.disk.Layer.Bytes;
import org.isthmus.driver.kvm.disk.Layer.Holds;
import org.isthmus.driver.kvm.disk.Layer.Piece;
import org.isthmus.spi.DriverException;

/** A disk as its guest sees it: an overlay, what that lies over, and so on. Not thread-safe. */
public final class Chain {
    private static final int MOST_LAYERS = 64;

    private final List<Layer> layers;

    private Chain(List<Layer> layers) {
        this.layers = layers;
    }

    /** A file of the chain. */
    public record File(Bytes bytes, long length) {
        /** Reads it by this. */
        public static File of(java.util.function.BiFunction<Long, Integer, byte[]> read, long length) {
            return new File(read::apply, length);
        }
    }

    /**
     * Opens the files of a disk.
     *
     * @param format of the first: {@code qcow2} or {@code raw}
     * @param snapshot the name of one within the first; as it is now when empty
     * @param files opens a file by its path
     */
    public static Chain open(String path, String format, Optional<String> snapshot, Function<String, File> files) {
        List<Layer> layers = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Optional<Qcow2Layer.Backing> next = Optional.of(new Qcow2Layer.Backing(path, format));
        Optional<String> at = snapshot;
        while (next.isPresent()) {
            Qcow2Layer.Backing here = next.get();
            if (!seen.add(here.path())
                    || layers.size() == MOST_LAYERS
                    || !here.path().startsWith("/")) {
                throw new DriverException(
                        DriverException.Kind.INVALID, "What the disk lies over cannot be followed: " + here.path());
            }
            File file = files.apply(here.path());
            switch (here.format()) {
                case "raw" -> {
                    layers.add(Layer.raw(file.bytes(), file.length()));
                    next = Optional.empty();
                }
                case "qcow2" -> {
                    Qcow2Layer layer = Qcow2Layer.open(file.bytes(), at);
                    layers.add(layer);
                    next = layer.backing();
                }
                default -> throw new DriverException(
                        DriverException.Kind.INVALID,
                        "The disk lies in a file of the format \"" + here.format() + "\"; qcow2 and raw are read.");
            }
            at = Optional.empty();
        }
        return new Chain(layers);
    }

    /** What the guest sees. */
    public long size() {
        return layers.get(0).size();
    }

    /** A piece, and the layer that has it. */
    private record Seen(Layer layer, Piece piece) {
        boolean content() {
            return piece.holds() == Holds.DATA || piece.holds() == Holds.PACKED;
        }
    }

    private Seen at(long place, long most) {
        long length = most;
        for (Layer layer : layers) {
            if (place >= layer.size()) {
                break;
            }
            Piece piece = layer.at(place, length);
            length = piece.length();
            if (piece.holds() != Holds.ABSENT) {
                return new Seen(layer, piece);
            }
        }
        // an overlay may have grown beyond what it lies over
        for (Layer layer : layers) {
            if (place < layer.size()) {
                length = Math.min(length, layer.size() - place);
            }
        }
        return new Seen(layers.get(0), Piece.of(Holds.ZERO, length));
    }

    /** Tells every stretch that is not known to be zero, from front to end: its place and length. */
    void content(BiConsumer<Long, Long> told) {
        long place = 0;
        while (place < size()) {
            Seen seen = at(place, size() - place);
            if (seen.content()) {
                told.accept(place, seen.piece().length());
            }
            place += seen.piece().length();
        }
    }

    /** What the guest sees from a place on; zero behind the disk's end. */
    byte[] read(long place, int length) {
        ByteBuffer all = ByteBuffer.allocate(length);
        long end = Math.min(size(), place + length);
        long here = place;
        while (here < end) {
            Seen first = at(here, end - here);
            Piece whole = first.piece();
            // neighbours in the file are read at once
            while (whole.holds() == Holds.DATA && here + whole.length() < end) {
                Seen next = at(here + whole.length(), end - here - whole.length());
                boolean neighbour = next.layer() == first.layer()
                        && next.piece().holds() == Holds.DATA
                        && next.piece().at() == whole.at() + whole.length();
                if (!neighbour) {
                    break;
                }
                whole = Piece.data(whole.at(), whole.length() + next.piece().length());
            }
            if (first.content()) {
                all.put(Math.toIntExact(here - place), first.layer().read(whole));
            }
            here += whole.length();
        }
        return all.array();
    }
}
