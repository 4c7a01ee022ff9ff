// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Sha256;

/**
 * A login that was begun. Good once, and for some minutes.
 *
 * @param state digest of what the provider sends back
 * @param provider the key of the one the person was sent to
 * @param browser digest of what the browser keeps, see {@link Pledge}
 * @param next where the browser goes on afterwards: a path here
 */
record Underway(
        Sha256 state, String provider, Sha256 browser, Instant begunAt, Instant expiresAt, Optional<String> next) {}
