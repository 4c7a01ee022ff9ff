// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

/**
 * A group as the directory knows it.
 *
 * @param externalId what names it for ever
 * @param dn its place there, normalized
 */
public record GroupThere(String externalId, String dn, String name) {}
