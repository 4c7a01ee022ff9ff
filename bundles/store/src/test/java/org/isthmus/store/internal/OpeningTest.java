// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.ConnectionPoolDataSource;
import javax.sql.DataSource;
import javax.sql.XADataSource;
import org.apache.derby.jdbc.EmbeddedDataSource;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.jdbc.DataSourceFactory;

final class OpeningTest {
    @TempDir
    Path installation;

    private final List<DataSource> published = new ArrayList<>();
    private final DerbyDriver driver = new DerbyDriver();
    private Opening opening;

    /** Derby's factory, which can be told that the database does not answer. */
    static class DerbyDriver implements DataSourceFactory {
        private int failures;

        void failNext(int times) {
            failures = times;
        }

        @Override
        public DataSource createDataSource(Properties given) throws SQLException {
            String database = given.remove(JDBC_DATABASE_NAME).toString();
            if (failures > 0 && !database.contains("shutdown=true")) {
                failures--;
                throw new SQLException("Connection refused");
            }
            EmbeddedDataSource source = new EmbeddedDataSource();
            source.setDatabaseName(database);
            return source;
        }

        @Override
        public ConnectionPoolDataSource createConnectionPoolDataSource(Properties given) {
            throw new UnsupportedOperationException();
        }

        @Override
        public XADataSource createXADataSource(Properties given) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Driver createDriver(Properties given) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void anInstallationWithEmbeddedDerby() {
        System.setProperty("derby.stream.error.field", EmbeddedDatabase.class.getName() + ".DERBY_MESSAGES");
        opening = new Opening(Settings.of(StoreSettingsTest.config(Map.of()), installation), pool -> {
            published.add(pool);
            return () -> published.remove(pool);
        });
    }

    @AfterEach
    void derbyHasLetGoOfTheFolder() {
        opening.close();

        assertFalse(Files.exists(installation.resolve("database/isthmus/db.lck")));
    }

    private long tables() throws SQLException {
        try (Connection connection = published.get(0).getConnection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("select count(*) from sto_lease")) {
            count.next();
            return count.getLong(1);
        }
    }

    @Test
    void aDatabaseIsPublishedWithTheNewestSchema() throws SQLException {
        opening.offer(driver, "derby");

        assertTrue(opening.attempt());

        assertEquals(1, published.size());
        assertTrue(tables() >= 0);
        assertEquals(Optional.empty(), opening.problem());
        assertTrue(opening.attempt());
        assertEquals(1, published.size());
    }

    @Test
    void aDatabaseThatDoesNotAnswerYetIsTriedAgainAndSaysWhy() {
        opening.offer(driver, "derby");
        driver.failNext(2);

        assertFalse(opening.attempt());
        assertFalse(opening.attempt());
        assertEquals(Optional.of("The database cannot be opened: Connection refused"), opening.problem());
        assertEquals(List.of(), published);

        assertTrue(opening.attempt());
        assertEquals(1, published.size());
    }

    @Test
    void aDriverThatIsNotInstalledIsNamed() {
        opening.offer(driver, "another");

        assertFalse(opening.attempt());

        assertEquals(Optional.of("No driver named derby is installed."), opening.problem());
    }

    @Test
    void theDatabaseClosesWithItsDriverAndOpensWithTheNextOne() throws SQLException {
        opening.offer(driver, "derby");
        opening.attempt();
        DataSource first = published.get(0);

        opening.withdraw(driver);

        assertEquals(List.of(), published);
        assertThrows(SQLException.class, first::getConnection);
        assertFalse(opening.attempt());
        opening.offer(new DerbyDriver(), "derby");
        assertTrue(opening.attempt());
        assertTrue(tables() >= 0);
    }

    @Test
    void aDriverThatGoesWhileTheDatabaseIsOpenedIsNotUsedAfterwards() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        DerbyDriver slow = new DerbyDriver() {
            @Override
            public DataSource createDataSource(Properties given) throws SQLException {
                asked.countDown();
                try {
                    answer.await();
                } catch (InterruptedException e) {
                    throw new SQLException(e);
                }
                return super.createDataSource(given);
            }
        };
        opening.offer(slow, "derby");
        CompletableFuture<Boolean> attempt = CompletableFuture.supplyAsync(opening::attempt);
        asked.await();

        Thread withdrawing = new Thread(() -> opening.withdraw(slow));
        withdrawing.start();
        while (withdrawing.getState() != Thread.State.TIMED_WAITING) {
            assertNotEquals(Thread.State.TERMINATED, withdrawing.getState(), "it did not wait for the attempt");
            Thread.onSpinWait();
        }
        answer.countDown();
        withdrawing.join();
        attempt.get(30, TimeUnit.SECONDS);

        assertEquals(List.of(), published);
        assertTrue(opening.problem().isPresent());
    }

    @Test
    void whatCannotBePublishedIsClosedAndTriedAgain() {
        List<DataSource> refused = new ArrayList<>();
        try (Opening late = new Opening(Settings.of(StoreSettingsTest.config(Map.of()), installation), pool -> {
            refused.add(pool);
            throw new NoClassDefFoundError("a bundle was refreshed");
        })) {
            late.offer(driver, "derby");

            assertFalse(late.attempt());
            assertFalse(late.attempt());
        }

        assertEquals(2, refused.size());
        refused.forEach(pool -> assertThrows(SQLException.class, pool::getConnection));
    }

    @Test
    void aClosedOneIsNotPublishedLate() {
        opening.offer(driver, "derby");
        opening.close();

        assertFalse(opening.attempt());

        assertEquals(List.of(), published);
    }
}
