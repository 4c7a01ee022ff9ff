// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.note;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Clock;
import java.util.Base64;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's key in a PKCS#12 file with its password in another, both for the owner only. Made when there is none; a file
 * that is there is never overwritten. All controllers of one cloud use copies of the same two files.
 */
public final class KeyFile {
    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);
    private static final String ALIAS = "audit";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path key;
    private final Path password;
    private final SecureRandom random;
    private final Clock clock;

    public KeyFile(Path key, Path password, SecureRandom random, Clock clock) {
        this.key = key;
        this.password = password;
        this.random = random;
        this.clock = clock;
    }

    /** The signer with the key in the file, made when there is none. */
    public NoteSigner open(String name) {
        try {
            char[] secret = password();
            if (!Files.exists(key)) {
                create(name, secret);
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(key)) {
                store.load(in, secret);
            }
            Certificate certificate = store.getCertificate(ALIAS);
            if (certificate == null || !(store.getKey(ALIAS, secret) instanceof PrivateKey mine)) {
                throw new IllegalStateException("The audit log's key file " + key + " has no key named " + ALIAS
                        + "; restore it from a backup, or move it away to begin with a new key.");
            }
            return new NoteSigner(name, mine, certificate.getPublicKey());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(
                    "The audit log's key cannot be read from " + key + " with the password in " + password + ": "
                            + e.getMessage() + ". Check both files, their owner and their mode.",
                    e);
        }
    }

    private char[] password() throws IOException {
        if (!Files.exists(password)) {
            byte[] fresh = new byte[24];
            random.nextBytes(fresh);
            byte[] text = Base64.getUrlEncoder().withoutPadding().encode(fresh);
            write(password, out -> out.write(text));
        }
        return Files.readString(password).strip().toCharArray();
    }

    private void create(String name, char[] secret) throws IOException, GeneralSecurityException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, secret);
        Certificate certificate = SelfSigned.certificate(name, pair, new BigInteger(120, random), clock.instant());
        store.setKeyEntry(ALIAS, pair.getPrivate(), secret, new Certificate[] {certificate});
        write(key, out -> {
            try {
                store.store(out, secret);
            } catch (GeneralSecurityException e) {
                throw new IOException("The key cannot be stored", e);
            }
        });
    }

    private interface Content {
        void to(OutputStream out) throws IOException;
    }

    /** Whole or not at all: another controller that starts at the same time, or a crash, never sees half a file. */
    private static void write(Path file, Content content) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, OWNER_ONLY_DIRECTORY);
        }
        Path fresh = Files.createTempFile(directory, ".audit", ".new", OWNER_ONLY);
        try {
            try (OutputStream out =
                    Channels.newOutputStream(Files.newByteChannel(fresh, Set.of(StandardOpenOption.WRITE)))) {
                content.to(out);
            }
            Files.createLink(file, fresh);
        } catch (FileAlreadyExistsException theirs) {
            LOG.debug("Another process made {} at the same moment; that one is used", file, theirs);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
