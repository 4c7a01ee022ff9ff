// SPDX-License-Identifier: Apache-2.0
/**
 * Roles and grants: what is shown of them, why somebody may do something, making roles, giving and taking them.
 */
package org.isthmus.identity.grant;
