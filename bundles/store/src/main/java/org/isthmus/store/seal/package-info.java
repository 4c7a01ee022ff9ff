// SPDX-License-Identifier: Apache-2.0
/**
 * Secrets in the database: sealed with a key that is kept outside of it.
 *
 * <p>Core opens the key file, makes sure that it is the one of this database, and offers the {@link Seal} as a service to
 * every other bundle that keeps a secret which must be readable again.
 */
@Export
@Version("1.0.0")
package org.isthmus.store.seal;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
