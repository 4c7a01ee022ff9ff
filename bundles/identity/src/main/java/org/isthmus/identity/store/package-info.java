// SPDX-License-Identifier: Apache-2.0
/**
 * Identity's rows and the only queries on them.
 *
 * <p>Rows are dumb and stay in here; stores speak in the records of the API and take the organization first, so that no
 * query can reach another organization's rows by accident. Every method joins the transaction that is running.
 */
package org.isthmus.identity.store;
