// SPDX-License-Identifier: Apache-2.0
/**
 * A simulator of servers and networks: for demos, for tests of the controller, and for seeing what happens when the far
 * end fails. Its faults are settings; its far end is a {@link org.isthmus.driver.fake.Ledger ledger file} that survives the
 * death of the process and logs every call and every effect, so that nothing made twice can hide.
 *
 * <p>It keeps the whole driver contract, and the contract's own tests are tested on it. Nothing is exported: in a container a
 * driver is met through its factory alone; plain tests use the public types.
 */
package org.isthmus.driver.fake;
