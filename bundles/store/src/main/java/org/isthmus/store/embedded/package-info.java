// SPDX-License-Identifier: Apache-2.0
/**
 * The store without a container: for tests of every bundle, for workers that are killed on purpose, and for tools.
 *
 * <p>In the main jar so that all suites use the same transactions, pool settings and migrations as the product; not
 * exported, so that nothing in the container can.
 */
package org.isthmus.store.embedded;
