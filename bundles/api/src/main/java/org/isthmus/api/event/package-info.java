// SPDX-License-Identifier: Apache-2.0
/** Facts in the past tense, in sequence, written in the transaction of the change. */
@Export
@Version("1.0.0")
package org.isthmus.api.event;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
