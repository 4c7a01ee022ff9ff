// SPDX-License-Identifier: Apache-2.0
/** Prices, estimates and usage. */
@Export
@Version("1.0.0")
package org.isthmus.api.price;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
