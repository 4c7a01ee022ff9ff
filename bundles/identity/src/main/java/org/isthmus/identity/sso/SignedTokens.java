// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens tokens a provider has signed. What comes out was said by the provider, to whomever and whenever. */
final class SignedTokens {
    static final int MOST_CHARACTERS = 32 * 1024;

    private static final Pattern COMPACT = Pattern.compile("([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)\\.([A-Za-z0-9_-]+)");
    /** Signatures anyone can check and only the owner of the key can make: never "none", never a shared secret. */
    private static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

    private final KeySets keys;

    SignedTokens(KeySets keys) {
        this.keys = keys;
    }

    /**
     * Its claims.
     *
     * @param algorithm in which the token was signed, for the digests that depend on it
     */
    record Opened(String algorithm, Map<String, Object> claims) {}

    /** @param types what the header's {@code typ} may be, in lower case; it may always be left out */
    Opened open(String token, URI set, Set<String> types) {
        Matcher parts = COMPACT.matcher(token);
        if (token.length() > MOST_CHARACTERS || !parts.matches()) {
            throw new Untrusted(Refusal.FORM);
        }
        Map<String, Object> header = StrictJson.object(decoded(parts.group(1)), Refusal.FORM);
        if (!(header.get("alg") instanceof String algorithm) || !ALGORITHMS.contains(algorithm)) {
            throw new Untrusted(Refusal.ALGORITHM, String.valueOf(header.get("alg")));
        }
        if (header.containsKey("crit") || header.containsKey("b64") || header.containsKey("cty")) {
            throw new Untrusted(Refusal.HEADER, "crit, b64 or cty");
        }
        String type = header.containsKey("typ")
                ? String.valueOf(header.get("typ")).toLowerCase(Locale.ROOT).replaceFirst("^application/", "")
                : "";
        if (!type.isEmpty() && !types.contains(type)) {
            throw new Untrusted(Refusal.PURPOSE, "typ " + type);
        }
        if (!signed(parts, keys, set)) {
            throw new Untrusted(Refusal.SIGNATURE);
        }
        return new Opened(algorithm, StrictJson.object(decoded(parts.group(2)), Refusal.FORM));
    }

    private static boolean signed(Matcher parts, KeySets keys, URI set) {
        try {
            JWSHeader header = JWSHeader.parse(new Base64URL(parts.group(1)));
            JWK signer = keys.signer(set, header);
            byte[] signed = (parts.group(1) + "." + parts.group(2)).getBytes(StandardCharsets.US_ASCII);
            return new DefaultJWSVerifierFactory()
                    .createJWSVerifier(header, ((AsymmetricJWK) signer).toPublicKey())
                    .verify(header, signed, new Base64URL(parts.group(3)));
        } catch (ParseException | IllegalArgumentException e) {
            throw new Untrusted(Refusal.FORM, String.valueOf(e.getMessage()));
        } catch (JOSEException e) {
            throw new Untrusted(Refusal.SIGNATURE, String.valueOf(e.getMessage()));
        }
    }

    private static String decoded(String part) {
        return new Base64URL(part).decodeToString();
    }
}
