// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.AbstractHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.tls.SelfSigned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the two listeners on the web server it becomes part of: HTTPS, and plain HTTP on the loopback interface.
 *
 * <p>A handler that handles next to nothing: in Karaf, Pax Web takes services of that type into its Jetty, and its own settings know
 * one list of addresses for both protocols, so they cannot say what we want. The ports are open between {@link #admit} and
 * {@link #dismiss}, which the servlet calls, so nobody comes in before there is somebody to answer.
 */
public final class Listeners extends AbstractHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int OUTPUT_BYTES = 64 * 1024;
    /** Only counts while a client is awaited; one that waits for us is not idle. */
    private static final long IDLE_MILLIS = 60_000;
    /** Much more than the slowest of honest clients takes for the header of a request. */
    private static final Duration LONGEST_HEADER = Duration.ofSeconds(15);

    private final Ids ids;
    private final Clock clock;
    private final List<ServerConnector> open = new ArrayList<>();
    private final Connections connections = new Connections(Connections.Most.DEFAULT);
    private WebSettings settings;
    private boolean admitting;
    private Optional<IOException> failure = Optional.empty();

    public Listeners(WebSettings settings, Ids ids, Clock clock) {
        this.settings = settings;
        this.ids = ids;
        this.clock = clock;
    }

    /** Takes new settings: closes what was open and opens what is now wanted. The same settings change nothing. */
    public synchronized void apply(WebSettings changed) {
        if (changed.equals(settings)) {
            return;
        }
        settings = changed;
        close();
        open();
    }

    /** Takes as many connections from now on; those that are open stay. */
    public void apply(Connections.Most most) {
        connections.apply(most);
    }

    /** From now on requests can be answered. */
    public synchronized void admit() {
        admitting = true;
        close();
        open();
    }

    /** Nobody new comes in; who is here is answered, until {@link #dismiss}. */
    public synchronized void shut() {
        open.forEach(ServerConnector::shutdown);
    }

    /** Nobody is there to answer any more. */
    public synchronized void dismiss() {
        admitting = false;
        close();
    }

    /** Why a listener that is wanted is not there, if so. */
    public synchronized Optional<IOException> failure() {
        return failure;
    }

    /** The port that HTTPS really has. */
    public synchronized int httpsPort() {
        return port("https");
    }

    /** The port that plain HTTP really has. */
    public synchronized int httpPort() {
        return port("http");
    }

    private int port(String name) {
        return open.stream()
                .filter(connector -> connector.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is not listening"))
                .getLocalPort();
    }

    @Override
    protected synchronized void doStart() throws Exception {
        super.doStart();
        ProblemErrors errors = new ProblemErrors(ids);
        // first, because the server starts it when it takes it, and then its server can no longer be set
        errors.setServer(getServer());
        getServer().setErrorHandler(errors);
        open();
    }

    @Override
    protected synchronized void doStop() throws Exception {
        close();
        super.doStop();
    }

    /** The servlets behind answer, but for what a servlet context refuses before them, with an empty or an HTML page. */
    @Override
    public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String first = target.toUpperCase(Locale.ROOT);
        if (request.getMethod().equals("TRACE")) {
            // Pax Web's contexts refuse it with nothing; under a name that nobody knows it comes to our own refusal
            base.setMethod("X-TRACE");
        } else if (first.startsWith("/WEB-INF") || first.startsWith("/META-INF")) {
            refuse(Problem.NOT_FOUND.because("There is nothing at this path."), base, response);
        }
    }

    private void refuse(ProblemException problem, Request base, HttpServletResponse response) throws IOException {
        String requestId = ids.uuid().toString();
        base.setHandled(true);
        Written.problem(Problems.reply(problem, requestId).with("X-Request-Id", requestId), response);
    }

    /** Opens what is wanted, once there are both a web server and somebody to answer: either may come first. */
    private void open() {
        failure = Optional.empty();
        if (!admitting || getServer() == null || !isRunning()) {
            return;
        }
        if (settings.https()) {
            listen("https", settings.httpsAddress(), settings.httpsPort(), this::secure);
        }
        if (settings.http()) {
            listen(
                    "http",
                    LOOPBACK,
                    settings.httpPort(),
                    () -> new Connector(getServer(), connections, LONGEST_HEADER, plain(configuration())));
        }
    }

    private interface Making {
        ServerConnector connector() throws IOException;
    }

    /** One that cannot listen leaves the other as it is: the operator can still come in there. */
    private void listen(String name, String address, int port, Making making) {
        try {
            ServerConnector connector = making.connector();
            connector.setName(name);
            connector.setHost(address);
            connector.setPort(port);
            connector.setIdleTimeout(IDLE_MILLIS);
            connector.open();
            getServer().addConnector(connector);
            open.add(connector);
            if (getServer().isStarted()) {
                connector.start();
            }
            LOG.info("Listening for {} on {}:{}", name, address, connector.getLocalPort());
        } catch (Exception e) {
            String problem = "Cannot listen for " + name + " on " + address + ":" + port + ": " + e.getMessage();
            LOG.error(
                    "{}. Change {}.port or its address in etc/org.isthmus.rest.cfg, or end what listens there",
                    problem,
                    name);
            LOG.debug("Because of", e);
            failure = Optional.of(new IOException(problem, e));
        }
    }

    private void close() {
        for (ServerConnector connector : open) {
            try {
                connector.stop();
                getServer().removeConnector(connector);
            } catch (Exception e) {
                LOG.warn("Listening for {} does not end: {}", connector.getName(), e.getMessage());
            }
        }
        open.clear();
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendXPoweredBy(false);
        configuration.setRequestHeaderSize(HEADER_BYTES);
        configuration.setResponseHeaderSize(HEADER_BYTES);
        configuration.setOutputBufferSize(OUTPUT_BYTES);
        // no setMinRequestDataRate: Jetty counts the time we work on a request too, and CXF reads the body's end once
        // more
        // when it answers, so that a small body with Prefer: wait would get 408 instead of its answer
        return configuration;
    }

    private static HttpConnectionFactory plain(HttpConfiguration configuration) {
        return new HttpConnectionFactory(configuration);
    }

    private ServerConnector secure() throws IOException {
        SslContextFactory.Server context = new SslContextFactory.Server();
        if (settings.keyStore().isPresent()) {
            context.setKeyStorePath(settings.keyStore().get().toString());
            context.setKeyStorePassword(
                    settings.keyStorePassword().map(Secret::reveal).orElse(""));
        } else {
            SelfSigned.Made made = SelfSigned.ensure(settings.folder(), clock);
            context.setKeyStore(made.keyStore());
            context.setKeyStorePassword(made.password().reveal());
            LOG.info(
                    "The certificate is our own, SHA-256 {}; clients can trust {}",
                    made.fingerprint(),
                    made.certificate());
        }
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        context.setRenegotiationAllowed(false);
        HttpConfiguration configuration = configuration();
        // the certificate's names are checked by the client; a server need not compare them with the Host header
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        return new Connector(
                getServer(),
                connections,
                LONGEST_HEADER,
                new SslConnectionFactory(context, "http/1.1"),
                plain(configuration));
    }
}
