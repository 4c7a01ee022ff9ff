// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.isthmus.model.Secret;

/**
 * Mutual TLS 1.2 or 1.3 from PEM texts, as OVS does it: both sides show certificates of one private authority, and names
 * are not compared (the certificates of {@code ovs-pki} carry none) unless asked for.
 */
public final class Tls {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    // SEQUENCE { OID rsaEncryption, NULL }: what turns a PKCS #1 key into a PKCS #8 one
    private static final byte[] RSA = {
        0x30, 0x0d, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
    };

    private final SSLContext context;
    private final boolean checkName;

    private Tls(SSLContext context, boolean checkName) {
        this.context = context;
        this.checkName = checkName;
    }

    /**
     * Reads the texts.
     *
     * @param authority certificates of those who may sign the server's
     * @param certificate our own, followed by intermediate ones
     * @param key our private key, PKCS #8 or PKCS #1, not encrypted
     * @throws IllegalArgumentException saying which text is wrong and why, without showing it
     */
    public static Tls of(String authority, String certificate, Secret key, boolean checkName) {
        Collection<? extends Certificate> trusted = certificates("caCertificate", authority);
        Certificate[] chain = certificates("clientCertificate", certificate).toArray(new Certificate[0]);
        PrivateKey own = privateKey(key.reveal(), chain[0].getPublicKey().getAlgorithm());
        try {
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            int number = 0;
            for (Certificate each : trusted) {
                trust.setCertificateEntry("ca" + number++, each);
            }
            TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
            trustManagers.init(trust);
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("client", own, new char[0], chain);
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
            keyManagers.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
            return new Tls(context, checkName);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "the TLS certificates and key do not fit together: " + e.getMessage(), e);
        }
    }

    /** A TLS client over a connected socket. Closing the socket beneath is up to the caller. */
    SSLSocket over(Socket raw, Remote remote) throws IOException {
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(raw, remote.host(), remote.port(), false);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        if (checkName) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static Collection<? extends Certificate> certificates(String setting, String pem) {
        try {
            // ovs-pki writes a readable description before each certificate: only the armoured blocks count
            StringBuilder blocks = new StringBuilder();
            Matcher block = PEM.matcher(pem);
            while (block.find()) {
                blocks.append(block.group()).append('\n');
            }
            Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(
                            new ByteArrayInputStream(blocks.toString().getBytes(StandardCharsets.US_ASCII)));
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        setting + " holds no certificate; it is PEM text with -----BEGIN CERTIFICATE-----");
            }
            return found;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(setting + " holds a certificate that cannot be read", e);
        }
    }

    private static PrivateKey privateKey(String pem, String algorithm) {
        Matcher block = PEM.matcher(pem);
        Optional<byte[]> key = Optional.empty();
        try {
            while (key.isEmpty() && block.find()) {
                byte[] der = Base64.getMimeDecoder().decode(block.group(2));
                key = switch (block.group(1)) {
                    case "PRIVATE KEY" -> Optional.of(der);
                    case "RSA PRIVATE KEY" -> Optional.of(pkcs8(der));
                    default -> Optional.empty();
                };
            }
            if (key.isPresent()) {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key.get()));
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // neither the key nor a parser's opinion of it belongs in a message
            throw new IllegalArgumentException("clientKey cannot be read as a key of clientCertificate's kind");
        }
        throw new IllegalArgumentException(
                "clientKey holds no usable key; it is PEM text with -----BEGIN PRIVATE KEY-----"
                        + " without a passphrase: convert it with 'openssl pkcs8 -topk8 -nocrypt'");
    }

    private static byte[] pkcs8(byte[] pkcs1) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        inner.writeBytes(new byte[] {2, 1, 0});
        inner.writeBytes(RSA);
        inner.writeBytes(der(4, pkcs1));
        return der(0x30, inner.toByteArray());
    }

    private static byte[] der(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 128) {
            out.write(content.length);
        } else {
            out.writeBytes(new byte[] {(byte) 0x82, (byte) (content.length >> 8), (byte) content.length});
        }
        out.writeBytes(content);
        return out.toByteArray();
    }
}
