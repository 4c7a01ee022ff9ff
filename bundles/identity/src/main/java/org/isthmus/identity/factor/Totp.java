// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.factor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Codes of the moment (RFC 6238) as every authenticator app computes them: SHA-1, six digits, steps of half a minute. */
public final class Totp {
    static final int DIGITS = 6;
    static final int STEP_SECONDS = 30;
    /** The recommended length of a key: that of the digest (RFC 4226, section 4). */
    static final int KEY_BYTES = 20;
    /** Clocks differ, and people type slowly: the step before and the one after are taken too. */
    private static final int WINDOW = 1;

    private Totp() {}

    static long step(Instant now) {
        return Math.floorDiv(now.getEpochSecond(), (long) STEP_SECONDS);
    }

    /** The code of a moment, as an app that holds this secret shows it. */
    public static String code(String base32, Instant now) {
        return code(Base32.decode(base32), step(now), DIGITS);
    }

    static String code(byte[] key, long step, int digits) {
        byte[] digest;
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "RAW"));
            digest = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA1", e);
        }
        int offset = digest[digest.length - 1] & 0xf;
        int number = ByteBuffer.wrap(digest).getInt(offset) & 0x7fffffff;
        String all = String.format(Locale.ROOT, "%010d", number);
        return all.substring(all.length() - digits);
    }

    /** The step whose code this is, when it is one of now and later than the last that was taken. */
    static OptionalLong matching(byte[] key, String code, Instant now, long last) {
        byte[] given = code.getBytes(StandardCharsets.UTF_8);
        long middle = step(now);
        OptionalLong found = OptionalLong.empty();
        // all of them, also after one that is right: the time tells nothing
        for (long step = middle - WINDOW; step <= middle + WINDOW; step++) {
            boolean same = MessageDigest.isEqual(code(key, step, DIGITS).getBytes(StandardCharsets.UTF_8), given);
            if (same && step > last && found.isEmpty()) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }
}
