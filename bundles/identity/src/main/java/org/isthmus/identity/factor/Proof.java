// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.factor;

import java.util.Optional;
import org.isthmus.model.Sha256;

/**
 * A right code that was not taken yet.
 *
 * @param sealed the secret it is of, as it is kept
 * @param recovery the digest of a recovery code; absent: it was the code of a step
 */
public record Proof(String sealed, long step, Optional<Sha256> recovery) {
    /** How it is told to people. */
    public String told() {
        return recovery.isPresent() ? "recovery code" : "code";
    }

    @Override
    public String toString() {
        return told();
    }
}
