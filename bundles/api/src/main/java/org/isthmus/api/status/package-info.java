// SPDX-License-Identifier: Apache-2.0
/** Whether the controller's parts are there: what {@code /readyz} and {@code /metrics} show. */
@Export
@Version("1.0.0")
package org.isthmus.api.status;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
