// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.isthmus.model.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals secrets for the database: AES-256 in Galois/counter mode, with a key in a file outside of it, so that a copy of the
 * database alone gives nothing away. Each text is bound to the place it belongs to and opens nowhere else. Thread-safe.
 */
public final class SecretBox implements Seal {
    private static final Logger LOG = LoggerFactory.getLogger(SecretBox.class);
    private static final String VERSION = "1:";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random;

    private SecretBox(byte[] key, SecureRandom random) {
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
    }

    /**
     * The box with the key of this file, which is made, readable by its owner only, when it is not there.
     *
     * @throws IOException when the file cannot be read or made, or is no key
     */
    public static SecretBox withKeyFile(Path file, SecureRandom random) throws IOException {
        if (!Files.exists(file)) {
            make(file, random);
        }
        byte[] key = Files.readAllBytes(file);
        if (key.length != KEY_BYTES) {
            throw new IOException("The key file " + file + " has " + key.length + " bytes instead of " + KEY_BYTES
                    + ". Put the right one back.");
        }
        Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
        if (!open.equals(PosixFilePermissions.fromString("rw-------"))) {
            LOG.warn("The key file {} can be read by others; chmod 600 it", file);
        }
        return new SecretBox(key, random);
    }

    private static void make(Path file, SecureRandom random) throws IOException {
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        if (file.getParent() != null) {
            Files.createDirectories(file.getParent());
        }
        Path fresh = file.resolveSibling(file.getFileName() + ".new-" + random.nextInt(Integer.MAX_VALUE));
        try (FileChannel channel = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer content = ByteBuffer.wrap(key);
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        try {
            // a link appears whole or not at all, and never replaces the key another process made meanwhile
            Files.createLink(file, fresh);
            LOG.info("Made the key file {}: keep a copy of it apart from the database's", file);
        } catch (FileAlreadyExistsException e) {
            LOG.debug("Another process made {} first", file);
        } finally {
            Files.delete(fresh);
        }
    }

    @Override
    public String seal(Secret secret, String place) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, nonce, place, secret.reveal().getBytes(StandardCharsets.UTF_8), 0);
        byte[] all = new byte[NONCE_BYTES + sealed.length];
        System.arraycopy(nonce, 0, all, 0, NONCE_BYTES);
        System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
        return VERSION + Base64.getEncoder().encodeToString(all);
    }

    @Override
    public Secret open(String sealed, String place) {
        if (!sealed.startsWith(VERSION)) {
            throw new IllegalStateException("A sealed secret in an unknown form at " + place);
        }
        byte[] all = Base64.getDecoder().decode(sealed.substring(VERSION.length()));
        byte[] nonce = java.util.Arrays.copyOf(all, NONCE_BYTES);
        return new Secret(
                new String(crypt(Cipher.DECRYPT_MODE, nonce, place, all, NONCE_BYTES), StandardCharsets.UTF_8));
    }

    private byte[] crypt(int mode, byte[] nonce, String place, byte[] input, int from) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input, from, input.length - from);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "A secret at " + place + " does not open: it was sealed with another key file, or altered", e);
        }
    }
}
