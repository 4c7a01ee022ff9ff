// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Who logged in, as the provider says and as we believe it.
 *
 * @param subject the provider's own name of the person, which never becomes another's
 * @param session the provider's name of its session, for logouts
 * @param strongAt when the person proved a second factor there
 */
record Signed(
        String subject,
        Optional<String> external,
        Optional<String> username,
        Optional<String> email,
        Optional<String> name,
        List<String> groups,
        Optional<String> session,
        Optional<Instant> strongAt) {
    Signed {
        groups = List.copyOf(groups);
    }
}
