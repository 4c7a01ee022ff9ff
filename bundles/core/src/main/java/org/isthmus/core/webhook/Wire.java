// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.isthmus.core.Threads;

/**
 * Sends a request to an address that a customer chose. Speaks HTTP/1.1 itself, because the address that was checked must be
 * the one that is connected to: a name can mean another one a moment later. One connection a request; nothing is followed,
 * no cookie or answer kept; from the first byte to the last it takes no longer than the timeout, whatever the other side does.
 */
final class Wire implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5]\\d\\d)( .*)?");
    private static final int MOST_HEAD = 16_384;
    private static final int MOST_INTERIM = 5;
    private static final int MOST_BODY = 200;

    private final Settings settings;
    private final Names names;
    private final Supplier<SSLSocketFactory> tls;
    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-webhook-watch"));

    /** What a name means now. */
    @FunctionalInterface
    interface Names {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /**
     * What came of it.
     *
     * @param status of the answer, if there was one
     * @param error why there was none, or the beginning of one that is no success
     */
    record Answer(Optional<Integer> status, Optional<String> error) {
        static Answer none(String error) {
            return new Answer(Optional.empty(), Optional.of(error));
        }

        boolean success() {
            return status.filter(code -> code >= 200 && code < 300).isPresent();
        }
    }

    /** The connection cannot be what it should be: said as it is. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1L;

        Refusal(String message) {
            super(message);
        }
    }

    /**
     * A wire.
     *
     * @param tls asked when it is first needed: reading whom the machine trusts takes longer than a start should
     */
    Wire(Settings settings, Names names, Supplier<SSLSocketFactory> tls) {
        this.settings = settings;
        this.names = names;
        this.tls = tls;
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }

    /**
     * The address as it is used.
     *
     * @throws IllegalArgumentException says why it cannot be one
     */
    URI checked(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (java.net.URISyntaxException e) {
            throw new IllegalArgumentException("This is no address: " + e.getReason() + ".", e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !(scheme.equals("http") && settings.http())) {
            throw new IllegalArgumentException(
                    settings.http()
                            ? "An address begins with https:// or http://."
                            : "An address begins with https://.");
        }
        if (uri.getHost() == null || uri.getHost().isEmpty() || uri.getPort() == 0 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("An address has a host, and perhaps a port, of letters and digits.");
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("An address has no user, password or fragment.");
        }
        return uri;
    }

    Answer post(URI url, Map<String, String> headers, byte[] body) {
        AtomicBoolean late = new AtomicBoolean();
        Socket socket = new Socket();
        // the bare socket: closing one that is encrypted waits for whoever is writing
        Future<?> end = watch.schedule(
                () -> {
                    late.set(true);
                    shut(socket);
                },
                settings.timeout().toMillis(),
                TimeUnit.MILLISECONDS);
        try (socket) {
            return exchange(url, socket, headers, body);
        } catch (IOException e) {
            return Answer.none(late.get() ? "There was no answer within " + spoken(settings.timeout()) + "." : why(e));
        } finally {
            end.cancel(false);
        }
    }

    private static String spoken(Duration timeout) {
        return timeout.toMillis() / 1000.0 + " seconds";
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is known of a failure, without what a stranger wrote into it. */
    private static String why(IOException e) {
        if (e instanceof Refusal) {
            return e.getMessage();
        }
        if (e instanceof UnknownHostException) {
            return "The name is not known.";
        }
        if (e instanceof SSLException) {
            return "No encrypted connection came about: " + printable(String.valueOf(e.getMessage()));
        }
        return e instanceof java.net.ConnectException || e instanceof java.net.NoRouteToHostException
                ? "Nobody takes connections there."
                : "The connection broke off: " + printable(String.valueOf(e.getMessage()));
    }

    private Answer exchange(URI url, Socket socket, Map<String, String> headers, byte[] body) throws IOException {
        boolean secure = url.getScheme().equalsIgnoreCase("https");
        String host = url.getHost();
        int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
        connect(socket, bare(host), port);
        if (!secure) {
            return speak(url, socket, headers, body);
        }
        try (SSLSocket wrapped = (SSLSocket) tls.get().createSocket(socket, bare(host), port, true)) {
            SSLParameters parameters = wrapped.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            wrapped.setSSLParameters(parameters);
            wrapped.startHandshake();
            return speak(url, wrapped, headers, body);
        }
    }

    /** An IPv6 address without its brackets. */
    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** To the first of the addresses that may be reached. */
    private void connect(Socket socket, String host, int port) throws IOException {
        InetAddress address = Arrays.stream(names.addresses(host))
                .filter(this::mayReach)
                .findFirst()
                // not which one it is: that would tell strangers what names in here mean
                .orElseThrow(() -> new Refusal(
                        "The address is not on the public Internet, and the platform has not allowed its network."));
        socket.setTcpNoDelay(true);
        socket.connect(
                new InetSocketAddress(address, port),
                Math.toIntExact(settings.timeout().toMillis()));
    }

    private boolean mayReach(InetAddress address) {
        return Outside.has(address) || settings.networks().stream().anyMatch(block -> block.contains(address));
    }

    private static Answer speak(URI url, Socket socket, Map<String, String> headers, byte[] body) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(request(url, headers, body.length));
        out.write(body);
        out.flush();
        return answer(socket.getInputStream());
    }

    private static byte[] request(URI url, Map<String, String> headers, int length) {
        URI ascii = URI.create(url.toASCIIString());
        String path = ascii.getRawPath() == null || ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
        String port = url.getPort() > 0 ? ":" + url.getPort() : "";
        String head = "POST " + path + query + " HTTP/1.1\r\nHost: " + ascii.getHost() + port
                + "\r\nConnection: close\r\nContent-Length: " + length + "\r\n"
                + headers.entrySet().stream()
                        .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
                        .collect(Collectors.joining())
                + "\r\n";
        return head.getBytes(StandardCharsets.US_ASCII);
    }

    private static Answer answer(InputStream in) throws IOException {
        for (int i = 0; i < MOST_INTERIM; i++) {
            String head = head(in);
            Matcher first = STATUS.matcher(head.lines().findFirst().orElse(""));
            if (!first.matches()) {
                throw new Refusal("What came is no HTTP answer.");
            }
            int status = Integer.parseInt(first.group(1));
            if (status < 200) {
                continue;
            }
            if (status < 300) {
                return new Answer(Optional.of(status), Optional.empty());
            }
            String redirected = status < 400 ? " (redirections are not followed)" : "";
            return new Answer(
                    Optional.of(status), Optional.of("Answered " + status + redirected + ": " + beginning(in)));
        }
        throw new Refusal("What came is no HTTP answer.");
    }

    /** Up to the empty line. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < MOST_HEAD) {
            int next = in.read();
            if (next < 0) {
                throw new Refusal("The connection ended before there was an answer.");
            }
            head.append((char) next);
            if (next == '\n'
                    && (head.toString().endsWith("\r\n\r\n") || head.toString().endsWith("\n\n"))) {
                return head.toString();
            }
        }
        throw new Refusal("What came is no HTTP answer: its head is too long.");
    }

    private static String beginning(InputStream in) {
        try {
            return printable(new String(in.readNBytes(MOST_BODY), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return "";
        }
    }

    private static String printable(String text) {
        String clean = text.codePoints()
                .map(each -> Character.isISOControl(each) || !Character.isDefined(each) ? ' ' : each)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .replaceAll(" +", " ")
                .strip();
        return clean.length() <= MOST_BODY ? clean : clean.substring(0, MOST_BODY);
    }
}
