// SPDX-License-Identifier: Apache-2.0
/** Requests that a second person must approve. */
@Export
@Version("1.0.0")
package org.isthmus.api.approval;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
