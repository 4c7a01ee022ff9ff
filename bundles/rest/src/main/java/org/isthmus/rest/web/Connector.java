// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.ChannelEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnection;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listener that closes what one address, or all together, have too many of, and whoever does not come to the end of a
 * request's header: a connection costs memory and a file. Jetty by itself only asks for a byte a minute.
 */
final class Connector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

    private final Connections connections;
    private final Duration longest;
    /** Where a header was under way at the last look. Used by one look at a time. */
    private final Map<EndPoint, Begun> begun = new HashMap<>();

    /** After how many requests it was under way, and since when. */
    private record Begun(long requests, long nanos) {}

    /**
     * Not listening yet.
     *
     * @param longest for a header, and for whatever TLS needs before the first
     */
    Connector(Server server, Connections connections, Duration longest, ConnectionFactory... factories) {
        super(server, factories);
        this.connections = connections;
        this.longest = longest;
    }

    @Override
    protected ChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
            throws IOException {
        String address = address(channel.getRemoteAddress());
        if (!connections.take(address)) {
            LOG.debug("A connection too many from {}", address);
            throw new IOException("Too many connections from " + address);
        }
        return super.newEndPoint(channel, selector, key);
    }

    @Override
    protected void onEndPointClosed(EndPoint point) {
        connections.give(address(point.getRemoteAddress()));
        super.onEndPointClosed(point);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        lookLater();
    }

    private void lookLater() {
        getScheduler().schedule(this::look, longest.toMillis() / 10, TimeUnit.MILLISECONDS);
    }

    private void look() {
        if (!isRunning()) {
            return;
        }
        try {
            Collection<EndPoint> open = getConnectedEndPoints();
            begun.keySet().retainAll(Set.copyOf(open));
            long now = System.nanoTime();
            open.forEach(point -> look(point, now));
        } finally {
            lookLater();
        }
    }

    private void look(EndPoint point, long now) {
        Connection connection = point.getConnection();
        if (connection instanceof SslConnection secure) {
            connection = secure.getDecryptedEndPoint().getConnection();
        }
        if (!(connection instanceof HttpConnection http)) {
            begun.remove(point); // a console: it had its header
            return;
        }
        long requests = http.getMessagesIn();
        HttpParser parser = http.getParser();
        // before its first request it may be in the middle of TLS, which nobody tells from silence
        if (requests > 0 && (parser.isStart() || !parser.inHeaderState())) {
            begun.remove(point);
            return;
        }
        Begun since = begun.get(point);
        if (since == null || since.requests() != requests) {
            begun.put(point, new Begun(requests, now));
        } else if (now - since.nanos() > longest.toNanos()) {
            LOG.debug("No request came within {} from {}", longest, point.getRemoteAddress());
            point.close();
        }
    }

    private static String address(SocketAddress remote) {
        return remote instanceof InetSocketAddress known && known.getAddress() != null
                ? known.getAddress().getHostAddress()
                : "unknown";
    }
}
