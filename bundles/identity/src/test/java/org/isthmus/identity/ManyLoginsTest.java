// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.identity.setting.Settings;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A hundred people who log in at once take the memory of a few, and nobody else waits for them. */
@Timeout(120)
final class ManyLoginsTest {
    private static final int LOGINS = 100;
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(ManyLoginsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static Settings hashing(int atOnce) {
        return new Settings(
                Duration.ofHours(1),
                estate.passwordFile(),
                new Settings.Argon2(8192, 2, 1),
                atOnce,
                Duration.ofSeconds(30),
                Duration.ofMillis(200),
                Duration.ofSeconds(2));
    }

    /** Threads that compute a hash at this moment: each of them holds the memory that a hash takes. */
    private static long hashingNow() {
        return Thread.getAllStackTraces().values().stream()
                .filter(stack -> Arrays.stream(stack)
                        .anyMatch(frame -> frame.getClassName().startsWith(Argon2BytesGenerator.class.getName())))
                .count();
    }

    @Test
    void neverMoreHashesAreComputedThanThereArePlacesAndEverybodyElseGoesOn() throws Exception {
        int places = 7;
        EmbeddedIdentity controller = estate.another(hashing(places));
        Estate.Customer customer = estate.customer();
        Secret bearer = estate.login("boss@" + customer.ref());
        List<String> people = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            people.add(estate.person(customer, "person-" + i, "read-only").username());
        }
        AtomicBoolean enough = new AtomicBoolean();
        CyclicBarrier together = new CyclicBarrier(LOGINS + 1);
        ExecutorService threads = Executors.newFixedThreadPool(LOGINS);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < LOGINS; i++) {
                String username = people.get(i % people.size());
                all.add(threads.submit(() -> {
                    together.await();
                    int opened = 0;
                    while (!enough.get()) {
                        controller.logins().login(username, Estate.PASSWORD, Estate.origin());
                        opened++;
                    }
                    return opened;
                }));
            }
            together.await();

            long most = 0;
            for (int round = 0; round < 50 || most < 2; round++) {
                Caller caller = controller.logins().caller(bearer, Estate.origin());
                assertEquals(
                        Verdict.ALLOWED,
                        controller
                                .access()
                                .decide(caller, Action.USER_READ, customer.ref())
                                .verdict());
                controller.users().list(caller, customer.ref(), Query.all());
                most = Math.max(most, hashingNow());
                assertTrue(most <= places, most + " hashes at a time");
            }
            enough.set(true);

            int opened = 0;
            for (Future<Integer> one : all) {
                opened += one.get();
            }
            assertTrue(opened > 0);
        } finally {
            enough.set(true);
            threads.shutdownNow();
        }
    }

    @Test
    void ofAHundredAtOnceWhoComesTooLateIsToldToComeBackAndNobodyIsToldAnythingElse() throws Exception {
        EmbeddedIdentity controller = estate.another(hashing(2));
        Estate.Customer customer = estate.customer();
        CyclicBarrier together = new CyclicBarrier(LOGINS);
        ExecutorService threads = Executors.newFixedThreadPool(LOGINS);
        try {
            List<Future<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < LOGINS; i++) {
                all.add(threads.submit(() -> {
                    together.await();
                    try {
                        controller.logins().login("boss@" + customer.ref(), Estate.PASSWORD, Estate.origin());
                        return true;
                    } catch (ProblemException refused) {
                        assertEquals(Problem.TOO_MANY, refused.type(), refused.getMessage());
                        assertTrue(refused.retryAfter().isPresent());
                        return false;
                    }
                }));
            }

            int opened = 0;
            for (Future<Boolean> one : all) {
                opened += one.get() ? 1 : 0;
            }

            // two inside and sixteen waiting for each of the two, at the least
            assertTrue(opened >= 34, opened + " were let in");
        } finally {
            threads.shutdownNow();
        }
    }
}
