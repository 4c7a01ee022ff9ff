// SPDX-License-Identifier: Apache-2.0
/**
 * The database: one transaction shared by all bundles, migrations, leases.
 *
 * <p>Every bundle that keeps data joins the transaction that is running; nobody opens connections of their own.
 */
@Export
@Version("1.0.0")
package org.isthmus.store;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
