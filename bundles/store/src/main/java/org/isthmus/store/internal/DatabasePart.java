// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.isthmus.api.status.Part;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Whether the database answers: reads one row by its key, at most once a second and only when somebody asks. A database
 * that hangs is told as down after half a second, while the look goes on in the background.
 */
@Component(service = Part.class)
public final class DatabasePart implements Part {
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final DataSource pool;
    private final ThreadTx tx;
    private final Clock clock;
    private final Executor executor;
    private final Runnable stop;
    private CompletableFuture<Report> look;
    private Instant lookedAt = Instant.EPOCH;

    @Activate
    public DatabasePart(
            @Reference(target = "(osgi.jndi.service.name=isthmus)") DataSource pool,
            @Reference ThreadTx tx,
            @Reference Clock clock) {
        ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "isthmus-database-look");
            made.setDaemon(true);
            return made;
        });
        this.pool = pool;
        this.tx = tx;
        this.clock = clock;
        this.executor = thread;
        // an interrupt in the middle of a query would cost Derby the connection
        this.stop = thread::shutdown;
    }

    DatabasePart(DataSource pool, ThreadTx tx, Clock clock, Executor executor) {
        this.pool = pool;
        this.tx = tx;
        this.clock = clock;
        this.executor = executor;
        this.stop = () -> {};
    }

    @Deactivate
    void stop() {
        stop.run();
    }

    @Override
    public List<Report> report() {
        try {
            return List.of(latest().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return List.of(down("The database does not answer; look at its log and its load."));
        } catch (ExecutionException e) {
            return List.of(down(String.valueOf(e.getCause().getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(down("Interrupted while asking the database."));
        }
    }

    @Override
    public List<Sample> samples() {
        ThreadTx.Counts counts = tx.counts();
        String ended = "Database transactions that ended, by how.";
        return List.of(
                sample("isthmus_transactions_total", ended, List.of("end", "committed"), counts.committed()),
                sample("isthmus_transactions_total", ended, List.of("end", "rolled_back"), counts.rolledBack()),
                sample(
                        "isthmus_transaction_retries_total",
                        "Transactions that were run again after they met another.",
                        List.of(),
                        counts.retried()));
    }

    private static Sample sample(String name, String help, List<String> labels, long value) {
        return new Sample(name, help, true, labels, value);
    }

    private synchronized CompletableFuture<Report> latest() {
        Instant now = clock.instant();
        boolean fresh = lookedAt.plus(FRESH).isAfter(now) && !lookedAt.isAfter(now);
        if (look == null || (look.isDone() && !fresh)) {
            lookedAt = now;
            look = CompletableFuture.supplyAsync(this::look, executor);
        }
        return look;
    }

    private Report look() {
        try (Connection connection = pool.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select fence from sto_lease where name = 'database look'")) {
            select.executeQuery().close();
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            return new Report("database", true, true, connection.getMetaData().getDatabaseProductName());
        } catch (SQLException e) {
            return down("The database cannot be read: " + e.getMessage());
        }
    }

    private static Report down(String detail) {
        return new Report("database", false, true, detail);
    }
}
