// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TreeTest {
    /** The eight leaves of the Certificate Transparency reference tests and the roots over the first 0 to 8 of them. */
    private static final List<String> LEAVES =
            List.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f");

    private static final List<String> ROOTS = List.of(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

    private final TreeMap<Long, byte[]> tiles = new TreeMap<>();
    private final Tree tree = new Tree(this::at);
    private long size;

    private Map<Long, byte[]> at(java.util.Set<Long> places) {
        Map<Long, byte[]> found = new TreeMap<>(tiles);
        found.keySet().retainAll(places);
        return found;
    }

    private byte[] grow(List<byte[]> leaves) {
        Growth growth = new Growth(size, this::at);
        growth.append(leaves.stream().map(Hashing::leaf).toList());
        tiles.putAll(growth.changed());
        size = growth.size();
        return growth.root();
    }

    private static List<byte[]> reference() {
        return LEAVES.stream().map(HexFormat.of()::parseHex).toList();
    }

    private static List<String> hex(List<byte[]> hashes) {
        return hashes.stream().map(HexFormat.of()::formatHex).toList();
    }

    private static List<byte[]> leaves(int count) {
        List<byte[]> leaves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            leaves.add(("leaf " + i).getBytes(StandardCharsets.UTF_8));
        }
        return leaves;
    }

    @Test
    void theReferenceRootsComeOutHoweverTheLeavesAreBatched() {
        for (byte[] leaf : reference()) {
            String root = HexFormat.of().formatHex(grow(List.of(leaf)));
            assertEquals(ROOTS.get((int) size), root);
        }
        for (int i = 0; i < ROOTS.size(); i++) {
            assertEquals(ROOTS.get(i), HexFormat.of().formatHex(tree.root(i)));
        }

        tiles.clear();
        size = 0;
        assertEquals(ROOTS.get(8), HexFormat.of().formatHex(grow(reference())));
    }

    @Test
    void theReferenceProofsComeOut() {
        grow(reference());

        assertEquals(List.of(), hex(tree.inclusion(0, 1)));
        assertEquals(
                List.of(
                        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
                hex(tree.inclusion(0, 8)));
        assertEquals(
                List.of(
                        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
                hex(tree.inclusion(5, 8)));
        assertEquals(
                List.of(
                        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
                hex(tree.consistency(6, 8)));
        assertEquals(List.of(), hex(tree.consistency(8, 8)));
    }

    @Test
    void everyProofOfEverySizeUpToTwoHundredIsAcceptedByAnIndependentVerifier() {
        List<byte[]> leaves = leaves(200);
        List<byte[]> roots = new ArrayList<>(List.of(Verifier.root(List.of())));
        for (int i = 1; i <= leaves.size(); i++) {
            roots.add(Verifier.root(leaves.subList(0, i)));
            assertArrayEquals(roots.get(i), grow(List.of(leaves.get(i - 1))));
        }

        for (int n = 1; n <= leaves.size(); n++) {
            for (int i = 0; i < n; i++) {
                assertTrue(Verifier.inclusion(leaves.get(i), i, n, tree.inclusion(i, n), roots.get(n)));
            }
            for (int older = 0; older <= n; older++) {
                assertTrue(Verifier.consistency(older, n, roots.get(older), roots.get(n), tree.consistency(older, n)));
            }
        }
    }

    @Test
    void proofsAcrossTilesOfSeveralLevelsAreAccepted() {
        int count = 70_000;
        List<byte[]> leaves = leaves(count);
        int from = 0;
        for (int batch : List.of(1, 254, 1, 1, 300, 1000, 64_000, 4443)) {
            grow(leaves.subList(from, from + batch));
            from += batch;
        }
        assertEquals(count, size);

        byte[] root = tree.root(count);
        assertArrayEquals(Verifier.root(leaves), root);
        for (int i : List.of(0, 255, 256, 257, 65_535, 65_536, 69_999)) {
            assertTrue(Verifier.inclusion(leaves.get(i), i, count, tree.inclusion(i, count), root));
        }
        for (int older : List.of(1, 256, 257, 65_536, 69_999)) {
            byte[] olderRoot = Verifier.root(leaves.subList(0, older));
            assertArrayEquals(olderRoot, tree.root(older));
            assertTrue(Verifier.consistency(older, count, olderRoot, root, tree.consistency(older, count)));
        }
    }

    @Test
    void aProofReadsFewTiles() {
        grow(leaves(70_000));
        List<Integer> asked = new ArrayList<>();
        Tree counting = new Tree(places -> {
            asked.add(places.size());
            return at(places);
        });

        counting.inclusion(12_345, 70_000);
        counting.consistency(12_345, 70_000);

        assertEquals(2, asked.size(), "one read each");
        assertTrue(asked.stream().allMatch(each -> each <= 6), () -> "tiles read: " + asked);
    }

    @Test
    void anotherLeafIndexSizeOrHashIsRefused() {
        List<byte[]> leaves = leaves(77);
        byte[] root = grow(leaves);
        List<byte[]> path = tree.inclusion(33, 77);

        assertTrue(Verifier.inclusion(leaves.get(33), 33, 77, path, root));
        assertFalse(Verifier.inclusion(leaves.get(34), 33, 77, path, root));
        assertFalse(Verifier.inclusion(leaves.get(33), 34, 77, path, root));
        assertFalse(Verifier.inclusion(leaves.get(33), 33, 40, path, root));
        path.get(2)[0] ^= 1;
        assertFalse(Verifier.inclusion(leaves.get(33), 33, 77, path, root));
    }

    @Test
    void whatIsNotInTheTreeIsRefused() {
        grow(leaves(5));

        assertThrows(IllegalArgumentException.class, () -> tree.inclusion(5, 5));
        assertThrows(IllegalArgumentException.class, () -> tree.inclusion(-1, 5));
        assertThrows(IllegalArgumentException.class, () -> tree.consistency(6, 5));
        assertThrows(IllegalArgumentException.class, () -> tree.inclusion(5, 9));
    }

    @Test
    void aMissingOrCutTileIsNoticed() {
        grow(leaves(300));
        tiles.put(1L, java.util.Arrays.copyOf(tiles.get(1L), Hashing.LENGTH));

        assertThrows(IllegalStateException.class, () -> grow(leaves(1)));
        tiles.remove(1L);
        assertThrows(IllegalStateException.class, () -> grow(leaves(1)));
        assertThrows(IllegalStateException.class, () -> tree.root(300));
    }
}
