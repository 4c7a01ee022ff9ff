// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/**
 * What of a directory is here, by external ids.
 *
 * @param members of each group
 */
record Here(Map<String, PersonHere> people, Map<String, GroupHere> groups, Map<String, Set<String>> members) {
    Here {
        people = Map.copyOf(people);
        groups = Map.copyOf(groups);
        members = Map.copyOf(members);
    }

    /**
     * Somebody.
     *
     * @param identified whether the external id is written down already
     * @param active as the directory said last
     * @param department as the directory said last
     * @param in the name of the department they are in here
     */
    record PersonHere(
            UserId id,
            long version,
            String externalId,
            boolean identified,
            String username,
            String email,
            Optional<String> displayName,
            Optional<String> givenName,
            Optional<String> familyName,
            boolean active,
            Optional<String> department,
            Optional<String> in) {}

    /** A group. */
    record GroupHere(GroupId id, long version, String externalId, String name) {}
}
