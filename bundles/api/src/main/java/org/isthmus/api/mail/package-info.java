// SPDX-License-Identifier: Apache-2.0
/** Mail to people. */
@Export
@Version("1.0.0")
package org.isthmus.api.mail;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
