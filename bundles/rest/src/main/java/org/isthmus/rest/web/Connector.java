// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ChannelEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener that closes what one address, or all together, have too many of: a connection costs memory and a file. */
final class Connector extends ServerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

    private final Connections connections;

    Connector(Server server, Connections connections, ConnectionFactory... factories) {
        super(server, factories);
        this.connections = connections;
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

    private static String address(SocketAddress remote) {
        return remote instanceof InetSocketAddress known && known.getAddress() != null
                ? known.getAddress().getHostAddress()
                : "unknown";
    }
}
