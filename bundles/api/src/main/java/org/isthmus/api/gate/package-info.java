// SPDX-License-Identifier: Apache-2.0
/** The one gate every change passes: commands, their handlers, and the answer. */
@Export
@Version("1.0.0")
package org.isthmus.api.gate;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
