// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.sql.DataSource;
import org.osgi.service.jdbc.DataSourceFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the database as soon as it can be opened: its driver is there, it answers, its schema is the newest. Until then
 * each attempt leaves nothing behind but the reason why it failed. Closes it when its driver goes. Thread-safe.
 */
final class Opening implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    private static final long LONGEST_ATTEMPT_SECONDS = 30;

    private final Settings settings;
    private final Function<DataSource, Runnable> publish;
    private final Map<DataSourceFactory, String> drivers = new ConcurrentHashMap<>();
    private final ReentrantLock attempting = new ReentrantLock();
    private volatile Open open;
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
        settled(() -> {
            if (open != null && open.driver == driver) {
                shut("The database's driver has gone; it is opened again when the driver is back.");
            }
        });
    }

    /** True when it is open afterwards. */
    boolean attempt() {
        attempting.lock();
        try {
            if (open != null) {
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
            return wanted(driver.get()) && open(driver.get());
        } finally {
            attempting.unlock();
        }
    }

    private boolean open(DataSourceFactory driver) {
        Optional<HikariDataSource> pool = Optional.empty();
        try {
            settings.prepare();
            Migrations.apply(settings.unhurried(driver));
            pool = Optional.of(new HikariDataSource(settings.pool(settings.source(driver))));
            if (wanted(driver)) { // still: whoever closed it or took the driver away does not wait for ever
                open = new Open(driver, pool.get(), publish.apply(pool.get()));
                LOG.info("The database is open");
                if (!wanted(driver)) {
                    shut("The database was closed while it was opened.");
                }
                return open != null;
            }
        } catch (IOException
                | SQLException
                | RuntimeException
                | LinkageError e) { // a bundle refreshed in between leads to the last
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            failed("The database cannot be opened: " + root.getMessage(), e);
        }
        pool.ifPresent(HikariDataSource::close);
        settings.end(driver);
        return false;
    }

    private boolean wanted(DataSourceFactory driver) {
        return !closed && drivers.containsKey(driver);
    }

    /** Does it when no attempt is under way; not at all when one takes too long, which then sees by itself what is wanted. */
    private void settled(Runnable work) {
        try {
            if (attempting.tryLock(LONGEST_ATTEMPT_SECONDS, TimeUnit.SECONDS)) {
                try {
                    work.run();
                } finally {
                    attempting.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why it is not open; empty when it is. */
    Optional<String> problem() {
        return open == null ? Optional.of(problem) : Optional.empty();
    }

    private void failed(String why, Throwable cause) {
        if (!why.equals(problem)) {
            LOG.warn("{} It is tried again until it works; see etc/org.isthmus.store.cfg", why);
            LOG.debug("Why the database cannot be opened", cause);
        }
        problem = why;
    }

    /** The lock is held. */
    private void shut(String why) {
        Open last = open;
        problem = why;
        open = null;
        last.unpublish.run();
        last.pool.close();
        settings.end(last.driver);
    }

    /** Waits for an attempt that is under way; none begins afterwards. */
    @Override
    public void close() {
        closed = true;
        settled(() -> {
            if (open != null) {
                shut("The database is closed.");
            }
        });
    }
}
