// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * A byte stream to a remote. One thread reads, one writes; {@link #close} from any thread ends both at once, also in the
 * middle of a write to a peer that takes nothing.
 */
abstract class Wire implements Closeable, MessageReader.Source {
    /** Not yet connected, so that it can be closed while {@link #connect} still waits. */
    static Wire to(Remote remote, Optional<Tls> tls) throws IOException {
        return switch (remote.scheme()) {
            case UNIX -> new UnixWire(remote);
            case TCP -> new SocketWire(remote, Optional.empty());
            case SSL -> new SocketWire(remote, tls);
        };
    }

    abstract void connect(Duration connect, Duration handshake) throws IOException;

    abstract void write(byte[] bytes) throws IOException;

    @Override
    public abstract void close();

    private static final class SocketWire extends Wire {
        private final Remote remote;
        private final Optional<Tls> tls;
        private final Socket raw = new Socket();
        private Socket talking = raw;

        SocketWire(Remote remote, Optional<Tls> tls) {
            this.remote = remote;
            this.tls = tls;
        }

        @Override
        void connect(Duration connect, Duration handshake) throws IOException {
            raw.setTcpNoDelay(true);
            raw.setKeepAlive(true);
            InetSocketAddress address = new InetSocketAddress(remote.host(), remote.port());
            if (address.isUnresolved()) {
                throw Lost.unavailable("the host name does not resolve");
            }
            raw.connect(address, (int) connect.toMillis());
            if (tls.isPresent()) {
                raw.setSoTimeout((int) handshake.toMillis());
                SSLSocket secure = tls.get().over(raw, remote);
                try {
                    secure.startHandshake();
                } catch (SSLException e) {
                    throw refused(e);
                }
                raw.setSoTimeout(0);
                talking = secure;
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return talking.getInputStream().read(into, offset, length);
            } catch (SSLException e) {
                // with TLS 1.3 a server refuses our certificate only after the handshake
                throw refused(e);
            }
        }

        @Override
        void write(byte[] bytes) throws IOException {
            talking.getOutputStream().write(bytes);
        }

        @Override
        public void close() {
            try {
                // the socket beneath: closing a TLS socket would wait for a write that is stuck
                raw.close();
            } catch (IOException e) {
                // closed is what we wanted
                return;
            }
        }

        private static IOException refused(SSLException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof EOFException) {
                    return Lost.unavailable("the server closed the connection during the TLS handshake", e);
                }
                if (cause instanceof CertificateException) {
                    return Lost.denied("the server's certificate is not signed by caCertificate", e);
                }
            }
            String message = String.valueOf(e.getMessage());
            if (message.contains("fatal alert")) {
                return Lost.denied("the server refuses our TLS certificate or version: " + message, e);
            }
            return Lost.unavailable("TLS failed: " + message, e);
        }
    }

    private static final class UnixWire extends Wire {
        private final Remote remote;
        private final SocketChannel channel;

        UnixWire(Remote remote) throws IOException {
            this.remote = remote;
            // read and written as a channel: its streams of JDK 17 do not read and write at the same time
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        }

        @Override
        void connect(Duration connect, Duration handshake) throws IOException {
            channel.connect(UnixDomainSocketAddress.of(remote.host()));
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(into, offset, length));
        }

        @Override
        void write(byte[] bytes) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // closed is what we wanted
                return;
            }
        }
    }
}
