// SPDX-License-Identifier: Apache-2.0
/**
 * What a role is, and those that ship, as one table.
 *
 * <p>The same table, for people, is docs/guides/roles.md; a test compares them.
 */
package org.isthmus.identity.role;
