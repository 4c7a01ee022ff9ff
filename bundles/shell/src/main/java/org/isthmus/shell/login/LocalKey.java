// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The key that opens the shell for this machine's root. Whoever can read the file runs as the controller's own account or
 * as root, and could read the database as well. A new one each time, so that an old copy opens nothing.
 */
final class LocalKey {
    /** In Karaf's etc folder. */
    static final String FILE = "isthmus-local-key";

    /** What stands before and between the numbers of a P-256 key in a PKCS #8 file (RFC 5958, RFC 5915). */
    private static final byte[] BEFORE_PRIVATE =
            HexFormat.of().parseHex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420");

    private static final byte[] BEFORE_PUBLIC = HexFormat.of().parseHex("a14403420004");
    private static final int NUMBER = 32;

    private final ECPublicKey key;

    private LocalKey(ECPublicKey key) {
        this.key = key;
    }

    /**
     * Makes a key pair and leaves the private half, mode 0600, in the folder.
     *
     * @throws IOException when the file cannot be written
     */
    static LocalKey make(Path folder) throws IOException {
        KeyPair pair;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            pair = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has P-256", e);
        }
        ECPublicKey key = (ECPublicKey) pair.getPublic();
        write(folder, encoded((ECPrivateKey) pair.getPrivate(), key));
        return new LocalKey(key);
    }

    /** With the public half in it: Java's own encoding leaves that out, and then SSH clients find no key in the file. */
    private static byte[] encoded(ECPrivateKey secret, ECPublicKey open) {
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        der.writeBytes(BEFORE_PRIVATE);
        der.writeBytes(number(secret.getS()));
        der.writeBytes(BEFORE_PUBLIC);
        der.writeBytes(number(open.getW().getAffineX()));
        der.writeBytes(number(open.getW().getAffineY()));
        return der.toByteArray();
    }

    /** Exactly 32 bytes, zeros first. */
    static byte[] number(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[NUMBER];
        int used = Math.min(bytes.length, NUMBER);
        System.arraycopy(bytes, bytes.length - used, padded, NUMBER - used, used);
        return padded;
    }

    private static void write(Path folder, byte[] encoded) throws IOException {
        String pem = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                + "\n-----END PRIVATE KEY-----\n";
        Path fresh = folder.resolve(FILE + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(fresh, pem.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
        Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** True for the public half. By its numbers: another provider's key object is never equal to ours. */
    boolean opensWith(PublicKey offered) {
        return offered instanceof ECPublicKey other
                && key.getW().equals(other.getW())
                && key.getParams().getOrder().equals(other.getParams().getOrder());
    }
}
