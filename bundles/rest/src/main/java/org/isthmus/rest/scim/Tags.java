// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.api.Problem;

/** Versions of resources as weak entity tags (RFC 7644, 3.14). */
final class Tags {
    private static final Pattern TAG = Pattern.compile("(?:W/)?\"(\\d{1,18})\"");

    private Tags() {}

    static String of(long version) {
        return "W/\"" + version + "\"";
    }

    /** The version a change is based on; empty when it is to be made whatever there is. */
    static Optional<Long> wanted(Optional<String> ifMatch) {
        return ifMatch.filter(tag -> !tag.trim().equals("*")).map(tag -> {
            Matcher matcher = TAG.matcher(tag.trim());
            if (!matcher.matches()) {
                throw Problem.STALE.because("If-Match is one version as meta.version has it, such as W/\"7\".");
            }
            return Long.parseLong(matcher.group(1));
        });
    }

    /** STALE when the change is based on another version. */
    static void check(Optional<Long> wanted, long version) {
        if (wanted.isPresent() && wanted.get() != version) {
            throw Problem.STALE.because("It was changed meanwhile and is at %s; read it again.", of(version));
        }
    }

    /** Whether the client has this version already. */
    static boolean known(Optional<String> ifNoneMatch, String tag) {
        return ifNoneMatch
                .filter(has -> has.trim().equals("*") || has.contains(tag.substring(2)))
                .isPresent();
    }
}
