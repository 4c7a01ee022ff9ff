// SPDX-License-Identifier: Apache-2.0
/** Locations, endpoints, hosts and installed drivers: where there is capacity. */
@Export
@Version("1.0.0")
package org.isthmus.api.location;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
