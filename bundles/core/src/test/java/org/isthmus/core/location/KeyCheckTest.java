// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.isthmus.core.RowStore;
import org.isthmus.core.TxAround;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.store.seal.SecretBox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Controllers that start on one database, each with a key file. */
@Timeout(60)
final class KeyCheckTest {
    private static final int AT_ONCE = 4;
    private static final Secret SWORDFISH = new Secret("swordfish");

    @TempDir
    Path directory;

    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("key");
    private final RowStore rows = new RowStore(database.tx(), database.entityManagerFactory("core"));

    @AfterEach
    void close() {
        database.close();
    }

    private void start(String controller) {
        try {
            checked(controller, rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void ofSeveralFirstStartsAtOnceOneGivesTheKeyAndTheOthersRefuse() throws Exception {
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        List<CompletableFuture<Boolean>> starts = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            String controller = "controller-" + i;
            starts.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            together.await();
                            start(controller);
                            return true;
                        } catch (IllegalStateException refused) {
                            return false;
                        } catch (Exception e) {
                            throw new IllegalStateException("no barrier", e);
                        }
                    },
                    task -> new Thread(task).start()));
        }

        List<Integer> working = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            if (starts.get(i).get()) {
                working.add(i);
            }
        }
        assertEquals(1, working.size(), working::toString);
        start("controller-" + working.get(0));
    }

    private CheckedSeal checked(String controller, RowStore of) throws IOException {
        return new CheckedSeal(box(controller), of, file(controller));
    }

    private SecretBox box(String controller) throws IOException {
        return SecretBox.withKeyFile(file(controller), new SecureRandom());
    }

    private Path file(String controller) {
        return directory.resolve(controller).resolve("secrets.key");
    }

    private void anEndpointHas(String secrets) {
        change(
                "insert into loc_endpoint (id, location_id, name, driver, settings, secrets, compute, network,"
                        + " network_key, created_at, created_by, version)"
                        + " values ('ep-1', 'loc-1', 'one', 'fake', '{}', ?, ?, ?, 'ep-1', 0, 'test', 0)",
                secrets,
                true,
                false);
    }

    private void change(String sql, Object... values) {
        database.tx().execute(() -> rows.change(sql, values));
    }

    @Test
    void whereNothingWasLeftYetTheKeyMustOpenTheSecretsOfEndpoints() throws IOException {
        anEndpointHas("{\"password\":\"" + box("first").seal(SWORDFISH, "ep-1/password") + "\"}");

        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> start("second"));

        assertTrue(refused.getMessage().contains("Copy " + file("second")), refused::getMessage);
        start("first");
    }

    @Test
    void whereNothingWasLeftYetTheKeyMustOpenTheUserDataOfServers() throws IOException {
        anEndpointHas("{}");
        change(
                "insert into srv_seed (server_id, user_data) values ('srv-1', ?)",
                box("first").seal(SWORDFISH, "srv-1"));

        assertThrows(IllegalStateException.class, () -> start("second"));
        start("first");
    }

    /** The statements are those of the operator's guide. */
    @Test
    void whoHasLostTheKeyForGoodForgetsWhatItSealedAndStartsWithANewOne() throws IOException {
        anEndpointHas("{\"password\":\"" + box("first").seal(SWORDFISH, "ep-1/password") + "\"}");
        change(
                "insert into srv_seed (server_id, user_data) values ('srv-1', ?)",
                box("first").seal(SWORDFISH, "srv-1"));
        start("first");
        assertThrows(IllegalStateException.class, () -> start("second"));

        change("update loc_endpoint set secrets = '{}'");
        change("delete from srv_seed");
        change("update idn_user set totp = null, totp_since = null, totp_step = null, version = version + 1"
                + " where totp is not null");
        change("delete from idn_recovery");
        change("update ssh_authority set private_key = null");
        change("delete from loc_key");

        start("second");
    }

    @Test
    void aDatabaseThatWasAwayIsAskedAgainBeforeAnythingIsSealed() throws IOException {
        start("first");
        AwayTx away = new AwayTx(database.tx());
        RowStore later = new RowStore(away, database.entityManagerFactory("core"));
        away.isAway = true;
        CheckedSeal right = checked("first", later);
        CheckedSeal wrong = checked("second", later);

        assertThrows(TxException.class, () -> right.seal(SWORDFISH, "here"));
        away.isAway = false;

        assertThrows(IllegalStateException.class, () -> wrong.seal(SWORDFISH, "here"));
        assertThrows(IllegalStateException.class, () -> wrong.seal(SWORDFISH, "here"));
        assertEquals(SWORDFISH, right.open(right.seal(SWORDFISH, "here"), "here"));
        away.isAway = true;
        assertEquals(SWORDFISH, right.open(right.seal(SWORDFISH, "here"), "here"), "asked once");
    }

    @Test
    void aKeyThatWasLeftInATransactionThatEndsInNothingIsAskedForAgain() throws IOException {
        AwayTx away = new AwayTx(database.tx());
        away.isAway = true;
        CheckedSeal box = checked("first", new RowStore(away, database.entityManagerFactory("core")));
        away.isAway = false;

        assertThrows(
                UnsupportedOperationException.class,
                () -> away.execute(() -> {
                    box.seal(SWORDFISH, "here");
                    throw new UnsupportedOperationException("not after all");
                }));
        start("second");

        assertThrows(IllegalStateException.class, () -> box.seal(SWORDFISH, "here"));
    }

    /** A database that is away when told so. */
    private static final class AwayTx extends TxAround {
        private boolean isAway;

        AwayTx(Tx tx) {
            super(tx);
        }

        @Override
        protected Tx there() {
            if (isAway) {
                throw new TxException(TxException.Kind.DATABASE, "away", null);
            }
            return super.there();
        }
    }
}
