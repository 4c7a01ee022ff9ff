// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords become sessions, bearer tokens become callers.
 *
 * <p>Nothing here tells a stranger whether a user or an organization exists: not the answer, not its time. Bearer tokens
 * are kept only as digests.
 */
package org.isthmus.identity.login;
