// SPDX-License-Identifier: Apache-2.0
/**
 * How the store does it: {@link org.isthmus.store.internal.ThreadTx} binds one {@link
 * org.isthmus.store.internal.Transaction} to a thread; {@link org.isthmus.store.internal.JoiningDataSource} gives every
 * persistence unit that transaction's connection; {@link org.isthmus.store.internal.Failures} says what the database
 * meant.
 *
 * <p>{@link org.isthmus.store.internal.Migrations} makes the schema, {@link org.isthmus.store.internal.LeaseTable} keeps
 * the leases.
 */
package org.isthmus.store.internal;
