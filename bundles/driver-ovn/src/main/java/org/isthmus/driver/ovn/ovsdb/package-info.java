// SPDX-License-Identifier: Apache-2.0
/**
 * A client of OVSDB servers (RFC 7047 and the extensions of ovsdb-server(7)), knowing nothing of OVN.
 *
 * <p>A {@link org.isthmus.driver.ovn.ovsdb.Database} keeps one connection to one database behind one or several remotes,
 * and a replica of the tables asked for. Two I/O threads per connection, one reading and one writing, do all waiting for
 * the network; callers only ever wait for an answer, with a limit, and hold no lock meanwhile.
 */
package org.isthmus.driver.ovn.ovsdb;
