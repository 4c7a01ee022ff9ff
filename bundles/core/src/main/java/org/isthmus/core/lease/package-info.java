// SPDX-License-Identifier: Apache-2.0
/** Leases of servers: {@link org.isthmus.core.lease.CoreLeases} sets and shows them and does what the time has come for. */
package org.isthmus.core.lease;
