// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.sql.DataSource;
import org.osgi.service.jdbc.DataSourceFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the database as soon as it can be opened: its driver is there, it answers, its schema is the newest. Until then
 * each attempt leaves nothing behind but the reason why it failed. Closes it when its driver goes. Thread-safe; one thread
 * attempts.
 */
final class Opening implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    private static final long LONGEST_ATTEMPT_SECONDS = 30;

    private final Settings settings;
    private final Function<DataSource, Runnable> publish;
    private final Map<DataSourceFactory, String> drivers = new ConcurrentHashMap<>();
    private final ReentrantLock attempting = new ReentrantLock();
    private final AtomicReference<Open> open = new AtomicReference<>();
    private volatile String problem = "The database is not open yet.";
    private volatile boolean closed;

    private record Open(DataSourceFactory driver, HikariDataSource pool, Runnable unpublish) {}

    /**
     * Not yet open.
     *
     * @param publish makes the pool known to all who wait for it, and gives what takes it back
     */
    Opening(Settings settings, Function<DataSource, Runnable> publish) {
        this.settings = settings;
        this.publish = publish;
    }

    void offer(DataSourceFactory driver, String name) {
        drivers.put(driver, name);
    }

    /** After this nobody uses it any more: waits for an attempt that is under way. */
    void withdraw(DataSourceFactory driver) {
        drivers.remove(driver);
        awaitAttempt();
        Open now = open.get();
        if (now != null && now.driver == driver) {
            close(now, "The database's driver has gone; it is opened again when the driver is back.");
        }
    }

    /** True when it is open afterwards. */
    boolean attempt() {
        if (open.get() != null) {
            return true;
        }
        Optional<DataSourceFactory> driver = drivers.entrySet().stream()
                .filter(offered -> offered.getValue().equals(settings.driver()))
                .map(Map.Entry::getKey)
                .findFirst();
        if (driver.isEmpty()) {
            failed("No driver named " + settings.driver() + " is installed.", null);
            return false;
        }
        Optional<HikariDataSource> pool = pool(driver.get());
        if (pool.isEmpty()) {
            return false;
        }
        // not while anybody may wait for this attempt: who uses the pool starts in here
        Open now = new Open(driver.get(), pool.get(), publish.apply(pool.get()));
        open.set(now);
        if (closed || !drivers.containsKey(driver.get())) {
            close(now, "The database's driver has gone."); // while it was opened
            return false;
        }
        LOG.info("The database is open");
        return true;
    }

    /** A pool on a database with the newest schema, or empty with the reason. */
    private Optional<HikariDataSource> pool(DataSourceFactory driver) {
        attempting.lock();
        try {
            if (closed || !drivers.containsKey(driver)) {
                return Optional.empty();
            }
            DataSource source = settings.source(driver);
            Migrations.apply(source);
            return Optional.of(new HikariDataSource(settings.pool(source)));
        } catch (SQLException | RuntimeException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            failed("The database cannot be opened: " + root.getMessage(), e);
            settings.end(driver);
            return Optional.empty();
        } finally {
            attempting.unlock();
        }
    }

    private void awaitAttempt() {
        try {
            if (attempting.tryLock(LONGEST_ATTEMPT_SECONDS, TimeUnit.SECONDS)) {
                attempting.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why it is not open; empty when it is. */
    Optional<String> problem() {
        return open.get() == null ? Optional.of(problem) : Optional.empty();
    }

    private void failed(String why, Exception cause) {
        if (!why.equals(problem)) {
            LOG.warn("{} It is tried again until it works; see etc/org.isthmus.store.cfg", why);
            LOG.debug("Why the database cannot be opened", cause);
        }
        problem = why;
    }

    private void close(Open now, String why) {
        problem = why;
        if (open.compareAndSet(now, null)) {
            now.unpublish().run();
            now.pool().close();
            settings.end(now.driver());
        }
    }

    /** Waits for an attempt that is under way; none begins afterwards. */
    @Override
    public void close() {
        closed = true;
        awaitAttempt();
        Open now = open.get();
        if (now != null) {
            close(now, "The database is closed.");
        }
    }
}
