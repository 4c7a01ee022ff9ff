// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.core.Cloud;
import org.isthmus.core.Moment;
import org.isthmus.core.RowStore;
import org.isthmus.core.ssh.Authorities.Authority;
import org.isthmus.store.TxException;
import org.junit.jupiter.api.Test;

final class AuthoritiesTest {
    private static final int CONTROLLERS = 8;

    private static Authorities of(Cloud cloud) {
        return new Authorities(
                new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core")),
                cloud.domain.seal(),
                new SecureRandom());
    }

    private static Moment now(Cloud cloud) {
        return new Moment(cloud.house.clock.instant(), cloud.acme.id(), (type, subject, data) -> {});
    }

    @Test
    void manyWhoNeedTheFirstKeyAtOnceGetOneAndTheSame() throws Exception {
        try (Cloud cloud = new Cloud("authority-once")) {
            CyclicBarrier start = new CyclicBarrier(CONTROLLERS);
            ExecutorService threads = Executors.newFixedThreadPool(CONTROLLERS);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CONTROLLERS; i++) {
                Authorities controller = of(cloud);
                answers.add(threads.submit(() -> {
                    start.await();
                    return cloud.house.database.tx().retrying(() -> controller
                            .inUse(now(cloud), "system")
                            .publicKey());
                }));
            }

            Set<String> keys = new HashSet<>();
            for (Future<String> answer : answers) {
                keys.add(answer.get());
            }
            threads.shutdown();

            assertEquals(1, keys.size());
            assertEquals(1, cloud.count("select count(*) from ssh_authority"));
        }
    }

    @Test
    void manyWhoReplaceTheKeyAtOnceAllDo() throws Exception {
        try (Cloud cloud = new Cloud("authority-next")) {
            CyclicBarrier start = new CyclicBarrier(CONTROLLERS);
            ExecutorService threads = Executors.newFixedThreadPool(CONTROLLERS);
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < CONTROLLERS; i++) {
                Authorities controller = of(cloud);
                answers.add(threads.submit(() -> {
                    start.await();
                    int done = 0;
                    while (done == 0) {
                        try {
                            done = cloud.house.database.tx().retrying(() -> controller
                                    .next(now(cloud), false, "ann@acme")
                                    .generation());
                        } catch (TxException e) {
                            // what a caller would be told as 503: try again
                            assertTrue(e.retryable(), e.toString());
                        }
                    }
                    return done;
                }));
            }

            Set<Integer> made = new HashSet<>();
            for (Future<Integer> answer : answers) {
                made.add(answer.get());
            }
            threads.shutdown();

            assertEquals(CONTROLLERS, made.size());
        }
    }

    @Test
    void aPrivateKeyIsSealedAndGoneOnceItIsAbandoned() {
        try (Cloud cloud = new Cloud("authority-sealed")) {
            Authorities authorities = of(cloud);
            Authority first = cloud.house.database.tx().run(() -> authorities.inUse(now(cloud), "ann@acme"));
            String kept = first.kept().orElseThrow();
            String opened =
                    cloud.domain.seal().open(kept, cloud.acme.id() + "/ssh/1").reveal();

            assertFalse(kept.contains(opened));
            assertFalse(first.toString().contains(opened));

            Authority second = cloud.house.database.tx().run(() -> authorities.next(now(cloud), true, "ann@acme"));

            cloud.house.database.tx().execute(() -> {
                assertEquals(
                        List.of(2, 1),
                        authorities.all(cloud.acme.id()).stream()
                                .map(Authority::generation)
                                .toList());
                assertFalse(authorities.find(cloud.acme.id(), 1).orElseThrow().signs());
                assertEquals(Optional.empty(), authorities.signing(now(cloud), Optional.of(1), "ann@acme"));
                assertEquals(Optional.of(second), authorities.signing(now(cloud), Optional.empty(), "ann@acme"));
            });
            assertTrue(second.signs());

            // as when the key for secrets was lost
            cloud.house.database.tx().execute(() -> {
                new RowStore(cloud.house.database.tx(), cloud.house.database.entityManagerFactory("core"))
                        .change("update ssh_authority set private_key = null");
                assertEquals(3, authorities.inUse(now(cloud), "system").generation());
            });
        }
    }
}
