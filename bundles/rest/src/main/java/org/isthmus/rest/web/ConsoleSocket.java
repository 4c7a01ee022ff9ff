// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.eclipse.jetty.websocket.api.WebSocketListener;
import org.isthmus.api.server.Servers.ConsoleLine;
import org.isthmus.rest.http.Places;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One console: what the line prints goes out as binary frames, what comes in as frames goes to the line. */
final class ConsoleSocket implements WebSocketListener, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleSocket.class);
    private static final int BUFFER = 8192;
    private static final long HANDSHAKE_SECONDS = 30;

    private final ConsoleLine line;
    private final Places.Place place;
    private final CountDownLatch connected = new CountDownLatch(1);
    private volatile Session session;
    private volatile boolean ended;

    ConsoleSocket(ConsoleLine line, Places.Place place) {
        this.line = line;
        this.place = place;
    }

    /** Pumps the line's output until it ends or the client goes. */
    @Override
    public void run() {
        try {
            if (!connected.await(HANDSHAKE_SECONDS, TimeUnit.SECONDS) || session == null) {
                return;
            }
            InputStream output = line.output();
            byte[] buffer = new byte[BUFFER];
            int read = output.read(buffer);
            while (read >= 0) {
                session.getRemote().sendBytes(ByteBuffer.wrap(Arrays.copyOf(buffer, read)));
                read = output.read(buffer);
            }
            session.close(StatusCode.NORMAL, "the console ended");
        } catch (IOException e) {
            LOG.debug("A console ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
            place.close();
        }
    }

    /** Ends it when whoever opened it may not use it any more, or nobody can say; true while it goes on. */
    boolean goesOn() {
        boolean allowed;
        try {
            allowed = line.allowed();
        } catch (RuntimeException away) {
            // also what nobody thought of: an exception would end the watch over all the others
            LOG.debug("Nobody can say who may use a console", away);
            allowed = false;
        }
        Session open = session;
        if (!allowed) {
            if (open != null && open.isOpen()) {
                open.close(StatusCode.POLICY_VIOLATION, "you may not use this console any more");
            }
            close();
        }
        return !ended;
    }

    @Override
    public void onWebSocketConnect(Session opened) {
        session = opened;
        connected.countDown();
    }

    @Override
    public void onWebSocketBinary(byte[] payload, int offset, int length) {
        try {
            line.input().write(payload, offset, length);
            line.input().flush();
        } catch (IOException e) {
            LOG.debug("A console takes nothing more", e);
            close();
        }
    }

    @Override
    public void onWebSocketText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        onWebSocketBinary(bytes, 0, bytes.length);
    }

    @Override
    public void onWebSocketClose(int status, String reason) {
        close();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("A console broke off", cause);
        close();
    }

    void close() {
        ended = true;
        connected.countDown();
        line.close();
        Session open = session;
        if (open != null && open.isOpen()) {
            open.close();
        }
    }
}
