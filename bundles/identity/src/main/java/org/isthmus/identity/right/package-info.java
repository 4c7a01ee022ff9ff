// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what, and why.
 *
 * <p>The rights of an organization are one value in memory, made from its users, departments and grants as far as anybody
 * has asked for them. Decisions are functions of that value and the time. A counter in the database tells when another
 * controller has changed something, so that a copy is never older than a fraction of a second.
 */
package org.isthmus.identity.right;
