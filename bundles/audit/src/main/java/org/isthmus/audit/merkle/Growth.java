// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A tree that gets more leaves: says which tiles become what. Appending n leaves touches about n / 256 tiles and a few. */
public final class Growth {
    private final TreeMap<Long, ByteArrayOutputStream> changed = new TreeMap<>();
    private final Map<Long, byte[]> before;
    private long size;

    /** Goes on after {@code size} leaves; reads the unfinished tile of each level. */
    public Growth(long size, Tiles tiles) {
        this.size = size;
        Set<Long> unfinished = new HashSet<>();
        for (int level = 0; size >> (level * Tile.HEIGHT) > 0; level++) {
            long hashes = size >> (level * Tile.HEIGHT);
            if (hashes % Tile.WIDTH != 0) {
                unfinished.add(Tiles.place(level, hashes / Tile.WIDTH));
            }
        }
        this.before = tiles.at(unfinished);
    }

    /** Appends leaves by their hashes. */
    public void append(List<byte[]> leaves) {
        for (byte[] leaf : leaves) {
            append(0, size, leaf);
            size++;
        }
    }

    private void append(int level, long number, byte[] hash) {
        long place = Tiles.place(level, number / Tile.WIDTH);
        int width = (int) (number % Tile.WIDTH);
        ByteArrayOutputStream tile = changed.computeIfAbsent(place, fresh -> unfinished(fresh, width));
        tile.writeBytes(hash);
        if (width == Tile.WIDTH - 1) {
            append(level + 1, number / Tile.WIDTH, new Tile(tile.toByteArray()).node(Tile.HEIGHT, 0));
        }
    }

    private ByteArrayOutputStream unfinished(long place, int width) {
        ByteArrayOutputStream tile = new ByteArrayOutputStream(Tile.WIDTH * Hashing.LENGTH);
        byte[] hashes = before.getOrDefault(place, new byte[0]);
        if (hashes.length != width * Hashing.LENGTH) {
            throw new IllegalStateException("The log's tile " + place + " has " + hashes.length / Hashing.LENGTH
                    + " hashes instead of " + width + ": the database was changed.");
        }
        tile.writeBytes(hashes);
        return tile;
    }

    public long size() {
        return size;
    }

    /** The tiles that are to be written, new or instead of what was there. */
    public Map<Long, byte[]> changed() {
        Map<Long, byte[]> tiles = new TreeMap<>();
        changed.forEach((place, tile) -> tiles.put(place, tile.toByteArray()));
        return tiles;
    }

    /** The places among {@link #changed} that were there before. */
    public Set<Long> replaced() {
        return Set.copyOf(before.keySet());
    }

    /** The new root: all that it is made of lies in the last tile of each level. */
    public byte[] root() {
        Map<Long, byte[]> last = new TreeMap<>(before);
        last.putAll(changed());
        return new Tree(places -> {
                    Map<Long, byte[]> found = new TreeMap<>(last);
                    found.keySet().retainAll(places);
                    return found;
                })
                .root(size);
    }
}
