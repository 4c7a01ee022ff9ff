// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.seal;

import org.isthmus.model.Secret;

/** Seals secrets for the database and opens them again. Quick, thread-safe. */
public interface Seal {
    /**
     * Seals a text.
     *
     * @param place what it belongs to; opening it needs the same
     * @throws IllegalStateException when the key is known to be another than the database's
     * @throws org.isthmus.store.TxException while the database does not tell whether this is its key
     */
    String seal(Secret secret, String place);

    /**
     * Opens what was sealed.
     *
     * @throws IllegalStateException when the key is another, or the text was changed or put elsewhere
     */
    Secret open(String sealed, String place);
}
