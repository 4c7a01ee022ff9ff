// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.note;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** Verifies signed notes from a verifier key, following C2SP signed-note and nothing of the code that is judged. */
public final class NoteVerifier {
    private final String name;
    private final byte[] id;
    private final PublicKey key;

    private NoteVerifier(String name, byte[] id, PublicKey key) {
        this.name = name;
        this.id = id;
        this.key = key;
    }

    public static NoteVerifier of(String verifier) {
        String[] parts = verifier.split("\\+", 3);
        byte[] tagged = Base64.getDecoder().decode(parts[2]);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((parts[0] + "\n").getBytes(StandardCharsets.UTF_8));
            byte[] id = Arrays.copyOf(digest.digest(tagged), 4);
            if (tagged[0] != 1 || !Arrays.equals(id, HexFormat.of().parseHex(parts[1]))) {
                throw new IllegalArgumentException("not a verifier key: " + verifier);
            }
            byte[] x509 = new byte[44];
            System.arraycopy(HexFormat.of().parseHex("302a300506032b6570032100"), 0, x509, 0, 12);
            System.arraycopy(tagged, 1, x509, 12, 32);
            return new NoteVerifier(
                    parts[0], id, KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509)));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(verifier, e);
        }
    }

    public boolean accepts(String note) {
        int end = note.indexOf("\n\n") + 1;
        String text = note.substring(0, end);
        String line = note.substring(end + 1).strip();
        String prefix = "— " + name + " ";
        if (!line.startsWith(prefix)) {
            return false;
        }
        byte[] whole = Base64.getDecoder().decode(line.substring(prefix.length()));
        if (!Arrays.equals(id, Arrays.copyOf(whole, 4))) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            return signature.verify(Arrays.copyOfRange(whole, 4, whole.length));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
