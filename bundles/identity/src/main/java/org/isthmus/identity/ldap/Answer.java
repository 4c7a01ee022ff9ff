// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import java.util.List;
import java.util.Optional;

/**
 * What a directory said of a name and a password.
 *
 * @param person who it is; empty when it is nobody, or not with this password
 * @param groups theirs, also through other groups if so set
 * @param why for the audit log, never for who asked
 */
public record Answer(Optional<Person> person, List<GroupThere> groups, String why) {
    static Answer no(String why) {
        return new Answer(Optional.empty(), List.of(), why);
    }
}
