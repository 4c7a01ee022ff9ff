// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One transfer under way, of one token. It can be broken off by another thread at any moment, even while a byte is waited
 * for: an interrupt does not end that, closing the socket does.
 */
public final class Transfer {
    private final String token;
    private final CountDownLatch brokenOff = new CountDownLatch(1);
    private boolean begun;
    private boolean ended;
    private Socket socket;

    public Transfer(String token) {
        this.token = token;
    }

    String token() {
        return token;
    }

    /** False when it was broken off before: then nothing may be done. */
    synchronized boolean begin() {
        if (brokenOff.getCount() == 0) {
            return false;
        }
        begun = true;
        return true;
    }

    synchronized void end() {
        ended = true;
    }

    /** True while a thread works at it. */
    synchronized boolean underWay() {
        return begun && !ended;
    }

    /** Breaks it off. Whoever works at it cleans up and ends it. */
    void breakOff() {
        Socket open;
        synchronized (this) {
            brokenOff.countDown();
            open = socket;
        }
        close(open);
    }

    /** The socket that bytes flow through now. */
    void through(Socket plain) {
        synchronized (this) {
            socket = plain;
        }
        if (brokenOff.getCount() == 0) {
            close(plain);
        }
    }

    private static void close(Socket socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                // it is of no use any more
            }
        }
    }

    /** Goes on only while it is wanted. */
    void check() {
        if (brokenOff.getCount() == 0 || Thread.currentThread().isInterrupted()) {
            throw abandoned();
        }
    }

    /** Waits, unless it is broken off. */
    void pause(Duration time) {
        try {
            if (brokenOff.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
                throw abandoned();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw abandoned();
        }
    }

    private static DriverException abandoned() {
        return new DriverException(Kind.UNAVAILABLE, "The transfer was broken off.");
    }

    /** Cleans up: an interrupt was for the transfer, which has ended, and not for this. */
    static void undisturbed(Runnable cleaning) {
        boolean interrupted = Thread.interrupted();
        try {
            cleaning.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
