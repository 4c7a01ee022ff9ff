// SPDX-License-Identifier: Apache-2.0
/** The durable record of work under way. */
@Export
@Version("1.0.0")
package org.isthmus.api.operation;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
