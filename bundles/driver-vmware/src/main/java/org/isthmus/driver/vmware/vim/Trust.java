// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Whom we believe to be the vCenter: a certificate signed by an authority of the system, by one that is given, or exactly
 * one certificate by its SHA-256 thumbprint. There is no fourth way: a certificate is always looked at.
 */
public final class Trust {
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();
    private static final Pattern THUMBPRINT = Pattern.compile("[0-9a-fA-F]{64}");

    private final Watching watching;
    private final SSLSocketFactory sockets;
    private final boolean namesAreChecked;

    private Trust(X509TrustManager judge, boolean namesAreChecked) {
        this.watching = new Watching(judge);
        this.namesAreChecked = namesAreChecked;
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {watching}, null);
            this.sockets = context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM has no TLS", e);
        }
    }

    /** Authorities of the system this runs on. */
    public static Trust ofSystem() {
        return new Trust(authorities(null), true);
    }

    /**
     * Only these authorities.
     *
     * @throws IllegalArgumentException when the text holds no certificate
     */
    public static Trust ofAuthorities(String pem) {
        try {
            Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
            if (found.isEmpty()) {
                throw new IllegalArgumentException("holds no certificate; it is PEM text");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (Certificate each : found) {
                store.setCertificateEntry("ca" + number++, each);
            }
            return new Trust(authorities(store), true);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("holds a certificate that cannot be read", e);
        }
    }

    /**
     * Exactly the certificate with this SHA-256, whatever name it carries.
     *
     * @param thumbprint 64 hexadecimal digits, with or without colons
     * @throws IllegalArgumentException when it is none
     */
    public static Trust ofThumbprint(String thumbprint) {
        String digits = thumbprint.replace(":", "").strip();
        if (!THUMBPRINT.matcher(digits).matches()) {
            throw new IllegalArgumentException(
                    "is a SHA-256 thumbprint: 64 hexadecimal digits, with or without colons");
        }
        byte[] wanted = HexFormat.of().parseHex(digits.toLowerCase(Locale.ROOT));
        return new Trust(new Exactly(wanted), false);
    }

    private static X509TrustManager authorities(KeyStore store) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager each : factory.getTrustManagers()) {
                if (each instanceof X509TrustManager found) {
                    return found;
                }
            }
            throw new IllegalStateException("This JVM checks no certificates");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The system's authorities cannot be read", e);
        }
    }

    /** Sockets that speak to nobody else. Always the same object: connections are kept by it. */
    public SSLSocketFactory sockets() {
        return sockets;
    }

    /** False where one certificate is trusted by itself: its name says nothing more then. */
    public boolean namesAreChecked() {
        return namesAreChecked;
    }

    /** SHA-256 of the certificate that was shown last, for an operator to compare. */
    public Optional<String> lastShown() {
        return Optional.ofNullable(watching.lastShown);
    }

    private static byte[] sha256(X509Certificate certificate) throws CertificateException {
        try {
            return MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new CertificateException(e);
        }
    }

    /** Lets another judge, and remembers what was shown. */
    private static final class Watching implements X509TrustManager {
        private final X509TrustManager judge;
        private volatile String lastShown;

        Watching(X509TrustManager judge) {
            this.judge = judge;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("We are no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            lastShown = COLONS.formatHex(sha256(chain[0]));
            judge.checkServerTrusted(chain, kind);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return judge.getAcceptedIssuers();
        }
    }

    /** Believes one certificate alone. */
    private static final class Exactly implements X509TrustManager {
        private final byte[] wanted;

        Exactly(byte[] wanted) {
            this.wanted = wanted.clone();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("We are no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            if (!MessageDigest.isEqual(wanted, sha256(chain[0]))) {
                throw new CertificateException("It is not the one whose thumbprint was given");
            }
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
