// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.nio.file.Path;
import java.util.Optional;
import org.isthmus.core.Json;
import org.isthmus.core.RowStore;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.seal.Seal;
import org.isthmus.store.seal.SecretBox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The box whose key is the one of this database: all controllers on it have the same. The first one leaves a text there,
 * and who cannot open it has another key. Where nothing was left yet, whatever secret is there must open. While the
 * database does not answer this is not sure, and said in the log; it is asked again before anything is sealed.
 */
public final class CheckedSeal implements Seal {
    private static final Logger LOG = LoggerFactory.getLogger(CheckedSeal.class);
    private static final String CHECK = "check";

    private final SecretBox box;
    private final RowStore rows;
    private final Path file;
    /** The database did not answer when it was asked whether this is the key of its secrets. */
    private volatile boolean doubtful;

    /**
     * Checks the key, if the database answers.
     *
     * @param file where the key is, for the message
     * @throws IllegalStateException when the key is another
     */
    public CheckedSeal(SecretBox box, RowStore rows, Path file) {
        this.box = box;
        this.rows = rows;
        this.file = file;
        try {
            mustOpen();
        } catch (TxException e) {
            LOG.warn("Whether {} is the key of the database's secrets is not known yet: {}", file, e.toString());
            doubtful = true;
        }
    }

    @Override
    public String seal(Secret secret, String place) {
        if (doubtful) {
            askAgain();
        }
        return box.seal(secret, place);
    }

    @Override
    public Secret open(String sealed, String place) {
        return box.open(sealed, place);
    }

    private void askAgain() {
        Tx tx = rows.tx();
        tx.execute(() -> {
            mustOpen();
            // what was left just now is there only then
            tx.afterCommit(() -> doubtful = false);
        });
    }

    private void mustOpen() {
        try {
            open(left(), CHECK);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "The secrets in this database are sealed with another key than " + file + ". Copy " + file
                            + " from a controller that works on this database, or from the backup that the database is"
                            + " of, and start this one again.",
                    e);
        }
    }

    private String left() {
        Tx tx = rows.tx();
        try {
            return tx.retrying(() -> sealedCheck().orElseGet(() -> {
                // a database of before this check may have secrets of another key
                openOne();
                String mine = box.seal(new Secret(CHECK), CHECK);
                rows.change("insert into loc_key (name, sealed) values (?, ?)", CHECK, mine);
                return mine;
            }));
        } catch (TxException e) {
            if (e.kind() != TxException.Kind.DUPLICATE || tx.running()) {
                throw e;
            }
            // another controller was the first
            return tx.read(() -> sealedCheck()).orElseThrow();
        }
    }

    /** Opens any secret that is there: an endpoint's, or a server's user data. */
    private void openOne() {
        record Kept(String sealed, String place) {}
        Optional<Kept> any = rows
                .query(
                        "select id, secrets from loc_endpoint order by id",
                        row -> new Kept(row.getString(2), row.getString(1)))
                .stream()
                .flatMap(of -> Json.read(of.sealed()).entrySet().stream()
                        .map(each -> new Kept(each.getValue(), of.place() + "/" + each.getKey())))
                .findFirst()
                .or(() -> rows.one(
                        "select server_id, user_data from srv_seed order by server_id fetch first 1 rows only",
                        row -> new Kept(row.getString(2), row.getString(1))));
        any.ifPresent(kept -> open(kept.sealed(), kept.place()));
    }

    private Optional<String> sealedCheck() {
        return rows.one("select sealed from loc_key where name = ?", row -> row.getString(1), CHECK);
    }
}
