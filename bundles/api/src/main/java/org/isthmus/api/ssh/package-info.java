// SPDX-License-Identifier: Apache-2.0
/** Root inside servers: an organization's SSH authority and the short-lived certificates it signs. */
@Export
@Version("1.0.0")
package org.isthmus.api.ssh;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
