// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.isthmus.api.status.Part;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.jdbc.DataSourceFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Publishes the pool of connections once the database is open, on a thread of its own: neither a slow nor an absent
 * database holds up the container. A changed setting closes the old database and opens the new one. While there is none, it
 * says why.
 */
@Component(
        service = Part.class,
        immediate = true,
        configurationPid = "org.isthmus.store",
        configurationPolicy = ConfigurationPolicy.REQUIRE) // a lost file must not lead to a new, empty database
@Designate(ocd = Config.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>='javax.sql.DataSource'",
        effective = "active")
public final class DatabaseComponent implements Part {
    private static final long SHORTEST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 8_000;

    private final Opening opening;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private boolean stopping;
    private boolean driversChanged;

    @Activate
    public DatabaseComponent(BundleContext bundle, Config config) {
        opening = new Opening(
                Settings.of(config, Path.of(System.getProperty("karaf.base", ""))), pool -> publish(bundle, pool));
        thread = new Thread(this::loop, "isthmus-database-opening");
        thread.setDaemon(true);
    }

    private static Runnable publish(BundleContext bundle, DataSource pool) {
        ServiceRegistration<DataSource> published = bundle.registerService(
                DataSource.class, pool, FrameworkUtil.asDictionary(Map.of("osgi.jndi.service.name", "isthmus")));
        return published::unregister;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindDriver(DataSourceFactory driver, Map<String, Object> properties) {
        opening.offer(driver, String.valueOf(properties.get(DataSourceFactory.OSGI_JDBC_DRIVER_NAME)));
        wake(false);
    }

    void unbindDriver(DataSourceFactory driver) {
        opening.withdraw(driver);
        wake(false);
    }

    @Activate
    void start() {
        thread.start();
    }

    @Deactivate
    void stop() {
        wake(true);
        opening.close();
    }

    @Override
    public List<Report> report() {
        // an open database tells itself how it is: DatabasePart
        return opening.problem().map(why -> new Report("database", false, true, why)).stream()
                .toList();
    }

    private void wake(boolean stop) {
        lock.lock();
        try {
            stopping |= stop;
            driversChanged = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void loop() {
        long pause = SHORTEST_PAUSE_MILLIS;
        boolean open;
        do {
            open = opening.attempt();
            pause = open ? SHORTEST_PAUSE_MILLIS : Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
        } while (again(open ? Long.MAX_VALUE : pause));
    }

    /** Waits for this long, or until drivers came or went. False when it is time to end. */
    private boolean again(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis); // Long.MAX_VALUE stays what it is
            while (left > 0 && !driversChanged) {
                left = changed.awaitNanos(left);
            }
            driversChanged = false;
            return !stopping;
        } catch (InterruptedException e) {
            return !stopping; // a database that ends itself interrupts those who are in it
        } finally {
            lock.unlock();
        }
    }
}
