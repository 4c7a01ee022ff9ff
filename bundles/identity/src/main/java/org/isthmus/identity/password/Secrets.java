// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.security.SecureRandom;
import java.util.Base64;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Makes secrets nobody can guess. */
@Component(service = Secrets.class)
public final class Secrets {
    /** Without what looks alike on paper: 0 O, 1 l I. */
    private static final String ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";

    private final SecureRandom random;

    @Activate
    public Secrets() {
        random = new SecureRandom();
    }

    /** 100 random bits in four groups that can be read out on the telephone. */
    public Secret oneTimePassword() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            if (i > 0 && i % 5 == 0) {
                text.append('-');
            }
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return new Secret(text.toString());
    }

    /** 256 random bits behind a prefix that tells what kind of secret somebody has found. */
    public Secret bearer(String prefix) {
        return new Secret(prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(32)));
    }

    public byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
