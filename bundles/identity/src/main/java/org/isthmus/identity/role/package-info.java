// SPDX-License-Identifier: Apache-2.0
/**
 * Roles: those that ship, as one table, and those that organizations make.
 *
 * <p>The same table, for people, is docs/guides/roles.md; a test compares them.
 */
package org.isthmus.identity.role;
