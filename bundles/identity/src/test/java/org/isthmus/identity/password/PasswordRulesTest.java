// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.List;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.identity.Refused;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Test;

final class PasswordRulesTest {
    @Test
    void goodPasswordsPassWhateverCharactersTheyAreMadeOf() {
        for (String good : List.of(
                "five random words on paper",
                "gT7$kq2!xW9z",
                "κόσμος και άνθρωποι",
                "mouse-lamp-river-42",
                "x".repeat(5) + "abqrtzuvwklm",
                "Blaue Berge im Nebel")) {
            assertDoesNotThrow(() -> PasswordRules.check("anna", new Secret(good)), good);
        }
    }

    @Test
    void shortCommonAndPatternedPasswordsAreRefused() {
        for (String weak : List.of(
                "",
                "gT7$kq2!xW9",
                "password1234",
                "P4ssw0rd!!!!",
                "123456789012",
                "abcdefghijklm",
                "qwertyuiopasdf",
                "aaaaaaaaaaaaaaaa",
                "abcabcabcabcabc",
                "passwordpassword",
                "correcthorsebatterystaple",
                "Summer2026!!!!!",
                "tab\tin the middle of it",
                "long".repeat(100))) {
            Refused.with(IdentityProblem.WEAK_PASSWORD, () -> PasswordRules.check("bertram", new Secret(weak)));
        }
    }

    @Test
    void aPasswordIsNotOnesName() {
        Refused.with(IdentityProblem.WEAK_PASSWORD, () -> PasswordRules.check("bertram", new Secret("bertram-2026!!")));
        Refused.with(IdentityProblem.WEAK_PASSWORD, () -> PasswordRules.check("bertram", new Secret("mybertrampw99")));
    }
}
