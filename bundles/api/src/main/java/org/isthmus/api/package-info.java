// SPDX-License-Identifier: Apache-2.0
/** What the bundles of Isthmus say to each other: who calls, what is asked, what went wrong. One package per domain below. */
@Export
@Version("1.0.0")
package org.isthmus.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
