// SPDX-License-Identifier: Apache-2.0
/** Organizations and their policies. */
@Export
@Version("1.0.0")
package org.isthmus.api.organization;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
