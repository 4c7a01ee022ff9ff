// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Secret;

/**
 * A provider as an organization's administrator set it up.
 *
 * @param key whose it is: nothing of one is good for another, not even of two with the same issuer
 * @param secret empty for a public client, whom PKCE alone protects
 * @param redirect where the provider sends people back to: one of its own for each provider
 * @param maxAge how long ago the person may have proved who they are there
 * @param strongMethods values of {@code amr} that mean a second factor
 * @param strongClasses values of {@code acr} that do
 */
record Provider(
        String key,
        String issuer,
        String client,
        Optional<Secret> secret,
        URI redirect,
        List<String> scopes,
        Optional<Duration> maxAge,
        Set<String> strongMethods,
        Set<String> strongClasses,
        ClaimNames claims) {
    /** Which claim says what; {@code a.b} is the member b of the claim a, unless there is a claim of that whole name. */
    record ClaimNames(String subject, String username, String email, String name, String groups) {}

    Provider {
        scopes = List.copyOf(scopes);
        strongMethods = Set.copyOf(strongMethods);
        strongClasses = Set.copyOf(strongClasses);
    }
}
