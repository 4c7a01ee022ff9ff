// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.isthmus.identity.setting.Settings;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

final class PasswordsTest {
    private static final Secret RIGHT = new Secret("five random words on paper");

    private static Passwords costing(int memory) {
        return Passwords.of(
                new Settings(
                        Duration.ofHours(1),
                        Path.of("unused"),
                        new Settings.Argon2(memory, 1, 1),
                        2,
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ZERO),
                new Secrets());
    }

    @Test
    void aHashMatchesItsPasswordOnlyAndIsNeverTheSameTwice() {
        Passwords passwords = costing(64);
        String hash = passwords.hash(RIGHT);

        assertTrue(hash.startsWith("$argon2id$v=19$m=64,t=1,p=1$"), hash);
        assertTrue(passwords.matches(Optional.of(hash), RIGHT));
        assertFalse(passwords.matches(Optional.of(hash), new Secret("five random words on Paper")));
        assertNotEquals(hash, passwords.hash(RIGHT));
    }

    @Test
    void nobodyHasNoPassword() {
        assertFalse(costing(64).matches(Optional.empty(), RIGHT));
        assertFalse(costing(64).matches(Optional.empty(), new Secret("x".repeat(100_000))));
    }

    @Test
    void anOldHashStillMatchesAtItsOwnCostAndIsKnownToBeOutdated() {
        String old = costing(64).hash(RIGHT);
        Passwords now = costing(128);

        assertTrue(now.matches(Optional.of(old), RIGHT));
        assertTrue(now.outdated(old));
        assertFalse(now.outdated(now.hash(RIGHT)));
    }

    @Test
    void composedAndDecomposedLettersAreTheSame() {
        Passwords passwords = costing(64);
        String hash = passwords.hash(new Secret("caf\u00e9 on the river bank"));

        assertTrue(passwords.matches(Optional.of(hash), new Secret("cafe\u0301 on the river bank")));
    }

    @Test
    void theLibraryComputesTheTestVectorOfTheStandard() {
        // RFC 9106, section 5.3
        byte[] digest = new byte[32];
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(32)
                .withIterations(3)
                .withParallelism(4)
                .withSalt(filled(16, 2))
                .withSecret(filled(8, 3))
                .withAdditional(filled(12, 4))
                .build());
        argon2.generateBytes(filled(32, 1), digest);

        assertArrayEquals(
                HexFormat.of().parseHex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"), digest);
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void oneTimePasswordsAreStrongEnoughForOurOwnRules() {
        Secrets secrets = new Secrets();
        for (int i = 0; i < 200; i++) {
            Secret password = secrets.oneTimePassword();

            PasswordRules.check("anna", password);
            assertEquals(23, password.reveal().length());
        }
    }
}
