// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.identity.SettableClock;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstStartTest {
    @TempDir
    private Path directory;

    private final SettableClock clock = new SettableClock();
    private final Ids ids = new Ids(clock);

    private EmbeddedIdentity start(EmbeddedDatabase database, Path passwordFile) {
        Swappable<AuditLog> audits = new Swappable<>("The audit log", Duration.ofMillis(10), Duration.ofMillis(10));
        audits.bind(fact -> ids.auditEntry(), 0);
        return EmbeddedIdentity.open(database, clock, ids, audits, passwordFile);
    }

    private static SessionOpened login(EmbeddedIdentity identity, String password) {
        return identity.logins()
                .login("admin@platform", new Secret(password), new Origin(Caller.Door.REST, "local", "req-1"));
    }

    @Test
    void theFirstStartMakesAnAdministratorWhosePasswordIsInAPrivateFile() throws IOException {
        Path file = directory.resolve("etc/isthmus-admin-password");
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("first", clock)) {
            EmbeddedIdentity identity = start(database, file);

            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertTrue(login(identity, Files.readString(file).strip()).mustChangePassword());
            try (Stream<Path> files = Files.list(file.getParent())) {
                assertEquals(List.of(file), files.toList());
            }
            assertEquals(
                    identity.platform(),
                    identity.organizations()
                            .get(identity.logins().localRoot("req-1"), Ref.PLATFORM)
                            .id());
        }
    }

    @Test
    void aSecondStartWritesNothing() throws IOException {
        Path file = directory.resolve("password");
        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"), clock)) {
            start(database, file);
        }
        String password = Files.readString(file).strip();
        Files.delete(file);
        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"), clock)) {
            EmbeddedIdentity identity = start(database, file);

            assertFalse(Files.exists(file));
            assertTrue(login(identity, password).mustChangePassword());
        }
    }

    @Test
    void aStartThatCannotWriteThePasswordLeavesNoAccountAndTheNextOneMends() throws IOException {
        Path blocked = Files.writeString(directory.resolve("blocked"), "a file where a directory should be");
        Path file = directory.resolve("password");
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("blocked", clock)) {
            assertThrows(UncheckedIOException.class, () -> start(database, blocked.resolve("password")));
            Files.writeString(file, "left over from a crash before the commit\n");

            EmbeddedIdentity identity = start(database, file);

            String password = Files.readString(file).strip();
            assertNotEquals("left over from a crash before the commit", password);
            assertTrue(login(identity, password).mustChangePassword());
        }
    }

    @Test
    void controllersThatStartTogetherAgreeOnOnePlatform() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("together", clock)) {
            database.entityManagerFactory("identity");
            List<Callable<EmbeddedIdentity>> starts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Path file = directory.resolve("password-" + i);
                starts.add(() -> start(database, file));
            }

            List<EmbeddedIdentity> controllers = new ArrayList<>();
            for (Future<EmbeddedIdentity> start : threads.invokeAll(starts)) {
                controllers.add(start.get());
            }

            assertEquals(
                    1,
                    controllers.stream()
                            .map(EmbeddedIdentity::platform)
                            .distinct()
                            .count());
            try (Stream<Path> files = Files.list(directory)) {
                List<Path> written = files.toList();
                assertEquals(1, written.size(), written.toString());
                assertTrue(login(
                                controllers.get(0),
                                Files.readString(written.get(0)).strip())
                        .mustChangePassword());
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
