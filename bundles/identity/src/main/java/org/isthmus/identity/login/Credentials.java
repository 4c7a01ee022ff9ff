// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What somebody typed as their username: {@code name@organization}. */
record Credentials(String username, String organization) {
    private static final Pattern FORM =
            Pattern.compile("([a-z0-9][a-z0-9._-]{0,63})@([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)");

    /** Nobody can have this name. */
    static final Credentials NOBODY = new Credentials("-", "-");

    static Credentials of(String typed) {
        return Optional.ofNullable(typed)
                .filter(text -> text.length() <= 200)
                .map(FORM::matcher)
                .filter(Matcher::matches)
                .map(matcher -> new Credentials(matcher.group(1), matcher.group(2)))
                .orElse(NOBODY);
    }

    /** As it may be written down: people type passwords into this field, and those are no usernames. */
    String printable() {
        return equals(NOBODY) ? "(not a username)" : username + "@" + organization;
    }
}
