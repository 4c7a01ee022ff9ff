// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.LDAPException;

/**
 * A group as the directory knows it.
 *
 * @param externalId what names it for ever
 * @param dn its place there, normalized
 */
public record GroupThere(String externalId, String dn, String name) {
    /** A distinguished name in the one form in which two of the same are equal; what is none, as it is. */
    public static String place(String text) {
        try {
            return DN.normalize(text);
        } catch (LDAPException e) {
            return text;
        }
    }
}
