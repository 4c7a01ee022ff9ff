// SPDX-License-Identifier: Apache-2.0
/**
 * The gate's implementation: replay, access, policy, plan, limits, then one transaction {audit attempt, reservation, rows,
 * operation, event}. What can be swapped is reached through {@link org.isthmus.core.swap.Swaps}.
 */
package org.isthmus.core.gate;
