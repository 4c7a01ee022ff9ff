// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Disks over HTTPS. The vCenter itself is believed as for its API. A host that a lease names is believed by the thumbprint
 * that the lease names with it, since that came from a vCenter we believe; without one, as the vCenter.
 */
final class Nfc {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    // a host flushes a whole disk before it answers
    private static final Duration SILENCE = Duration.ofMinutes(3);
    private static final int BUFFER = 256 << 10;
    private static final int SHA1 = 40;
    private static final Pattern HEXADECIMAL = Pattern.compile("([0-9a-f]{40}|[0-9a-f]{64})");
    private static final HostnameVerifier ANY_NAME = (host, session) -> true;

    private final VCenter vcenter;

    Nfc(VCenter vcenter) {
        this.vcenter = vcenter;
    }

    /** Hears of bytes, after every few. */
    @FunctionalInterface
    interface Bytes {
        void passed(long more);
    }

    /** Where a disk goes to or comes from, as a lease says. */
    record Target(String url, String thumbprint) {}

    /** Sends a disk of known length. */
    void send(Target target, boolean create, InputStream content, long length, Transfer transfer, Bytes heard)
            throws IOException {
        HttpURLConnection connection = open(target, transfer);
        connection.setRequestMethod(create ? "PUT" : "POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(length);
        connection.setRequestProperty("Content-Type", "application/x-vnd.vmware-streamVmdk");
        connect(connection);
        try {
            try (OutputStream out = connection.getOutputStream()) {
                copy(content, out, transfer, heard);
            }
            accepted(connection);
        } finally {
            transfer.through(null);
            connection.disconnect();
        }
    }

    /** Takes a disk; its length is known only at its end. */
    void receive(Target target, OutputStream to, Transfer transfer, Bytes heard) throws IOException {
        HttpURLConnection connection = open(target, transfer);
        connect(connection);
        try {
            accepted(connection);
            try (InputStream in = connection.getInputStream()) {
                copy(in, to, transfer, heard);
            }
        } finally {
            transfer.through(null);
            connection.disconnect();
        }
    }

    private static void copy(InputStream in, OutputStream out, Transfer transfer, Bytes heard) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            transfer.check();
            out.write(buffer, 0, read);
            heard.passed(read);
        }
    }

    private HttpURLConnection open(Target target, Transfer transfer) throws IOException {
        URI sdk = vcenter.sdk();
        // a host that speaks for itself does not know by which name we know it
        String authority = sdk.getPort() < 0 ? sdk.getHost() : sdk.getHost() + ":" + sdk.getPort();
        URI uri = URI.create(target.url().replace("://*", "://" + authority));
        if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new DriverException(Kind.BROKEN, "A lease names the address " + target.url() + ".");
        }
        HttpsURLConnection connection = (HttpsURLConnection) uri.toURL().openConnection();
        boolean itself = uri.getHost().equals(sdk.getHost()) && uri.getPort() == sdk.getPort();
        String thumbprint = target.thumbprint() == null
                ? ""
                : target.thumbprint().replace(":", "").toLowerCase(Locale.ROOT);
        boolean named = !itself && HEXADECIMAL.matcher(thumbprint).matches();
        SSLSocketFactory sockets = named ? only(thumbprint) : vcenter.trust().sockets();
        if (named || !vcenter.trust().namesAreChecked()) {
            connection.setHostnameVerifier(ANY_NAME);
        }
        connection.setSSLSocketFactory(new Seizable(sockets, transfer));
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) SILENCE.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        return connection;
    }

    private static void connect(HttpURLConnection connection) throws IOException {
        try {
            connection.connect();
        } catch (SSLException e) {
            throw new DriverException(
                    Kind.UNAVAILABLE,
                    "The certificate of " + connection.getURL().getAuthority() + ", where disks go to and come from, is"
                            + " not trusted: " + e.getMessage(),
                    e);
        }
    }

    private static void accepted(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status / 100 == 2) {
            return;
        }
        String why = "";
        try (InputStream error = connection.getErrorStream()) {
            if (error != null) {
                why = new String(error.readNBytes(300), StandardCharsets.UTF_8).strip();
            }
        }
        // a lease that has ended is unknown; anything else will not be better next time
        Kind kind = status == 404 || status == 410 || status > 500 ? Kind.UNAVAILABLE : Kind.BROKEN;
        throw new DriverException(
                kind, connection.getURL().getAuthority() + " refuses a disk: HTTP " + status + " " + why);
    }

    private static SSLSocketFactory only(String thumbprint) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Named(thumbprint)}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM has no TLS", e);
        }
    }

    /** Believes the certificate that a lease named. */
    private record Named(String thumbprint) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            throw new CertificateException("We are no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
            try {
                MessageDigest digest = MessageDigest.getInstance(thumbprint.length() == SHA1 ? "SHA-1" : "SHA-256");
                byte[] shown = digest.digest(chain[0].getEncoded());
                if (!MessageDigest.isEqual(HexFormat.of().parseHex(thumbprint), shown)) {
                    throw new CertificateException("It is not the one that the lease named");
                }
            } catch (GeneralSecurityException e) {
                throw new CertificateException(e);
            }
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /**
     * Lays TLS over a plain socket that the transfer knows: closing that ends a read or write at once, which closing a TLS
     * socket does not.
     */
    private static final class Seizable extends SSLSocketFactory {
        private final SSLSocketFactory sockets;
        private final Transfer transfer;

        Seizable(SSLSocketFactory sockets, Transfer transfer) {
            this.sockets = sockets;
            this.transfer = transfer;
        }

        @Override
        public Socket createSocket() throws IOException {
            // so the JDK is told to make a plain one and to lay TLS over it
            SocketException plainFirst = new SocketException("plain first");
            plainFirst.initCause(new UnsupportedOperationException());
            throw plainFirst;
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean autoClose) throws IOException {
            transfer.through(plain);
            return sockets.createSocket(plain, host, port, autoClose);
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new SocketException("plain first");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("plain first");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new SocketException("plain first");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw new SocketException("plain first");
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return sockets.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return sockets.getSupportedCipherSuites();
        }
    }
}
