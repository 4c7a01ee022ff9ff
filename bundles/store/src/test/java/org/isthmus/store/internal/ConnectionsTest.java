// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

final class ConnectionsTest {
    private static final ClassLoader HERE = ConnectionsTest.class.getClassLoader();

    private final AtomicLong time = new AtomicLong();
    private final Semaphore asked = new Semaphore(0);
    private final CountDownLatch back = new CountDownLatch(1);
    /** As a pool whose database does not answer. */
    private final DataSource pool =
            (DataSource) Proxy.newProxyInstance(HERE, new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                asked.release();
                back.await();
                return Proxy.newProxyInstance(HERE, new Class<?>[] {Connection.class}, (a, b, c) -> null);
            });

    private final Connections connections = new Connections(pool, time::get);

    private Connection get() {
        try {
            return connections.get();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whileNoConnectionComesAFewWaitAndTheOthersAreRefusedAtOnce() throws InterruptedException, SQLException {
        int most = Connections.MOST_WAITING;
        ExecutorService threads = Executors.newCachedThreadPool();
        List<CompletableFuture<Connection>> waiting = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            waiting.add(CompletableFuture.supplyAsync(this::get, threads));
        }
        asked.acquire(most);

        time.set(Duration.ofMillis(1001).toNanos());
        assertThrows(SQLTransientConnectionException.class, connections::get);

        back.countDown();
        waiting.forEach(each -> assertNotNull(each.join()));
        assertNotNull(connections.get());
        threads.shutdown();
    }

    @Test
    void manyMayWaitForAMoment() throws InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<CompletableFuture<Connection>> waiting = new ArrayList<>();
        for (int i = 0; i < 3 * Connections.MOST_WAITING; i++) {
            waiting.add(CompletableFuture.supplyAsync(this::get, threads));
        }

        asked.acquire(3 * Connections.MOST_WAITING);

        back.countDown();
        assertEquals(
                3 * Connections.MOST_WAITING,
                waiting.stream().filter(each -> each.join() != null).count());
        threads.shutdown();
    }
}
