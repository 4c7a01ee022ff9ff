// SPDX-License-Identifier: Apache-2.0
/**
 * The OVN network driver: wishes about networks and ports become rows of OVN's northbound database.
 *
 * <p>A call reads the replica, plans the operations that lead from what is to what is wanted, guards them with what it
 * has seen, and sends them as one transaction; overtaken by another change it plans anew. Nothing is remembered between
 * calls but when hosts were last seen to move on: all truth is in the databases.
 */
package org.isthmus.driver.ovn;
