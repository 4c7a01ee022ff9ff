// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Sha256;

/** What is good once, remembered for all controllers. Each call joins the running transaction, or is one of its own. */
interface Memory {
    /** @throws ProblemException TOO_MANY when too many are under way from that address */
    void begun(Underway login, String address);

    /** The same login without taking it. */
    Optional<Underway> seen(Sha256 state);

    /** The login of this state, for the first who asks. */
    Optional<Underway> taken(Sha256 state);

    /** Whether a provider's token is seen for the first time; it may be forgotten after that time. */
    boolean firstUse(String provider, String token, Instant until);
}
