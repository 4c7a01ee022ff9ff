// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One request of HTTP/1.1 over TLS, for bodies of any length. The JDK's own cannot be broken off while a byte is waited
 * for, and falls silent while it waits: a lease would end meanwhile.
 */
final class Line implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration TICK = Duration.ofSeconds(1);
    // a host flushes a whole disk before it answers
    private static final int SILENT_TICKS = 300;
    private static final int LONGEST_LINE = 8_192;
    private static final int HTTPS = 443;
    private static final int SHA1 = 40;
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private final Transfer transfer;
    private final Runnable tick;
    private final SSLSocket socket;
    private final OutputStream out;
    private final InputStream in;

    private Line(SSLSocket socket, Transfer transfer, Runnable tick) throws IOException {
        this.socket = socket;
        this.transfer = transfer;
        this.tick = tick;
        this.out = new BufferedOutputStream(socket.getOutputStream());
        this.in = new BufferedInputStream(new Patient(socket.getInputStream()));
    }

    /**
     * Connects.
     *
     * @param thumbprint of the certificate that somebody we believe named; believed only where it is not the vCenter itself
     * @param tick run every second in which nothing comes
     */
    static Line open(URI uri, String thumbprint, VCenter vcenter, Transfer transfer, Runnable tick) throws IOException {
        String digits = thumbprint == null ? "" : thumbprint.replace(":", "").toLowerCase(Locale.ROOT);
        boolean itself = uri.getHost().equals(vcenter.sdk().getHost())
                && uri.getPort() == vcenter.sdk().getPort();
        boolean named = !itself && DIGITS.matcher(digits).matches();
        SSLSocketFactory sockets = named ? only(digits) : vcenter.trust().sockets();
        int port = uri.getPort() < 0 ? HTTPS : uri.getPort();
        Socket plain = new Socket();
        try {
            transfer.through(plain);
            plain.connect(new InetSocketAddress(uri.getHost(), port), (int) CONNECT.toMillis());
            plain.setSoTimeout((int) CONNECT.toMillis());
            SSLSocket socket = (SSLSocket) sockets.createSocket(plain, uri.getHost(), port, true);
            if (!named && vcenter.trust().namesAreChecked()) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
            }
            socket.startHandshake();
            socket.setSoTimeout((int) TICK.toMillis());
            return new Line(socket, transfer, tick);
        } catch (SSLException e) {
            plain.close();
            throw new DriverException(
                    Kind.UNAVAILABLE,
                    "TLS with " + uri.getAuthority() + ", where disks go to and come from, failed: " + e.getMessage(),
                    e);
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    OutputStream out() {
        return out;
    }

    /** What came back; its body ends where it is whole, and breaks where it is not. */
    record Response(int status, InputStream body) {}

    Response response() throws IOException {
        int status = status();
        Map<String, String> headers = headers();
        // "go on" before the answer proper
        while (status / 100 == 1) {
            status = status();
            headers = headers();
        }
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .endsWith("chunked")) {
            return new Response(status, new Chunks());
        }
        String length = headers.get("content-length");
        return new Response(status, length == null ? in : new Measured(Long.parseLong(length.strip())));
    }

    private int status() throws IOException {
        String[] words = text().split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5][0-9]{2}")) {
            throw new IOException("what came back is not HTTP");
        }
        return Integer.parseInt(words[1]);
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = text(); !line.isEmpty(); line = text()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        return headers;
    }

    private String text() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = must(); c != '\n'; c = must()) {
            if (c != '\r') {
                line.append((char) c);
            }
            if (line.length() > LONGEST_LINE) {
                throw new IOException("what came back is not HTTP");
            }
        }
        return line.toString();
    }

    private int must() throws IOException {
        int c = in.read();
        if (c < 0) {
            throw new EOFException("the connection was closed");
        }
        return c;
    }

    @Override
    public void close() {
        transfer.through(null);
        try {
            socket.close();
        } catch (IOException e) {
            // what had to come has come
        }
    }

    /** Waits for bytes as long as the transfer is wanted, and lets others know that it does. */
    private final class Patient extends InputStream {
        private final InputStream from;

        Patient(InputStream from) {
            this.from = from;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            for (int silent = 0; silent < SILENT_TICKS; silent++) {
                try {
                    return from.read(bytes, offset, count);
                } catch (SocketTimeoutException e) {
                    transfer.check();
                    tick.run();
                }
            }
            throw new SocketTimeoutException("nothing came for " + SILENT_TICKS + " seconds");
        }
    }

    /** A body of known length. */
    private final class Measured extends InputStream {
        private long left;

        Measured(long length) {
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(count, left));
            if (read < 0) {
                throw new EOFException("the connection was closed " + left + " bytes before the end");
            }
            left -= read;
            return read;
        }
    }

    /** A body in chunks (RFC 9112, section 7.1). */
    private final class Chunks extends InputStream {
        private Measured chunk = new Measured(0);
        private boolean first = true;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            if (ended || count == 0) {
                return ended ? -1 : 0;
            }
            int read = chunk.read(bytes, offset, count);
            if (read >= 0) {
                return read;
            }
            if (!first) {
                text();
            }
            first = false;
            String size = text().split(";", 2)[0].strip();
            if (!size.matches("[0-9a-fA-F]{1,15}")) {
                throw new IOException("a chunk has no length");
            }
            chunk = new Measured(Long.parseLong(size, 16));
            if (chunk.left == 0) {
                headers();
                ended = true;
                return -1;
            }
            return chunk.read(bytes, offset, count);
        }
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

    /** Believes the certificate that was named. */
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
}
