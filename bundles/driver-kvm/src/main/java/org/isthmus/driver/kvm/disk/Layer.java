// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.disk;

import java.util.Arrays;
import org.isthmus.spi.DriverException;

/** One file of a disk: an overlay, or what it lies over. */
interface Layer {
    /** A file's bytes, wherever it is. Short where the file ends. */
    @FunctionalInterface
    interface Bytes {
        byte[] read(long offset, int length);
    }

    /** Size of the disk that this layer describes. */
    long size();

    /** What it holds at a place, and for how long that goes on: at least one byte, at most as asked. */
    Piece at(long place, long most);

    /** The bytes of a piece that holds data. */
    byte[] read(Piece piece);

    /** What a layer can hold. */
    enum Holds {
        DATA,
        /** Said to be zero, whatever is below. */
        ZERO,
        /** Whatever is below. */
        ABSENT,
        /** A whole cluster, packed. */
        PACKED
    }

    /**
     * A stretch of a layer.
     *
     * @param at where it lies in the file, for DATA; where its packed cluster lies, for PACKED
     * @param skip how much of the unpacked cluster comes before
     * @param packed length of the packed cluster
     */
    record Piece(Holds holds, long length, long at, int skip, int packed) {
        static Piece of(Holds holds, long length) {
            return new Piece(holds, length, 0, 0, 0);
        }

        static Piece data(long at, long length) {
            return new Piece(Holds.DATA, length, at, 0, 0);
        }
    }

    /** As long as asked, with zeros for what is behind the file's end. */
    static byte[] full(Bytes file, long at, int length) {
        if (at < 0) {
            throw new DriverException(DriverException.Kind.INVALID, "The disk's file leads to before its beginning.");
        }
        byte[] bytes = file.read(at, length);
        return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
    }

    /** A raw file: every byte is the disk's. */
    static Layer raw(Bytes file, long size) {
        return new Layer() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public Piece at(long place, long most) {
                return Piece.data(place, Math.min(most, size - place));
            }

            @Override
            public byte[] read(Piece piece) {
                return full(file, piece.at(), Math.toIntExact(piece.length()));
            }
        };
    }
}
