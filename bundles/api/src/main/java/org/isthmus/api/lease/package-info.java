// SPDX-License-Identifier: Apache-2.0
/** How long a server is wanted, and in which hours. */
@Export
@Version("1.0.0")
package org.isthmus.api.lease;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
