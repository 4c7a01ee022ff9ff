// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.minidev.json.JSONObject;

/** Reads what providers say of themselves (OpenID Connect Discovery 1.0), and remembers it for a while. */
final class Discovery {
    private static final Duration GOOD_FOR = Duration.ofMinutes(10);
    /** Nobody is asked more often, so that logins of strangers do not become a flood for a provider that is down. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final Wire wire;
    private final Kept<Metadata> kept;

    Discovery(Wire wire, Clock clock) {
        this.wire = wire;
        this.kept = new Kept<>(clock, GOOD_FOR, AFTER_FAILURE);
    }

    Metadata of(String issuer) {
        return kept.get(issuer, () -> read(issuer));
    }

    private Metadata read(String issuer) {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        Wire.Fetched answer =
                wire.get(address(base + "/.well-known/openid-configuration"), Map.of("Accept", "application/json"));
        if (answer.status() != 200) {
            throw new Untrusted(Refusal.ANSWER, "discovery: status " + answer.status());
        }
        Map<String, Object> document = answer.json(Refusal.ANSWER);
        if (!issuer.equals(document.get("issuer"))) {
            throw new Untrusted(Refusal.ISSUER, String.valueOf(document.get("issuer")));
        }
        OIDCProviderMetadata said;
        try {
            said = OIDCProviderMetadata.parse(new JSONObject(document));
        } catch (ParseException | IllegalArgumentException e) {
            throw new Untrusted(Refusal.METADATA, String.valueOf(e.getMessage()));
        }
        List<CodeChallengeMethod> challenges = said.getCodeChallengeMethods();
        // many say nothing and do it; who lists others only would make us send the verifier itself, or nothing
        if (challenges != null && !challenges.contains(CodeChallengeMethod.S256)) {
            throw new Untrusted(Refusal.PKCE, String.valueOf(challenges));
        }
        List<ClientAuthenticationMethod> methods = said.getTokenEndpointAuthMethods();
        return new Metadata(
                issuer,
                forBrowsers(needed(said.getAuthorizationEndpointURI(), "authorization_endpoint")),
                needed(said.getTokenEndpointURI(), "token_endpoint"),
                needed(said.getJWKSetURI(), "jwks_uri"),
                Optional.ofNullable(said.getUserInfoEndpointURI()),
                said.supportsAuthorizationResponseIssuerParam(),
                methods != null
                        && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                        && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST));
    }

    private static URI needed(URI given, String name) {
        if (given == null) {
            throw new Untrusted(Refusal.METADATA, name + " is missing");
        }
        return given;
    }

    /** Nobody is sent where no TLS says who answers, nor to what is no address; what is asked from here is judged there. */
    private static URI forBrowsers(URI given) {
        String host = String.valueOf(given.getHost());
        boolean here = List.of("127.0.0.1", "localhost", "[::1]").contains(host);
        boolean good = given.getHost() != null
                && ("https".equalsIgnoreCase(given.getScheme())
                        || (here && "http".equalsIgnoreCase(given.getScheme())));
        if (!good) {
            throw new Untrusted(Refusal.ADDRESS, given.toString());
        }
        return given;
    }

    private static URI address(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new Untrusted(Refusal.ADDRESS, text);
        }
    }
}
