// SPDX-License-Identifier: Apache-2.0
/** Where an organization has its events sent. */
@Export
@Version("1.0.0")
package org.isthmus.api.webhook;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
