// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Roots and proofs of a tree of a given size, as defined in RFC 6962 (2.1 to 2.1.2), from tiles. Any former size can be
 * asked for as well: the tiles of a tree hold all its prefixes.
 */
public final class Tree {
    private final Tiles tiles;

    public Tree(Tiles tiles) {
        this.tiles = tiles;
    }

    /** A complete subtree of 2^level leaves, the {@code number}th in its level. */
    private record Node(int level, long number) {}

    /** A run of leaves whose hash is asked for; complete subtrees side by side. */
    private record Run(long from, long to) {
        /** The complete subtrees that it is made of, from left to right, each smaller than the one before. */
        List<Node> nodes() {
            List<Node> nodes = new ArrayList<>();
            long at = from;
            for (int level = 62; level >= 0; level--) {
                long size = 1L << level;
                if (to - at >= size) {
                    nodes.add(new Node(level, at >> level));
                    at += size;
                }
            }
            return nodes;
        }
    }

    /** The root over the first {@code size} leaves. */
    public byte[] root(long size) {
        return size == 0 ? Hashing.empty() : hashes(List.of(new Run(0, size))).get(0);
    }

    /** PATH(index, D[size]): from the leaf's sibling up. */
    public List<byte[]> inclusion(long index, long size) {
        if (index < 0 || index >= size) {
            throw new IllegalArgumentException("Leaf " + index + " is not among " + size + " leaves.");
        }
        List<Run> runs = new ArrayList<>();
        path(index, 0, size, runs);
        return hashes(runs);
    }

    private static void path(long index, long from, long to, List<Run> runs) {
        if (to - from == 1) {
            return;
        }
        long middle = from + split(to - from);
        if (index < middle) {
            path(index, from, middle, runs);
            runs.add(new Run(middle, to));
        } else {
            path(index, middle, to, runs);
            runs.add(new Run(from, middle));
        }
    }

    /** PROOF(older, D[size]); empty when they are the same or the older is empty. */
    public List<byte[]> consistency(long older, long size) {
        if (older < 0 || older > size) {
            throw new IllegalArgumentException("A tree of " + older + " leaves is no prefix of one of " + size + ".");
        }
        if (older == 0 || older == size) {
            return List.of();
        }
        List<Run> runs = new ArrayList<>();
        subproof(older, 0, size, true, runs);
        return hashes(runs);
    }

    /**
     * SUBPROOF.
     *
     * @param older end of the older tree, within this run
     * @param whole while the run holds the older tree from its first leaf, whose root the verifier has
     */
    private static void subproof(long older, long from, long to, boolean whole, List<Run> runs) {
        if (older == to) {
            if (!whole) {
                runs.add(new Run(from, to));
            }
            return;
        }
        long middle = from + split(to - from);
        if (older <= middle) {
            subproof(older, from, middle, whole, runs);
            runs.add(new Run(middle, to));
        } else {
            subproof(older, middle, to, false, runs);
            runs.add(new Run(from, middle));
        }
    }

    /** The largest power of two below the number of leaves. */
    private static long split(long leaves) {
        return Long.highestOneBit(leaves - 1);
    }

    /** The hash of each run; all tiles that they need are read at once. */
    private List<byte[]> hashes(List<Run> runs) {
        Set<Long> places = new HashSet<>();
        for (Run run : runs) {
            run.nodes().forEach(node -> places.add(place(node)));
        }
        Map<Long, Tile> loaded = new HashMap<>();
        tiles.at(places).forEach((place, hashes) -> loaded.put(place, new Tile(hashes)));
        List<byte[]> hashes = new ArrayList<>();
        for (Run run : runs) {
            List<Node> nodes = run.nodes();
            byte[] hash = null;
            for (int i = nodes.size() - 1; i >= 0; i--) {
                byte[] left = hash(nodes.get(i), loaded);
                hash = hash == null ? left : Hashing.node(left, hash);
            }
            hashes.add(hash);
        }
        return hashes;
    }

    private static byte[] hash(Node node, Map<Long, Tile> loaded) {
        Tile tile = loaded.get(place(node));
        if (tile == null) {
            throw new IllegalStateException("The log's tile " + place(node) + " is missing: the database was changed.");
        }
        int height = node.level() % Tile.HEIGHT;
        return tile.node(height, (int) (node.number() & ((Tile.WIDTH >> height) - 1)));
    }

    /** The tile that a node is computed from: the one whose hashes lie at most seven levels below. */
    private static long place(Node node) {
        int height = node.level() % Tile.HEIGHT;
        return Tiles.place(node.level() / Tile.HEIGHT, node.number() >> (Tile.HEIGHT - height));
    }
}
