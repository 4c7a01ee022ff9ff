// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that a directory said about whom the settings name, whole: there is no snapshot of a part.
 *
 * @param people in the order of their usernames
 * @param groups in the order of their names
 * @param members for each group's external id, the external ids of people in it, also through other groups if so set
 * @param unusable for external ids of people and groups that are there but cannot be here, why: they are not gone
 * @param without entries that cannot even be told apart, by their place
 */
public record Snapshot(
        List<Person> people,
        List<GroupThere> groups,
        Map<String, Set<String>> members,
        Map<String, String> unusable,
        List<String> without) {
    public Snapshot {
        people = List.copyOf(people);
        groups = List.copyOf(groups);
        members = Map.copyOf(members);
        unusable = Map.copyOf(unusable);
        without = List.copyOf(without);
    }
}
