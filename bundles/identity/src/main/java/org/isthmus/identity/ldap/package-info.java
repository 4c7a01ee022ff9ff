// SPDX-License-Identifier: Apache-2.0
/**
 * LDAP and Active Directory, seen from here: a place outside that knows people, their passwords and their groups.
 *
 * <p>Nothing here writes, neither there nor here. What the server says is data of a stranger: bounded, never partly believed.
 * Whoever came in without a password was nobody (RFC 4513, 5.1.2), so an empty one is never sent.
 */
package org.isthmus.identity.ldap;
