// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.isthmus.audit.leaf.Entry;
import org.isthmus.audit.leaf.Leaf;
import org.isthmus.audit.merkle.Growth;
import org.isthmus.audit.note.Checkpoint;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.Tx;

/**
 * Gives waiting entries their places: one batch, its tiles and the checkpoint over it in one transaction, by whoever holds
 * the lease. A crash at any point leaves either all of it or nothing; a late holder is fenced out before it wrote.
 */
final class Sequencer {
    private static final String LEASE = "audit-sequencer";
    private static final Duration LEASE_LENGTH = Duration.ofSeconds(15);

    private final Tx tx;
    private final Leases leases;
    private final Clock clock;
    private final RandomGenerator random;
    private final String holder;
    private final String origin;
    private final UnaryOperator<String> signer;
    private final int batch;

    /**
     * A sequencer.
     *
     * @param random strong: nonces and salts come from it
     * @param holder names this one among all that ever ran
     * @param signer makes a signed note of a checkpoint's text
     * @param batch most entries in a transaction, 1 to 1000
     */
    Sequencer(
            Tx tx,
            Leases leases,
            Clock clock,
            RandomGenerator random,
            String holder,
            String origin,
            UnaryOperator<String> signer,
            int batch) {
        this.tx = tx;
        this.leases = leases;
        this.clock = clock;
        this.random = random;
        this.holder = holder;
        this.origin = origin;
        this.signer = signer;
        this.batch = batch;
    }

    /** Takes or keeps the lease; empty while another controller has it. */
    Optional<Lease> hold() {
        return leases.hold(LEASE, holder, LEASE_LENGTH);
    }

    /**
     * The newest checkpoint, when another controller that lives has the lease: its key must be ours. Of an earlier one's key
     * nothing is asked: when no other is at work, a new key may begin.
     */
    Optional<String> newestOfAnother() {
        return hold().isPresent()
                ? Optional.empty()
                : Sql.read(tx, () -> new TreeStore(tx.connection()).newest()).map(TreeStore.Head::note);
    }

    void release(Lease lease) {
        leases.release(lease);
    }

    /** One batch, if this one can have the lease. Returns how many entries got their place. */
    int runOnce() {
        return hold().map(this::runOnce).orElse(0);
    }

    /** One batch under this lease; CONFLICT when somebody else took it meanwhile. */
    int runOnce(Lease lease) {
        try {
            return tx.retrying(() -> sequence(lease));
        } catch (SQLException e) {
            throw new IllegalStateException("The transaction types every failure of the database", e);
        }
    }

    private int sequence(Lease lease) throws SQLException {
        Connection connection = tx.connection();
        if (!PendingStore.any(connection)) {
            return 0; // an idle log writes nothing
        }
        leases.fence(lease);
        List<Entry> waiting = PendingStore.oldest(connection, batch);
        Set<String> names = new HashSet<>(Set.of(LogStore.LOG));
        waiting.forEach(entry -> names.add(entry.organization().value()));
        Map<String, Long> before = LogStore.counts(connection, names);
        Map<String, Long> counts = new HashMap<>(before);
        List<Leaf> leaves = new ArrayList<>(waiting.size());
        for (Entry entry : waiting) {
            leaves.add(Leaf.of(
                    entry,
                    next(counts, LogStore.LOG),
                    next(counts, entry.organization().value()),
                    random));
        }
        LogStore.insert(connection, leaves);
        LogStore.count(connection, before, counts);
        grow(connection, before.getOrDefault(LogStore.LOG, 0L), leaves);
        PendingStore.remove(connection, waiting); // last, because Derby lets nobody read past these rows from here on
        return leaves.size();
    }

    private void grow(Connection connection, long size, List<Leaf> leaves) throws SQLException {
        TreeStore tree = new TreeStore(connection);
        Growth growth = new Growth(size, tree);
        growth.append(leaves.stream().map(leaf -> leaf.bytes().hash()).toList());
        tree.write(growth);
        Checkpoint checkpoint = Checkpoint.of(origin, growth.size(), growth.root());
        tree.keep(new TreeStore.Head(growth.size(), Sql.micros(clock.instant()), signer.apply(checkpoint.text())));
    }

    /** The next place in a row of places; counts it. */
    private static long next(Map<String, Long> counts, String name) {
        return counts.merge(name, 1L, Long::sum) - 1;
    }
}
