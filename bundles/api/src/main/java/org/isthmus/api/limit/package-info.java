// SPDX-License-Identifier: Apache-2.0
/** What somebody may use at most, and how much of it is left. */
@Export
@Version("1.0.0")
package org.isthmus.api.limit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
