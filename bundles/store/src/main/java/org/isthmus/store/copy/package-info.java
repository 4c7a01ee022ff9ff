// SPDX-License-Identifier: Apache-2.0
/**
 * {@code copy-database}: the whole of an installation's Derby into a PostgreSQL, compared value by value. A program of its own
 * beside the stopped controller; not exported.
 */
package org.isthmus.store.copy;
