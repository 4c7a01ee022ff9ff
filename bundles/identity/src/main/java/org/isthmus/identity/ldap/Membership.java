// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.LDAPException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.identity.ldap.LdapSettings.Groups;

/** Who is in which group, gathered from both ends, and followed upwards. A circle of groups is walked once. */
final class Membership {
    private static final String BY_USERNAME = "memberUid";

    private final Groups settings;
    /** From a member, by place or {@code uid:name}, to the places of groups it is directly in. */
    private final Map<String, Set<String>> above = new HashMap<>();

    Membership(Groups settings) {
        this.settings = settings;
    }

    /** What a group says of its members, and what it says it is in. */
    void group(Entry group) {
        String place = Entries.place(group);
        for (String attribute : settings.members()) {
            for (String value : values(group, attribute)) {
                member(attribute, value).ifPresent(member -> in(member, place));
            }
        }
        memberOf(group);
    }

    /** What an entry says it is in. */
    void memberOf(Entry entry) {
        named(settings, entry).forEach(group -> in(Entries.place(entry), group));
    }

    private void in(String member, String group) {
        above.computeIfAbsent(member, any -> new HashSet<>(2)).add(group);
    }

    /** The places of all groups somebody is in. */
    Set<String> of(Person person) {
        Set<String> all = new LinkedHashSet<>();
        all.addAll(above.getOrDefault(person.dn(), Set.of()));
        all.addAll(above.getOrDefault(uid(person.username()), Set.of()));
        if (!settings.nested()) {
            return all;
        }
        Deque<String> next = new ArrayDeque<>(all);
        while (!next.isEmpty()) {
            for (String group : above.getOrDefault(next.poll(), Set.of())) {
                if (all.add(group)) {
                    next.add(group);
                }
            }
        }
        return all;
    }

    private static Optional<String> member(String attribute, String value) {
        return attribute.equalsIgnoreCase(BY_USERNAME)
                ? Optional.of(uid(value.toLowerCase(Locale.ROOT)))
                : place(value);
    }

    static boolean byUsername(String attribute) {
        return attribute.equalsIgnoreCase(BY_USERNAME);
    }

    private static String uid(String username) {
        return "uid:" + username; // no distinguished name has a colon before its first equals sign
    }

    /** The places of groups that an entry says it is in. */
    static List<String> named(Groups settings, Entry entry) {
        return settings.memberOf().stream()
                .flatMap(attribute -> Arrays.stream(values(entry, attribute)))
                .flatMap(value -> place(value).stream())
                .toList();
    }

    private static Optional<String> place(String value) {
        try {
            return Optional.of(DN.normalize(value));
        } catch (LDAPException e) {
            return Optional.empty(); // a member that is no name is nobody
        }
    }

    private static String[] values(Entry entry, String attribute) {
        String[] values = entry.getAttributeValues(attribute);
        return values == null ? new String[0] : values;
    }
}
