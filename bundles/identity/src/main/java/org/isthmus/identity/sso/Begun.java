// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.net.URI;
import org.isthmus.model.Secret;

/**
 * A login on its way to the provider.
 *
 * @param to where the browser goes
 * @param state what it comes back with
 * @param pledge what it keeps for itself
 */
record Begun(URI to, Secret state, Secret pledge, Underway underway) {}
