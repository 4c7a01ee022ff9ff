// SPDX-License-Identifier: Apache-2.0
/** Bootable disk templates and their content. */
@Export
@Version("1.0.0")
package org.isthmus.api.image;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
