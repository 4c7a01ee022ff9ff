// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Derby on a filesystem of its own that becomes full, by somebody who takes every byte that becomes free. */
@Timeout(180)
final class FullDiskTest {
    private static final Duration BACK = Duration.ofSeconds(30);
    private static final int WRITERS = 4;

    @TempDir
    Path installation;

    private final OpeningTest.DerbyDriver driver = new OpeningTest.DerbyDriver();
    private final List<Writer> writers = new ArrayList<>();
    private Path disk;
    private Settings settings;
    private HikariDataSource pool;
    private Tx tx;

    /** Writes one row again and again, with a higher number each time. */
    private final class Writer extends Thread {
        private final int row;
        private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        private volatile boolean away;
        private volatile int tried;
        private volatile int done;
        private volatile boolean over;

        Writer(int row) {
            super("writer-" + row);
            this.row = row;
            setDaemon(true);
        }

        @Override
        public void run() {
            for (int next = 1; !over; next++) {
                tried = next;
                try {
                    // long, so that Derby's log is soon at its end
                    statement("update tst_row set number = " + next + ", text = '" + "x".repeat(20_000 + next % 10)
                            + "' where id = " + row);
                    done = next;
                } catch (RuntimeException e) {
                    if (!(e instanceof TxException refused && refused.passing())) {
                        wrong.add(e.toString());
                    }
                    if (e.getMessage().contains("Connection is not available")) {
                        away = true;
                    }
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
    }

    @BeforeEach
    void aSmallDisk() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "A filesystem of one's own needs root");
        System.setProperty("derby.stream.error.field", EmbeddedDatabase.class.getName() + ".DERBY_MESSAGES");
        disk = Files.createDirectory(installation.resolve("database"));
        run("mount", "-t", "tmpfs", "-o", "size=24m", "isthmus-full-disk-test", disk.toString());
        settings = Settings.of(StoreSettingsTest.config(Map.of("connection_timeout", "PT1S")), installation);
        settings.prepare();
        settings.unhurried(driver).getConnection().close(); // whoever waits for the pool does not wait so long
        pool = new HikariDataSource(settings.pool(settings.source(driver)));
        tx = new ThreadTx(pool, Pause.JITTERED);
        statement("create table tst_row (id int primary key, number int, text varchar(32000))");
        for (int row = 0; row < WRITERS; row++) {
            statement("insert into tst_row values (" + row + ", 0, '')");
            writers.add(new Writer(row));
        }
    }

    @AfterEach
    void noDisk() throws Exception {
        if (pool != null) {
            end();
            pool.close();
            settings.end(driver);
        }
        if (disk != null) {
            run("umount", "--lazy", disk.toString());
        }
    }

    private void end() throws InterruptedException {
        for (Writer writer : writers) {
            writer.over = true;
            writer.join();
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    private void statement(String sql) {
        tx.execute(() -> {
            try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
                statement.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private int number(int row) {
        return tx.read(() -> {
            try (PreparedStatement select =
                            tx.connection().prepareStatement("select number from tst_row where id = " + row);
                    ResultSet result = select.executeQuery()) {
                result.next();
                return result.getInt(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Nobody else gets a byte until this is so. */
    private void fullUntil(BooleanSupplier seen) throws IOException {
        Path file = disk.resolve("something-else");
        byte[] bytes = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file)) {
            while (!seen.getAsBoolean()) {
                try {
                    out.write(bytes);
                } catch (IOException full) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
        Files.delete(file);
    }

    @Test
    void whatCannotBeWrittenIsRefusedAndDerbyGoesOnByItselfWhenThereIsSpaceAgain() throws Exception {
        writers.forEach(Thread::start);

        fullUntil(() -> writers.stream().allMatch(writer -> writer.away));
        long space = System.nanoTime();
        List<Integer> before = writers.stream().map(writer -> writer.done).toList();
        while (writers.stream().anyMatch(writer -> writer.done == before.get(writer.row))) {
            Duration took = Duration.ofNanos(System.nanoTime() - space);
            assertTrue(took.compareTo(BACK) < 0, () -> "not back " + took + " after there was space again");
            LockSupport.parkNanos(1_000_000);
        }
        end();

        for (Writer writer : writers) {
            int number = number(writer.row);
            assertTrue(writer.done <= number && number <= writer.tried, () -> writer.done + " became " + number);
            assertEquals(List.of(), List.copyOf(writer.wrong));
        }
    }
}
