// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.HandlerCollection;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.isthmus.model.Ids;
import org.isthmus.rest.http.Turns;
import org.isthmus.rest.web.Listeners;
import org.isthmus.rest.web.RestServlet;
import org.isthmus.rest.web.WebSettings;

/** REST in a plain JVM, without OSGi: for tests, benches and journeys. The same servlet and listeners as in Karaf. */
public final class RestServer implements AutoCloseable {
    /**
     * Threads for requests; org.ops4j.pax.web.cfg says the same in Karaf. More than all {@link org.isthmus.rest.http.Places}
     * together (64 bodies, 48 logins, 64 waiting for operations, 64 event streams, 48 transfers of images, 64 answers that are not
     * read) and all that have (128) or wait for (192) their {@link org.isthmus.rest.http.Turns}: short requests always find one.
     */
    static final int MAX_THREADS = 704;

    private final Server server;
    private final Listeners listeners;
    private final RestApi api;
    private final RestServlet servlet;

    private RestServer(Server server, Listeners listeners, RestApi api, RestServlet servlet) {
        this.servlet = servlet;
        this.server = server;
        this.listeners = listeners;
        this.api = api;
    }

    /**
     * Starts it; it is listening when this returns.
     *
     * @throws IOException when a port is taken or a key store cannot be read
     */
    public static RestServer start(WebSettings settings, Services services, Ids ids, Clock clock) throws IOException {
        RestApi api = new RestApi(services, ids, new Turns(Turns.Settings.DEFAULT, System::nanoTime));
        Server server = new Server(new QueuedThreadPool(MAX_THREADS));
        ServletContextHandler context = new ServletContextHandler(null, "/", ServletContextHandler.NO_SESSIONS);
        Listeners listeners = new Listeners(settings, ids, clock);
        RestServlet servlet = new RestServlet(api, services, ids, listeners);
        ServletHolder holder = new ServletHolder("rest", servlet);
        holder.setInitParameters(RestServlet.INIT);
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        context.addServlet(holder, "/*");
        server.setHandler(new HandlerCollection(listeners, context));
        RestServer rest = new RestServer(server, listeners, api, servlet);
        try {
            server.start();
        } catch (Exception e) {
            rest.close();
            throw new IOException("REST does not start: " + e.getMessage(), e);
        }
        if (listeners.failure().isPresent()) {
            rest.close();
            throw listeners.failure().get();
        }
        return rest;
    }

    public RestApi api() {
        return api;
    }

    /** Where plain HTTP is. */
    public URI http() {
        return URI.create("http://127.0.0.1:" + listeners.httpPort());
    }

    /** Where HTTPS is. */
    public URI https() {
        return URI.create("https://127.0.0.1:" + listeners.httpsPort());
    }

    Listeners listeners() {
        return listeners;
    }

    /** Leaves as a controller does that is stopped; {@link #close} follows. */
    void leave(Duration notice) {
        servlet.leave(notice);
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("REST does not stop: " + e.getMessage(), e);
        }
    }
}
