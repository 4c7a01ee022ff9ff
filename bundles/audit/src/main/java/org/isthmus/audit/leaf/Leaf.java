// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.isthmus.audit.merkle.Hashing;

/**
 * An entry in its place: the bytes that the tree's hash is over, and the personal data beside them.
 *
 * @param index place in the whole log, from 0
 * @param organizationIndex place among the organization's own entries, from 0
 * @param personal what the leaf only has salted hashes of
 */
public record Leaf(Entry entry, long index, long organizationIndex, Bytes bytes, Personal personal) {
    /** The first byte of every leaf of this format. */
    public static final byte VERSION = 1;

    private static final int NONCE_BYTES = 16;

    /** Bytes that nobody changes. */
    public static final class Bytes {
        private final byte[] content;

        Bytes(byte[] content) {
            this.content = content;
        }

        public byte[] copy() {
            return content.clone();
        }

        public byte[] hash() {
            return Hashing.leaf(content);
        }
    }

    /** The personal data with its salts. */
    public record Personal(Salted username, Salted address, Optional<Salted> subject) {}

    /**
     * Makes the leaf.
     *
     * @param random strong: nonce and salts come from it
     */
    public static Leaf of(Entry entry, long index, long organizationIndex, RandomGenerator random) {
        Personal personal = new Personal(
                Salted.of(entry.username(), random),
                Salted.of(entry.address(), random),
                entry.subjectText().map(text -> Salted.of(text, random)));
        Map<String, Object> hashes = new TreeMap<>();
        hashes.put("username", personal.username().hash());
        hashes.put("address", personal.address().hash());
        personal.subject().ifPresent(subject -> hashes.put("subject", subject.hash()));
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        Map<String, Object> members = entry.members();
        members.put("v", (int) VERSION);
        members.put("index", index);
        members.put("organizationIndex", organizationIndex);
        members.put("nonce", HexFormat.of().formatHex(nonce));
        members.put("personal", hashes);
        byte[] json = CanonicalJson.bytes(members);
        byte[] bytes = new byte[json.length + 1];
        bytes[0] = VERSION;
        System.arraycopy(json, 0, bytes, 1, json.length);
        return new Leaf(entry, index, organizationIndex, new Bytes(bytes), personal);
    }

    /** The entry of a stored leaf, with what is left of its personal data. */
    public static Entry entry(byte[] leaf, String username, String address, Optional<String> subjectText) {
        if (leaf.length == 0 || leaf[0] != VERSION) {
            throw new IllegalStateException(
                    "A leaf of the audit log has an unknown format: it is newer than this program, or was changed.");
        }
        JsonNode members = Entry.parsed(new String(leaf, 1, leaf.length - 1, StandardCharsets.UTF_8));
        return Entry.from(members, username, address, subjectText);
    }
}
