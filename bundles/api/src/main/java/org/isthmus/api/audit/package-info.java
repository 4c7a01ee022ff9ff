// SPDX-License-Identifier: Apache-2.0
/** The audit log: every attempt, its outcome, every refusal; append-only and proved. */
@Export
@Version("1.0.0")
package org.isthmus.api.audit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
