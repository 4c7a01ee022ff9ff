// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Sends a request to an address that a customer chose. Speaks HTTP/1.1 itself, because the address that was checked must be
 * the one that is connected to: a name can mean another one a moment later. One connection a request; nothing is followed, no
 * cookie kept, no proxy used.
 */
public final class Outward {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5]\\d\\d)( .*)?");
    private static final int MOST_HEAD = 16_384;
    private static final int MOST_INTERIM = 5;
    private static final int MOST_WORDS = 200;

    private final Reach reach;
    private final Names names;
    private final Supplier<SSLSocketFactory> tls;

    /** What a name means now. */
    @FunctionalInterface
    public interface Names {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /**
     * A way out.
     *
     * @param tls asked when it is first needed: reading whom the machine trusts takes longer than a start should
     */
    public Outward(Reach reach, Names names, Supplier<SSLSocketFactory> tls) {
        this.reach = reach;
        this.names = names;
        this.tls = tls;
    }

    /** One that asks the machine what names mean and whom it trusts. */
    public Outward(Reach reach) {
        this(reach, InetAddress::getAllByName, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    /**
     * An answer; closing it ends the connection.
     *
     * @param headers by their names in lower case; of several of one name the first
     * @param body up to the end of the connection, as it comes
     */
    public record Answer(int status, Map<String, String> headers, InputStream body, Socket connection)
            implements AutoCloseable {
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    /** As {@link Reach#checked}. */
    public URI checked(String url) {
        return reach.checked(url);
    }

    /**
     * Sends a request, and reads the head of the answer to it.
     *
     * @param bare a new socket with what time-out its reading shall have; the caller closes it, whatever comes of this
     * @param connectMillis how long the other side has to take the connection
     */
    public Answer ask(
            Socket bare, int connectMillis, String verb, URI url, Map<String, String> headers, Optional<byte[]> body)
            throws IOException {
        boolean secure = url.getScheme().equalsIgnoreCase("https");
        String host = bareHost(url.getHost());
        connect(bare, host, url.getPort() > 0 ? url.getPort() : secure ? 443 : 80, connectMillis);
        Socket socket = secure ? encrypted(bare, host) : bare;
        OutputStream out = socket.getOutputStream();
        out.write(request(verb, url, headers, body.map(bytes -> bytes.length)));
        if (body.isPresent()) {
            out.write(body.get());
        }
        out.flush();
        return answer(socket);
    }

    private SSLSocket encrypted(Socket bare, String host) throws IOException {
        SSLSocket socket = (SSLSocket) tls.get().createSocket(bare, host, bare.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** An IPv6 address without its brackets. */
    private static String bareHost(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** To the first of the addresses that may be reached. */
    private void connect(Socket socket, String host, int port, int millis) throws IOException {
        for (InetAddress address : names.addresses(host)) {
            // a public one of this machine leads to what listens on all of its interfaces
            boolean own = NetworkInterface.getByInetAddress(address) != null;
            if (reach.covers(address, own)) {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(address, port), millis);
                return;
            }
        }
        // not which one it is: that would tell strangers what names in here mean
        throw new Refusal("The address is not on the public Internet, and the platform has not allowed its network.");
    }

    private static byte[] request(String verb, URI url, Map<String, String> headers, Optional<Integer> length) {
        URI ascii = URI.create(url.toASCIIString());
        String path = ascii.getRawPath() == null || ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
        String port = url.getPort() > 0 ? ":" + url.getPort() : "";
        String head = verb + " " + path + query + " HTTP/1.1\r\nHost: " + ascii.getHost() + port
                + "\r\nConnection: close\r\n"
                + length.map(bytes -> "Content-Length: " + bytes + "\r\n").orElse("")
                + headers.entrySet().stream()
                        .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
                        .collect(Collectors.joining())
                + "\r\n";
        return head.getBytes(StandardCharsets.US_ASCII);
    }

    private static Answer answer(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        for (int i = 0; i < MOST_INTERIM; i++) {
            String head = head(in);
            Matcher first = STATUS.matcher(head.lines().findFirst().orElse(""));
            if (!first.matches()) {
                throw new Refusal("What came is no HTTP answer.");
            }
            int status = Integer.parseInt(first.group(1));
            if (status >= 200) {
                return new Answer(status, headers(head), in, socket);
            }
        }
        throw new Refusal("What came is no HTTP answer.");
    }

    /** Up to the empty line. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < MOST_HEAD) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("no answer");
            }
            head.append((char) next);
            if (next == '\n'
                    && (head.toString().endsWith("\r\n\r\n") || head.toString().endsWith("\n\n"))) {
                return head.toString();
            }
        }
        throw new Refusal("What came is no HTTP answer: its head is too long.");
    }

    private static Map<String, String> headers(String head) {
        Map<String, String> headers = new TreeMap<>();
        head.lines().skip(1).forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.putIfAbsent(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        });
        return headers;
    }

    /** What is known of a failure, without what a stranger wrote into it. */
    public static String why(IOException e) {
        if (e instanceof Refusal) {
            return e.getMessage();
        }
        if (e instanceof EOFException) {
            return "The connection ended before there was an answer.";
        }
        if (e instanceof UnknownHostException) {
            return "The name is not known.";
        }
        if (e instanceof SSLException) {
            return "No encrypted connection came about: " + printable(String.valueOf(e.getMessage()));
        }
        if (e instanceof SocketTimeoutException) {
            return "Nothing came for too long.";
        }
        return e instanceof ConnectException || e instanceof NoRouteToHostException
                ? "Nobody takes connections there."
                : "The connection broke off: " + printable(String.valueOf(e.getMessage()));
    }

    /** True for what will be the same however often it is tried. */
    public static boolean isFinal(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof Refusal || cause instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }

    /** At most 200 characters of it, on one line. */
    public static String printable(String text) {
        String clean = text.codePoints()
                .map(each -> Character.isISOControl(each) || !Character.isDefined(each) ? ' ' : each)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .replaceAll(" +", " ")
                .strip();
        return clean.length() <= MOST_WORDS ? clean : clean.substring(0, MOST_WORDS);
    }
}
