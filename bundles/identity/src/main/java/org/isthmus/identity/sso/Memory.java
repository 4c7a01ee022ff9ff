// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Sha256;

/** What is good once, remembered for all controllers. Each call is a transaction of its own. */
interface Memory {
    void begun(Underway login);

    /** The login of this state, for the first who asks. */
    Optional<Underway> taken(Sha256 state);

    /** Whether a provider's token is seen for the first time; it may be forgotten after that time. */
    boolean firstUse(String provider, String token, Instant until);
}
