// SPDX-License-Identifier: Apache-2.0
/**
 * What every driver shares: the factory that is the OSGi service, the call with its token, progress, failures, settings.
 *
 * <p>A driver author implements these types; Isthmus calls them. A driver keeps no durable state, no timers and no
 * retries: the host repeats a call with the same token until it is done.
 */
@Export
@Version("1.0.0")
package org.isthmus.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
