// SPDX-License-Identifier: Apache-2.0
/** Virtual machines: their states, commands and views. */
@Export
@Version("1.0.0")
package org.isthmus.api.server;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
