// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import java.util.Optional;

/**
 * Somebody as the directory knows them, in the form in which they can be a user here.
 *
 * @param externalId what names them for ever, also when their name or place changes
 * @param dn their place there, normalized; it may change
 */
public record Person(
        String externalId,
        String dn,
        String username,
        String email,
        Optional<String> displayName,
        Optional<String> givenName,
        Optional<String> familyName,
        boolean active,
        Optional<String> department) {}
