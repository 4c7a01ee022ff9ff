// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.xml.stream.XMLStreamException;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One request and its answer over HTTPS. It has no threads and no pool of its own: the JDK keeps a connection that was
 * read to its end for a few seconds.
 */
final class Wire {
    /**
     * The version that requests are of: what they may hold is decided by it. The generated methods say 6.0, while their types are
     * those of 6.5, and a server refuses what is newer than the version that is said.
     */
    private static final String ACTION = "\"urn:vim25/6.5\"";

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration SILENCE = Duration.ofSeconds(8);
    private static final int LARGEST_ANSWER = 256 << 20;
    private static final HostnameVerifier ANY_NAME = (host, session) -> true;

    private final VCenter where;

    Wire(VCenter where) {
        this.where = where;
    }

    /** What came back: the answer, and a session when one was begun. */
    record Reply(Object answer, Optional<String> cookie) {}

    /**
     * Sends it once.
     *
     * @throws IOException when the connection broke: the call may have been carried out or not
     * @throws DriverException when it was certainly not, or its answer makes no sense
     * @throws VimFault as the vCenter answered
     */
    Reply send(Method method, Object[] arguments, Optional<String> cookie, Deadline deadline) throws IOException {
        byte[] body = Xml.call(method, arguments, deadline);
        HttpURLConnection connection = (HttpURLConnection) where.sdk().toURL().openConnection();
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(where.trust().sockets());
            if (!where.trust().namesAreChecked()) {
                secure.setHostnameVerifier(ANY_NAME);
            }
        }
        connection.setConnectTimeout(deadline.millis(CONNECT));
        connection.setReadTimeout(deadline.millis(SILENCE));
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        // a body of known length is never sent a second time behind our back
        connection.setFixedLengthStreamingMode(body.length);
        connection.setRequestProperty("Content-Type", "text/xml; charset=utf-8");
        connection.setRequestProperty("SOAPAction", ACTION);
        cookie.ifPresent(value -> connection.setRequestProperty("Cookie", value));
        connect(connection);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        int status = connection.getResponseCode();
        byte[] answer = all(status >= 400 ? connection.getErrorStream() : connection.getInputStream(), deadline);
        if (status != 200 && status != 500) {
            throw strange(status);
        }
        try {
            return new Reply(Xml.answer(method, new ByteArrayInputStream(answer), deadline), session(connection));
        } catch (XMLStreamException e) {
            throw new DriverException(
                    status == 500 ? Kind.UNAVAILABLE : Kind.BROKEN,
                    where.name() + " answers HTTP " + status + " without SOAP: is it a vCenter?",
                    e);
        }
    }

    /** Nothing is sent yet when this fails. */
    private void connect(HttpURLConnection connection) {
        try {
            connection.connect();
        } catch (SSLException e) {
            throw notTrusted(e);
        } catch (UnknownHostException e) {
            throw new DriverException(
                    Kind.UNAVAILABLE, "There is no host " + where.sdk().getHost() + ".", e);
        } catch (SocketTimeoutException e) {
            throw new DriverException(Kind.UNAVAILABLE, where.name() + " does not answer.", e);
        } catch (IOException e) {
            throw new DriverException(Kind.UNAVAILABLE, where.name() + " cannot be reached: " + e.getMessage(), e);
        }
    }

    private DriverException notTrusted(SSLException e) {
        boolean certificate = e instanceof SSLPeerUnverifiedException;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            certificate |= cause instanceof CertificateException;
        }
        if (!certificate) {
            return new DriverException(Kind.UNAVAILABLE, "TLS with " + where.name() + " failed: " + e.getMessage(), e);
        }
        String shown =
                where.trust().lastShown().map(sha -> " (SHA-256 " + sha + ")").orElse("");
        return new DriverException(
                Kind.UNAVAILABLE,
                "The certificate of " + where.name() + shown + " is not trusted. Give its authority in caCertificate,"
                        + " or its thumbprint in thumbprint when you have compared it.",
                e);
    }

    private DriverException strange(int status) {
        Kind kind =
                switch (status) {
                    case 401, 403 -> Kind.DENIED;
                    case 429 -> Kind.THROTTLED;
                    default -> status > 500 ? Kind.UNAVAILABLE : Kind.BROKEN;
                };
        return new DriverException(kind, where.name() + " answers HTTP " + status + ".");
    }

    private static byte[] all(InputStream from, Deadline deadline) throws IOException {
        if (from == null) {
            return new byte[0];
        }
        try (InputStream in = from) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
            byte[] part = new byte[1 << 16];
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                out.write(part, 0, read);
                // a server that trickles must not hold us for ever
                deadline.millis(SILENCE);
                if (out.size() > LARGEST_ANSWER) {
                    throw new DriverException(Kind.BROKEN, "An answer has more than 256 MiB.");
                }
            }
            return out.toByteArray();
        }
    }

    private static Optional<String> session(HttpURLConnection connection) {
        for (Map.Entry<String, List<String>> header :
                connection.getHeaderFields().entrySet()) {
            if ("Set-Cookie".equalsIgnoreCase(header.getKey())) {
                for (String value : header.getValue()) {
                    if (value.startsWith("vmware_soap_session=")) {
                        return Optional.of(value.split(";", 2)[0]);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
