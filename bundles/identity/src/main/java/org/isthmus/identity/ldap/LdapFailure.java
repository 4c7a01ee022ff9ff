// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import java.util.Locale;

/** An LDAP server could not be asked, or its answer is not to be believed. The message says what to do and has no secret. */
public final class LdapFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Kind {
        /** It does not answer, or not in time, or answers nonsense. */
        UNREACHABLE,
        /** Its certificate is not one of the authority's, or not for this name. */
        UNTRUSTED,
        /** It is there, and does not take the service account or what the settings ask of it. */
        MISCONFIGURED,
        /** It told a part only: too many entries for it or for us, or it points to another server. */
        PARTIAL;

        /** As it is told in data. */
        public String told() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind kind;

    LdapFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
