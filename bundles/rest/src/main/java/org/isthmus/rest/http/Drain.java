// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way out of a controller that stops: first it says that it leaves and answers as ever, then it ends what is long, and
 * at last waits for the requests under way. Thread-safe.
 */
public final class Drain {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int underWay;
    private volatile boolean leaving;
    private volatile boolean ending;

    /** Requests are welcome: at the beginning, and when a web server begins again. */
    public void open() {
        leaving = false;
        ending = false;
    }

    /**
     * Says from now on that it leaves, and returns after this time. A balancer sees it by {@code /readyz} and sends nobody
     * new; who comes on an open connection is answered, told that it closes, and connects again elsewhere.
     */
    public void leave(Duration notice) {
        leaving = true;
        long end = System.nanoTime() + notice.toNanos();
        lock.lock();
        try {
            long left = notice.toNanos();
            while (left > 0) {
                changed.awaitNanos(left);
                left = end - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Streams end, and nobody waits for an operation any more, within a few seconds. */
    public void end() {
        ending = true;
    }

    /** Whether it says that it leaves. */
    public boolean leaving() {
        return leaving;
    }

    /** Whether what is long ends now. */
    public boolean ending() {
        return ending;
    }

    /** A request begins; {@link #ends} follows. */
    public void begins() {
        lock.lock();
        try {
            underWay++;
        } finally {
            lock.unlock();
        }
    }

    public void ends() {
        lock.lock();
        try {
            underWay--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no request is under way. False when some are after this time. */
    public boolean awaitNone(Duration longest) {
        lock.lock();
        try {
            long left = longest.toNanos();
            while (underWay > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return underWay == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
