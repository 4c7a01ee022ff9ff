// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.net.URI;
import java.util.Optional;

/**
 * What a provider says of itself.
 *
 * @param namesItself whether its responses carry {@code iss} (RFC 9207)
 * @param secretInBody whether the client's secret goes into the form, because it takes no other way
 */
record Metadata(
        String issuer,
        URI authorization,
        URI token,
        URI keys,
        Optional<URI> userinfo,
        boolean namesItself,
        boolean secretInBody) {}
