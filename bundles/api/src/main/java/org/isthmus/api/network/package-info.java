// SPDX-License-Identifier: Apache-2.0
/** Private layer-2 networks. */
@Export
@Version("1.0.0")
package org.isthmus.api.network;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
