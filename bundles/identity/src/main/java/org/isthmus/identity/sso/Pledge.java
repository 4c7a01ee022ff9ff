// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/**
 * What a browser keeps of a login it has begun: a secret the nonce and the PKCE verifier are made of. Here only a digest stays,
 * so neither another browser nor whoever reads the database can finish the login.
 */
record Pledge(Secret secret) {
    Sha256 digest() {
        return Sha256.of(secret.reveal().getBytes(StandardCharsets.UTF_8));
    }

    Secret nonce() {
        return derived("nonce");
    }

    /** 43 characters of 256 bits, as RFC 7636 has it. */
    Secret verifier() {
        return derived("verifier");
    }

    private Secret derived(String what) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] made = mac.doFinal(("isthmus single sign-on " + what).getBytes(StandardCharsets.US_ASCII));
            return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(made));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA256", e);
        }
    }
}
