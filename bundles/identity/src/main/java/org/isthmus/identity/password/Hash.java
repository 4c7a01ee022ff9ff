// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.isthmus.identity.setting.Settings;
import org.isthmus.model.Secret;

/** One Argon2id hash (RFC 9106) with its cost and salt, written in the common form {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}. */
final class Hash {
    static final int SALT_BYTES = 16;
    private static final int DIGEST_BYTES = 32;
    private static final Pattern FORM =
            Pattern.compile("\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})\\$([A-Za-z0-9+/]{8,88})"
                    + "\\$([A-Za-z0-9+/]{16,88})");

    private final Settings.Argon2 cost;
    private final byte[] salt;
    private final byte[] digest;

    private Hash(Settings.Argon2 cost, byte[] salt, byte[] digest) {
        this.cost = cost;
        this.salt = salt;
        this.digest = digest;
    }

    static Hash of(Secret password, Settings.Argon2 cost, byte[] salt) {
        return new Hash(cost, salt, digest(password, cost, salt));
    }

    /** One that no password is known to have, and that takes as long to check; to make it takes no time. */
    static Hash ofNobody(Settings.Argon2 cost, Secrets secrets) {
        return new Hash(cost, secrets.bytes(SALT_BYTES), secrets.bytes(DIGEST_BYTES));
    }

    static Hash parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalStateException("A stored password hash is damaged; set a new password for that user.");
        }
        Settings.Argon2 cost = new Settings.Argon2(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
        Base64.Decoder decoder = Base64.getDecoder();
        return new Hash(cost, decoder.decode(matcher.group(4)), decoder.decode(matcher.group(5)));
    }

    Settings.Argon2 cost() {
        return cost;
    }

    boolean matches(Secret password) {
        return MessageDigest.isEqual(digest, digest(password, cost, salt));
    }

    String text() {
        Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
        return String.format(
                Locale.ROOT,
                "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
                cost.memory(),
                cost.iterations(),
                cost.parallelism(),
                encoder.encodeToString(salt),
                encoder.encodeToString(digest));
    }

    private static byte[] digest(Secret password, Settings.Argon2 cost, byte[] salt) {
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(cost.memory())
                .withIterations(cost.iterations())
                .withParallelism(cost.parallelism())
                .withSalt(salt)
                .build());
        byte[] digest = new byte[DIGEST_BYTES];
        // the same password typed on another system may come composed otherwise
        String normal = Normalizer.normalize(password.reveal(), Normalizer.Form.NFC);
        argon2.generateBytes(normal.getBytes(StandardCharsets.UTF_8), digest);
        return digest;
    }

    @Override
    public String toString() {
        return "Hash[" + cost + "]";
    }
}
