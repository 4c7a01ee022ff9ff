// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/**
 * Makes a key (EC P-256) and a self-signed certificate for this machine's names, once; a month before it ends it makes another.
 * The folder holds {@code keystore.p12} and its random password (both for the owner only) and {@code certificate.pem}, which
 * clients can be told to trust.
 */
public final class SelfSigned {
    private static final String ALIAS = "isthmus";
    /** As long as clients accept at all. */
    private static final Duration VALID = Duration.ofDays(820);

    private static final Duration RENEW_BEFORE = Duration.ofDays(30);
    private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);
    private static final int SERIAL_BITS = 120;
    private static final int PASSWORD_BYTES = 24;
    private static final int PEM_LINE = 64;

    private SelfSigned() {}

    /**
     * What is in the folder.
     *
     * @param keyStore as it was read or made: to read it once more from its file takes as long as the rest of the listener
     * @param fingerprint SHA-256 of the certificate, hex
     */
    public record Made(KeyStore keyStore, Secret password, Path certificate, String fingerprint) {}

    /** What is in the folder, made now when it is not there or about to end. */
    public static Made ensure(Path folder, Clock clock) throws IOException {
        Path store = folder.resolve("keystore.p12");
        Path passwordFile = folder.resolve("keystore.password");
        Path pem = folder.resolve("certificate.pem");
        try {
            if (Files.exists(store) && Files.exists(passwordFile)) {
                Secret password = new Secret(Files.readString(passwordFile).trim());
                KeyStore kept = read(store, password);
                X509Certificate there = certificate(kept);
                if (there.getNotAfter().toInstant().isAfter(clock.instant().plus(RENEW_BEFORE))) {
                    return new Made(kept, password, pem, fingerprint(there));
                }
            }
            Files.createDirectories(folder);
            Secret password = password();
            KeyPair keys = keys();
            X509Certificate certificate = certificate(keys, names(), clock.instant());
            write(passwordFile, password.reveal().getBytes(StandardCharsets.US_ASCII), true);
            KeyStore made = keyStore(keys, certificate, password);
            write(store, bytes(made, password), true);
            write(pem, pem(certificate), false);
            return new Made(made, password, pem, fingerprint(certificate));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("Cannot make or read the certificate in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static KeyStore read(Path file, Secret password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.reveal().toCharArray());
        }
        return store;
    }

    private static X509Certificate certificate(KeyStore store) throws GeneralSecurityException {
        Certificate certificate = store.getCertificate(ALIAS);
        if (certificate instanceof X509Certificate known) {
            return known;
        }
        throw new GeneralSecurityException("The key store has no certificate called " + ALIAS);
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static Secret password() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(bytes);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** This machine as it may be called from itself and from its neighbours. */
    private static List<GeneralName> names() {
        Set<String> hosts = new LinkedHashSet<>(List.of("localhost"));
        Set<String> addresses = new LinkedHashSet<>(List.of("127.0.0.1", "::1"));
        try {
            InetAddress local = InetAddress.getLocalHost();
            if (local.getHostName().matches("[A-Za-z0-9.-]{1,253}")) {
                hosts.add(local.getHostName());
            }
            addresses.add(local.getHostAddress().split("%")[0]);
        } catch (UnknownHostException e) {
            // a machine without a name: localhost must do
            hosts.add("isthmus");
        }
        List<GeneralName> names = new ArrayList<>();
        hosts.forEach(host -> names.add(new GeneralName(GeneralName.dNSName, host)));
        addresses.forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
        return names;
    }

    private static X509Certificate certificate(KeyPair keys, List<GeneralName> names, Instant now)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        X500Name subject = new X500Name("CN=Isthmus controller,O=Isthmus");
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subject,
                new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
                Date.from(now.minus(CLOCKS_DIFFER)),
                Date.from(now.plus(VALID)),
                subject,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        builder.addExtension(
                Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(new GeneralName[0])));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    }

    private static KeyStore keyStore(KeyPair keys, X509Certificate certificate, Secret password)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(ALIAS, keys.getPrivate(), password.reveal().toCharArray(), new Certificate[] {certificate});
        return store;
    }

    private static byte[] bytes(KeyStore store, Secret password) throws GeneralSecurityException, IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, password.reveal().toCharArray());
        return bytes.toByteArray();
    }

    private static byte[] pem(X509Certificate certificate) throws GeneralSecurityException {
        String body = Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
        return ("-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
        return HexFormat.of().formatHex(Sha256.digest().digest(certificate.getEncoded()));
    }

    /** Whole or not at all; a secret file never is readable for others, not even for a moment. */
    private static void write(Path file, byte[] content, boolean secret) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Path draft = posix
                ? Files.createTempFile(
                        parent,
                        "draft",
                        ".tmp",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(secret ? "rw-------" : "rw-r--r--")))
                : Files.createTempFile(parent, "draft", ".tmp");
        try (OutputStream out = Files.newOutputStream(draft)) {
            out.write(content);
        }
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
