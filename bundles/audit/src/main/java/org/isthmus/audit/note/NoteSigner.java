// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.note;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.isthmus.model.Sha256;

/** Signs texts as C2SP signed notes with an Ed25519 key under a name. Thread-safe. */
public final class NoteSigner {
    private static final byte ED25519 = 1;
    /** The fixed beginning of an X.509 public key of this kind; the 32 bytes of the key follow. */
    private static final int X509_PREFIX = 12;

    private final String name;
    private final PrivateKey key;
    private final byte[] tagged;
    private final byte[] id;

    /**
     * A signer.
     *
     * @param name no spaces, no plus sign
     */
    public NoteSigner(String name, PrivateKey key, PublicKey publicKey) {
        if (name.isEmpty() || name.indexOf('+') >= 0 || name.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException("The log's name has no spaces and no plus sign, and is not empty.");
        }
        this.name = name;
        this.key = key;
        byte[] encoded = publicKey.getEncoded();
        byte[] raw = Arrays.copyOfRange(encoded, X509_PREFIX, encoded.length);
        tagged = new byte[raw.length + 1];
        tagged[0] = ED25519;
        System.arraycopy(raw, 0, tagged, 1, raw.length);
        MessageDigest digest = Sha256.digest();
        digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
        id = Arrays.copyOf(digest.digest(tagged), 4);
    }

    public String name() {
        return name;
    }

    /** What verifiers are given: {@code name+id+key}. */
    public String verifier() {
        return name + "+" + HexFormat.of().formatHex(id) + "+"
                + Base64.getEncoder().encodeToString(tagged);
    }

    /** The note: the text (which ends in a newline), an empty line, the signature. */
    public String sign(String text) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            byte[] signed = signature.sign();
            byte[] whole = Arrays.copyOf(id, id.length + signed.length);
            System.arraycopy(signed, 0, whole, id.length, signed.length);
            return text + "\n— " + name + " " + Base64.getEncoder().encodeToString(whole) + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The audit log's key does not sign: " + e.getMessage(), e);
        }
    }

    /** Whether this key, under this name, made the note. */
    public boolean signed(String note) {
        int end = note.lastIndexOf("\n— ");
        // this kind of signature is always the same for one text
        return end >= 0 && sign(note.substring(0, end)).equals(note);
    }
}
