// SPDX-License-Identifier: Apache-2.0
/** Private layer-2 networks and their ports, declaratively: ensure what is wanted, remove what is not. */
@Export
@Version("1.0.0")
package org.isthmus.spi.network;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
