// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that keeps a connection: round the remotes until one will do, follow it until it breaks, round again with
 * pauses that double. A connection that lived for a while is replaced without a pause.
 */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);

    /**
     * What to connect to.
     *
     * @param database name of the schema
     */
    record Target(
            String database, List<Remote> remotes, boolean leaderOnly, Optional<Tls> tls, List<TableSpec> tables) {
        Target {
            remotes = List.copyOf(remotes);
            tables = List.copyOf(tables);
        }
    }

    private final Target target;
    private final Timing timing;
    private final Follower follower;
    private final BiConsumer<Optional<Session>, Optional<Lost>> turned;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicReference<Runnable> breaker = new AtomicReference<>(() -> {});
    private int next;
    private Optional<Long> readySince = Optional.empty();
    private String lastLogged = "";

    Connector(
            Target target,
            Timing timing,
            Replica replica,
            BiConsumer<Optional<Session>, Optional<Lost>> turned,
            Consumer<List<Change>> hints) {
        this.target = target;
        this.timing = timing;
        this.turned = turned;
        follower = new Follower(target, replica, hints);
        thread = new Thread(this::run, "ovsdb-" + target.database());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void close() {
        closing.countDown();
        breaker.get().run();
        try {
            // resolving a host name cannot be broken off: then the daemon thread ends a little later
            thread.join(TimeUnit.SECONDS.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean closed() {
        return closing.getCount() == 0;
    }

    private void run() {
        long pause = timing.backoff().toNanos();
        try {
            while (!closed()) {
                if (round()) {
                    pause = timing.backoff().toNanos();
                } else if (!closed()) {
                    closing.await(pause, TimeUnit.NANOSECONDS);
                    pause = Math.min(pause * 2, timing.longestBackoff().toNanos());
                }
            }
        } catch (InterruptedException e) {
            // nobody interrupts this thread but a dying process
            LOG.debug("Connection to {} ends", target.database());
        }
    }

    /** Visits each remote once, or until one has served for a while: then true. */
    private boolean round() {
        Optional<Lost> told = Optional.empty();
        for (int tried = 0; tried < target.remotes().size() && !closed(); tried++) {
            Remote remote = target.remotes().get(next);
            readySince = Optional.empty();
            Lost why = visit(remote);
            next = (next + 1) % target.remotes().size();
            if (!closed()) {
                // "no leader" says more about the whole than "one member is down"
                told = told.filter(Lost::leaderless).or(() -> Optional.of(why));
                turned.accept(Optional.empty(), told);
                log(why);
            }
            if (readySince.isPresent()
                    && System.nanoTime() - readySince.get()
                            > timing.longestBackoff().toNanos()) {
                return true;
            }
        }
        return false;
    }

    /** Connects to one remote and follows it until that ends. */
    private Lost visit(Remote remote) {
        try (Wire wire = Wire.to(remote, target.tls())) {
            breaker.set(wire::close);
            if (closed()) {
                return Lost.unavailable("closed");
            }
            wire.connect(timing.connect(), timing.handshake());
            Session session = new Session("ovsdb-" + target.database(), wire, timing, follower::notified);
            session.start();
            return follow(remote, session);
        } catch (Lost e) {
            return e.at(remote);
        } catch (IOException | RuntimeException e) {
            return Lost.unavailable(String.valueOf(e.getMessage()), e).at(remote);
        }
    }

    private Lost follow(Remote remote, Session session) {
        Lost end = Lost.unavailable("the connection ended");
        try {
            follower.begin(session);
            session.ready();
            readySince = Optional.of(System.nanoTime());
            if (!lastLogged.isEmpty()) {
                LOG.info("{} at {} is connected again", target.database(), remote);
            }
            lastLogged = "";
            turned.accept(Optional.of(session), Optional.empty());
            while (!closed()) {
                session.pump();
            }
        } catch (Lost e) {
            end = e.at(remote);
        } catch (Session.Refused e) {
            end = Lost.unavailable("the server refused: " + e.getMessage(), e).at(remote);
        } catch (IOException e) {
            end = Lost.unavailable("the connection broke: " + e.getMessage(), e).at(remote);
        } catch (RuntimeException e) {
            LOG.error("Following {} at {} failed by a defect of the driver", target.database(), remote, e);
            end = Lost.nonsense("something that made the driver fail").at(remote);
        } finally {
            turned.accept(Optional.empty(), Optional.of(end));
            session.abort(end);
        }
        return end;
    }

    private void log(Lost why) {
        String message = String.valueOf(why.getMessage());
        if (!message.equals(lastLogged)) {
            LOG.info("{} is not connected: {}", target.database(), message);
            lastLogged = message;
        }
    }
}
