// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.isthmus.spi.DriverException;

/**
 * One database of an OVSDB server or raft cluster, always connected when it can be.
 *
 * <p>A thread of its own goes round the remotes until one serves the database (and leads, where asked), dumps the tables
 * into the {@link Replica}, and follows; when the connection breaks it goes round again, pausing longer each time.
 * Requests in flight at a break fail as UNAVAILABLE with their outcome unknown. Nothing is ever sent twice here.
 */
public final class Database implements AutoCloseable {
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private final String name;
    private final String barrierTable;
    private final Timing timing;
    private final Replica replica;
    private final Connector connector;
    private final Lock lock = new ReentrantLock();
    private final Condition readiness = lock.newCondition();
    private Optional<Session> current = Optional.empty();
    private Optional<Lost> trouble = Optional.empty();
    private boolean wasReady;
    private boolean closed;

    /** What became of a transaction. */
    public sealed interface Outcome {
        /** Carried out; one result for each operation. */
        record Committed(JsonNode results) implements Outcome {}

        /** A guard did not hold or the database's own constraints refused it; nothing was changed. */
        record Overtaken(String detail) implements Outcome {}
    }

    /**
     * A database, not yet connected.
     *
     * @param name of the schema, such as {@code OVN_Northbound}
     * @param leaderOnly of a cluster only the leader will do
     * @param tls needed for remotes of that kind
     * @param hints hears on the I/O thread what changed; must return at once
     */
    public Database(
            String name,
            List<Remote> remotes,
            boolean leaderOnly,
            Optional<Tls> tls,
            List<TableSpec> tables,
            Timing timing,
            Consumer<List<Change>> hints) {
        this.name = name;
        this.timing = timing;
        barrierTable = tables.get(0).table();
        replica = new Replica(tables);
        connector = new Connector(
                new Connector.Target(name, remotes, leaderOnly, tls, tables), timing, replica, this::turned, hints);
    }

    /** Starts connecting and returns at once. */
    public void open() {
        connector.start();
    }

    public Replica replica() {
        return replica;
    }

    /** Why there is no connection now; empty while there is one. */
    public Optional<String> trouble() {
        lock.lock();
        try {
            return current.isPresent() ? Optional.empty() : Optional.of(sentence());
        } finally {
            lock.unlock();
        }
    }

    /** True when a server was reached but the cluster has no leader that we could find. */
    public boolean leaderless() {
        lock.lock();
        try {
            return current.isEmpty() && trouble.map(Lost::leaderless).orElse(false);
        } finally {
            lock.unlock();
        }
    }

    /** Carries out a transaction. UNAVAILABLE when the answer did not come, with the outcome unknown. */
    public Outcome transact(Transaction transaction, Budget budget) {
        JsonNode results = call("transact", transaction.parameters(name), budget);
        if (!results.isArray()) {
            throw new DriverException(
                    DriverException.Kind.BROKEN, name + " answered a transaction with something else than results.");
        }
        for (JsonNode result : results) {
            if (result.hasNonNull("error")) {
                return refusal(
                        result.get("error").asText(), result.path("details").asText());
            }
        }
        return new Outcome.Committed(results);
    }

    /** Returns when there is a connection, which keeps the replica current; UNAVAILABLE when there is none. */
    public void check(Budget budget) {
        session(budget);
    }

    /** Returns when the replica is at least as new as the moment of the call. */
    public void refresh(Budget budget) {
        Outcome outcome = transact(Transaction.barrier(barrierTable), budget);
        if (outcome instanceof Outcome.Overtaken overtaken) {
            throw new DriverException(
                    DriverException.Kind.BROKEN, name + " refused a simple question: " + overtaken.detail());
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            readiness.signalAll();
        } finally {
            lock.unlock();
        }
        connector.close();
    }

    private Outcome refusal(String error, String details) {
        String detail = Lines.shorten(details.isEmpty() ? error : error + ": " + details);
        return switch (error) {
            case "timed out", "constraint violation", "referential integrity violation", "aborted" -> new Outcome
                    .Overtaken(detail);
            case "permission error", "not allowed" -> throw new DriverException(
                    DriverException.Kind.DENIED,
                    name + " does not let us change it (" + detail
                            + "); grant the client's role or use another remote.");
            case "cluster error",
                    "not leader",
                    "resources exhausted",
                    "I/O error",
                    "canceled" -> throw new DriverException(
                    DriverException.Kind.UNAVAILABLE, name + " could not carry it out now: " + detail + ".");
            default -> throw new DriverException(
                    DriverException.Kind.BROKEN, name + " refused a transaction: " + detail + ".");
        };
    }

    private JsonNode call(String method, JsonNode parameters, Budget budget) {
        Session session = session(budget);
        Session.Pending pending = session.request(method, parameters);
        try {
            return pending.answer().get(budget.nanos(LONGEST_ANSWER), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            session.abortIfSilent();
            throw new DriverException(
                    DriverException.Kind.UNAVAILABLE,
                    name + " did not answer in time; whether it acted is unknown.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(
                    DriverException.Kind.UNAVAILABLE, "Interrupted while waiting for " + name + ".", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Lost lost) {
                throw new DriverException(lost.kind(), name + " was lost: " + lost.getMessage() + ".", lost);
            }
            throw new DriverException(
                    DriverException.Kind.UNAVAILABLE,
                    name + " refused: " + e.getCause().getMessage() + ".",
                    e);
        } finally {
            pending.forget();
        }
    }

    /** The session when there is one, waiting a moment for one that is being made. */
    private Session session(Budget budget) {
        lock.lock();
        try {
            long left = budget.nanos(wasReady || trouble.isPresent() ? timing.ready() : timing.firstReady());
            while (working().isEmpty() && !closed && left > 0) {
                left = readiness.awaitNanos(left);
            }
            if (closed) {
                throw new DriverException(DriverException.Kind.UNAVAILABLE, "The driver was closed.");
            }
            return working()
                    .orElseThrow(() -> new DriverException(
                            trouble.map(Lost::kind).orElse(DriverException.Kind.UNAVAILABLE), sentence()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(
                    DriverException.Kind.UNAVAILABLE, "Interrupted while waiting for " + name + ".", e);
        } finally {
            lock.unlock();
        }
    }

    private Optional<Session> working() {
        return current.filter(session -> !session.isBroken());
    }

    private String sentence() {
        return name + " is not connected: "
                + trouble.map(Lost::getMessage).orElse("the first connection is still being made") + ".";
    }

    /** Hears from the connector: a session is ready, or there is none and why. */
    private void turned(Optional<Session> session, Optional<Lost> why) {
        lock.lock();
        try {
            current = session;
            wasReady |= session.isPresent();
            if (session.isPresent()) {
                trouble = Optional.empty();
            } else {
                trouble = why.or(() -> trouble);
            }
            readiness.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
