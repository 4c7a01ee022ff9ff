// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.LDAPException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.isthmus.api.identity.Users;
import org.isthmus.identity.ldap.LdapSettings.Groups;
import org.isthmus.identity.ldap.LdapSettings.People;

/** Reads entries of the directory as people and groups. Their values are a stranger's: cut, and without control characters. */
final class Entries {
    private static final int LONGEST = 200;
    private static final int ACCOUNT_DISABLED = 0x2;
    /** OpenLDAP's password policy: locked until an administrator unlocks (draft-behera-ldap-password-policy). */
    private static final String LOCKED_FOR_GOOD = "000001010000Z";

    private static final String ACCOUNT_CONTROL = "userAccountControl";
    private static final String ACCOUNT_LOCK = "nsAccountLock";
    private static final String LOCKED_TIME = "pwdAccountLockedTime";

    private Entries() {}

    /** An entry that can be somebody here, or why not. */
    record Read<T>(Optional<String> externalId, Optional<T> value, String why) {
        static <T> Read<T> unusable(Optional<String> externalId, String why) {
            return new Read<>(externalId, Optional.empty(), why);
        }
    }

    static String[] wanted(People people, Optional<Groups> groups) {
        List<String> names = new ArrayList<>(List.of(
                people.username(),
                people.email(),
                people.name(),
                people.givenName(),
                people.familyName(),
                people.id(),
                ACCOUNT_CONTROL,
                ACCOUNT_LOCK,
                LOCKED_TIME));
        people.department().ifPresent(names::add);
        groups.flatMap(Groups::memberOf).ifPresent(names::add);
        return names.toArray(new String[0]);
    }

    static String[] wanted(Groups groups, boolean members) {
        List<String> names = new ArrayList<>(List.of(groups.name(), groups.id()));
        if (members) {
            names.addAll(groups.members());
        }
        groups.memberOf().ifPresent(names::add);
        return names.toArray(new String[0]);
    }

    static Read<Person> person(Entry entry, People people) {
        Optional<String> id = id(entry, people.id());
        if (id.isEmpty()) {
            return Read.unusable(id, "has no " + people.id());
        }
        Optional<String> username = username(entry, people);
        if (username.isEmpty()) {
            return Read.unusable(
                    id, "has no " + people.username() + " that can be a username: 1 to 64 of a-z 0-9 . _ -");
        }
        Optional<String> email = text(entry, people.email())
                .filter(value -> Users.EMAIL.matcher(value).matches());
        if (email.isEmpty()) {
            return Read.unusable(id, "has no e-mail address in " + people.email());
        }
        return new Read<>(
                id,
                Optional.of(new Person(
                        id.get(),
                        place(entry),
                        username.get(),
                        email.get(),
                        text(entry, people.name()),
                        text(entry, people.givenName()),
                        text(entry, people.familyName()),
                        active(entry),
                        people.department().flatMap(name -> text(entry, name)))),
                "");
    }

    static Read<GroupThere> group(Entry entry, Groups groups) {
        Optional<String> id = id(entry, groups.id());
        if (id.isEmpty()) {
            return Read.unusable(id, "has no " + groups.id());
        }
        return text(entry, groups.name())
                .map(name -> new Read<>(id, Optional.of(new GroupThere(id.get(), place(entry), name)), ""))
                .orElseGet(() -> Read.unusable(id, "has no " + groups.name()));
    }

    /** What the attribute says, in small letters; of an address as its name (userPrincipalName) what is before the @. */
    private static Optional<String> username(Entry entry, People people) {
        return text(entry, people.username())
                .map(value -> value.indexOf('@') > 0 ? value.substring(0, value.indexOf('@')) : value)
                .map(value -> value.toLowerCase(Locale.ROOT))
                .filter(value -> Users.USERNAME.matcher(value).matches());
    }

    private static boolean active(Entry entry) {
        Integer control = entry.getAttributeValueAsInteger(ACCOUNT_CONTROL);
        boolean disabled = control != null && (control & ACCOUNT_DISABLED) != 0;
        boolean locked = "true".equalsIgnoreCase(entry.getAttributeValue(ACCOUNT_LOCK))
                || LOCKED_FOR_GOOD.equals(entry.getAttributeValue(LOCKED_TIME));
        return !disabled && !locked;
    }

    /** The entry's distinguished name in the one form in which two of the same are equal. */
    static String place(Entry entry) {
        try {
            return entry.getParsedDN().toNormalizedString();
        } catch (LDAPException e) {
            throw new LdapFailure(
                    LdapFailure.Kind.UNREACHABLE,
                    "The directory sent a name that is none: " + shown(entry.getDN()) + ".");
        }
    }

    private static Optional<String> id(Entry entry, String attribute) {
        if (!attribute.equalsIgnoreCase("objectGUID")) {
            // a longer one would have to be cut, and two could become one
            return Optional.ofNullable(entry.getAttributeValue(attribute))
                    .filter(value -> value.length() <= LONGEST)
                    .filter(value -> value.equals(shown(value)) && !value.isEmpty());
        }
        // 16 bytes, the first three groups with the least byte first: as Active Directory's own tools print it
        byte[] bytes = entry.getAttributeValueBytes(attribute);
        if (bytes == null || bytes.length != 16) {
            return Optional.empty();
        }
        ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long high = (little.getInt(0) & 0xFFFFFFFFL) << 32
                | (little.getShort(4) & 0xFFFFL) << 16
                | (little.getShort(6) & 0xFFFFL);
        return Optional.of(new UUID(high, ByteBuffer.wrap(bytes).getLong(8)).toString());
    }

    private static Optional<String> text(Entry entry, String attribute) {
        return Optional.ofNullable(entry.getAttributeValue(attribute))
                .map(Entries::shown)
                .filter(value -> !value.isEmpty());
    }

    /** As it may be written anywhere: at most 200 characters, no sign cut in two. */
    static String shown(String text) {
        StringBuilder plain = new StringBuilder();
        for (int each : text.codePoints().limit(LONGEST).toArray()) {
            if (plain.length() + Character.charCount(each) > LONGEST) {
                break;
            }
            boolean hidden = Character.isISOControl(each) || Character.getType(each) == Character.FORMAT;
            plain.appendCodePoint(hidden ? ' ' : each);
        }
        return plain.toString().strip();
    }
}
