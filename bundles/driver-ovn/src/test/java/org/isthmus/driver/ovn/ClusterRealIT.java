// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.driver.ovn.ovsdb.Budget;
import org.isthmus.driver.ovn.ovsdb.Database;
import org.isthmus.driver.ovn.ovsdb.Remote;
import org.isthmus.driver.ovn.ovsdb.Timing;
import org.isthmus.driver.ovn.ovsdb.Transaction;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real raft cluster of three, whose leader dies. */
@Tag("real")
@Timeout(120)
final class ClusterRealIT {
    private static final System.Logger LOG = System.getLogger(ClusterRealIT.class.getName());
    private static final String SCHEMA = "/usr/share/ovn/ovn-nb.ovsschema";

    private final Map<Integer, Process> members = new HashMap<>();
    private Daemons daemons;
    private Database database;

    @BeforeEach
    void start() {
        daemons = Daemons.start("ovsdb-server", "ovsdb-tool", "ovs-appctl", "ovn-nbctl");
        daemons.run("ovsdb-tool", "create-cluster", "1.db", SCHEMA, raft(1));
        member(1);
        for (int number = 2; number <= 3; number++) {
            daemons.run("ovsdb-tool", "join-cluster", number + ".db", Northbound.DATABASE, raft(number), raft(1));
            member(number);
        }
        Daemons.until("all three have joined", Duration.ofSeconds(30), () -> Stream.of(1, 2, 3)
                .allMatch(number -> status(number).contains("Status: cluster member")));
        daemons.run("ovn-nbctl", "--db=" + remotes(), "init");
        database = new Database(
                Northbound.DATABASE,
                Remote.listOf(remotes()),
                true,
                Optional.empty(),
                Northbound.TABLES,
                Timing.NORMAL,
                changes -> {});
        database.open();
    }

    @AfterEach
    void stop() {
        if (database != null) {
            database.close();
        }
        if (daemons != null) {
            daemons.close();
        }
    }

    private String raft(int number) {
        return "unix:" + daemons.path(number + ".raft");
    }

    private String remotes() {
        return Stream.of(1, 2, 3)
                .map(number -> "unix:" + daemons.path(number + ".sock"))
                .collect(Collectors.joining(","));
    }

    private void member(int number) {
        try {
            // a killed server leaves its sockets behind
            for (String socket : List.of(number + ".sock", number + ".ctl", number + ".raft")) {
                Files.deleteIfExists(Path.of(daemons.path(socket).toString()));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        members.put(
                number,
                daemons.spawn(
                        Map.of(),
                        "ovsdb-server",
                        number + ".db",
                        "--remote=punix:" + daemons.path(number + ".sock"),
                        "--unixctl=" + daemons.path(number + ".ctl")));
        daemons.untilExists(number + ".sock");
        daemons.untilExists(number + ".ctl");
    }

    private String status(int number) {
        return daemons.run(
                "ovs-appctl", "-t", daemons.path(number + ".ctl").toString(), "cluster/status", Northbound.DATABASE);
    }

    private int leader() {
        return members.entrySet().stream()
                .filter(each -> each.getValue().isAlive())
                .map(Map.Entry::getKey)
                .filter(number -> status(number).contains("Role: leader"))
                .findFirst()
                .orElse(0);
    }

    /** Adds a switch of this name if there is none, asking again while the database is away. */
    private void add(String name) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                Transaction transaction = new Transaction();
                transaction.guard(Northbound.SWITCH, Transaction.is("name", name), List.of());
                transaction.insert(Northbound.SWITCH, Transaction.row().put("name", name));
                Database.Outcome outcome = database.transact(transaction, Budget.of(Duration.ofSeconds(5)));
                assertTrue(
                        outcome instanceof Database.Outcome.Committed
                                || !seen(name).isEmpty(),
                        outcome::toString);
                return;
            } catch (DriverException e) {
                assertTrue(e.passing() && System.nanoTime() < end, e::getMessage);
            }
        }
    }

    private List<String> seen(String name) {
        return database.replica().read(view -> view.indexed(Northbound.SWITCH, name).stream()
                .map(row -> row.text("name"))
                .toList());
    }

    @Test
    void whenTheLeaderIsKilledTheNextOneIsFoundAndNothingIsLostOrDoubled() {
        List<Long> gaps = new ArrayList<>();
        add("before");
        for (int round = 0; round < 3; round++) {
            int leader = leader();
            long killed = System.nanoTime();
            Process process = members.get(leader).destroyForcibly();
            Daemons.until("the leader is dead", Duration.ofSeconds(5), () -> !process.isAlive());

            add("round" + round);

            gaps.add(Duration.ofNanos(System.nanoTime() - killed).toMillis());
            member(leader);
            Daemons.until(
                    "it has joined again",
                    Duration.ofSeconds(30),
                    () -> status(leader).contains("Status: cluster member") && leader() != 0);
        }

        LOG.log(System.Logger.Level.INFO, "From the leader''s death to the next change: {0} ms", gaps);
        database.refresh(Budget.of(Duration.ofSeconds(5)));
        for (String name : List.of("before", "round0", "round1", "round2")) {
            assertEquals(List.of(name), seen(name));
        }
    }

    @Test
    void whenLeadershipIsHandedOverTheConnectionFollows() {
        add("before");
        int leader = leader();
        daemons.run(
                "ovs-appctl",
                "-t",
                daemons.path(leader + ".ctl").toString(),
                "cluster/failure-test",
                "transfer-leadership");

        add("after");
        Daemons.until("another leads", Duration.ofSeconds(10), () -> leader() != 0 && leader() != leader);
        add("last");

        assertInstanceOf(
                Database.Outcome.Overtaken.class, database.transact(taken("last"), Budget.of(Duration.ofSeconds(5))));
    }

    private static Transaction taken(String name) {
        Transaction transaction = new Transaction();
        transaction.guard(Northbound.SWITCH, Transaction.is("name", name), List.of());
        return transaction;
    }
}
