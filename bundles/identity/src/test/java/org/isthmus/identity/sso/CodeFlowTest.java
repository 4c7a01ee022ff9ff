// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.isthmus.identity.sso.FakeProvider.KEY;
import static org.isthmus.identity.sso.FakeProvider.NEXT_KEY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a login by a provider may look like, beside the plainest. */
final class CodeFlowTest {
    private final Stage stage = new Stage();

    @Test
    void theProviderIsAskedWithEverythingThatBindsTheLogin() {
        Map<String, String> asked = FakeProvider.form(stage.begin().to().getRawQuery());

        assertEquals("code", asked.get("response_type"));
        assertEquals("openid profile", asked.get("scope"));
        assertEquals("S256", asked.get("code_challenge_method"));
        assertEquals(43, asked.get("code_challenge").length());
        assertEquals(43, asked.get("nonce").length());
        assertEquals("300", asked.get("max_age"));
        assertEquals("https://cloud.example/sso/ours", asked.get("redirect_uri"));
        assertFalse(stage.begun.to().toString().contains(stage.begun.pledge().reveal()));
    }

    @Test
    void aProvidersNewKeyIsTakenAtOnceAndItsOldOneNoLonger() {
        stage.login();
        stage.idp.keys.clear();
        stage.idp.keys.add(NEXT_KEY);
        stage.idp.signer = NEXT_KEY;

        stage.login();
        stage.idp.signer = KEY;
        Untrusted refused = assertThrows(Untrusted.class, stage::login);

        assertEquals(Refusal.KEY, refused.refusal());
    }

    @Test
    void tokensOfUnknownKeysMakeNoFloodForTheProvider() {
        stage.login();
        stage.idp.header = head -> head.put("kid", "unheard-of");

        for (int i = 0; i < 20; i++) {
            assertThrows(Untrusted.class, stage::login);
        }

        assertEquals(2, stage.idp.keysAsked);
    }

    @Test
    void whatTheIdTokenLeavesOutIsAskedFor() {
        stage.idp.claims = all -> all.remove("groups");
        stage.idp.userinfo = said -> {
            said.put("groups", List.of("late"));
            said.put("email", "other@example.com");
        };

        Signed who = stage.login();

        assertEquals(List.of("late"), who.groups());
        assertEquals(Optional.of("anna@example.com"), who.email());
    }

    @Test
    void aSecondFactorAtTheProviderCountsFromWhenItWasProved() {
        stage.idp.claims = all -> all.put("amr", List.of("pwd", "mfa"));

        assertEquals(
                Optional.of(stage.clock.instant().minusSeconds(30)),
                stage.login().strongAt());
    }

    @Test
    void aClassOfAuthenticationMayMeanASecondFactorToo() {
        stage.idp.claims = all -> all.put("acr", "gold");

        assertTrue(stage.login().strongAt().isPresent());
    }

    @Test
    void otherMethodsAreNoSecondFactor() {
        stage.idp.claims = all -> {
            all.put("amr", List.of("pwd"));
            all.put("acr", "silver");
        };

        assertEquals(Optional.empty(), stage.login().strongAt());
    }

    @Test
    void anAddressNobodyHasConfirmedIsNotTaken() {
        stage.idp.claims = all -> all.put("email_verified", false);

        assertEquals(Optional.empty(), stage.login().email());
    }

    @Test
    void nobodyIsWhoTheirUnconfirmedAddressSays() {
        Stage stage = new Stage();
        Provider byAddress = Stage.provider(
                "ours", Stage.ISSUER, "isthmus", new Provider.ClaimNames("email", "email", "email", "name", "groups"));
        for (Object said : new Object[] {false, "false", "no", null}) {
            stage.idp.claims = all -> all.put("email_verified", said);
            Signed who = stage.returned().finish(byAddress);
            assertEquals(Optional.empty(), who.external(), String.valueOf(said));
            assertEquals(Optional.empty(), who.username(), String.valueOf(said));
        }

        stage.idp.claims = all -> all.put("email_verified", true);

        assertEquals(
                Optional.of("anna@example.com"),
                stage.returned().finish(byAddress).username());
    }

    @Test
    void clocksMayDifferByAMinute() {
        stage.idp.claims = all -> {
            long now = (Long) all.get("iat");
            all.put("iat", now + 59);
            all.put("nbf", now + 59);
            all.put("exp", now - 59);
        };

        assertEquals("anna-1", stage.login().subject());
    }

    @Test
    void aProviderThatIsDownIsNotAskedAgainAtOnce() {
        stage.idp.discovery.remove("jwks_uri");
        assertThrows(Untrusted.class, stage::begin);
        stage.idp.discovery.put("jwks_uri", Stage.ISSUER + "/keys");

        assertThrows(Untrusted.class, stage::begin);
        stage.clock.pass(Duration.ofSeconds(6));

        assertEquals("anna-1", stage.login().subject());
    }

    @Test
    void membersOfClaimsAreFoundAndWholeNamesFirst() {
        Claims claims = new Claims(Map.of(
                "realm_access", Map.of("roles", List.of("admin", 7)), "https://x.example/groups", List.of("dots")));

        assertEquals(List.of("admin"), claims.namedTexts("realm_access.roles"));
        assertEquals(List.of("dots"), claims.namedTexts("https://x.example/groups"));
        assertEquals(List.of(), claims.namedTexts("realm_access.none"));
    }
}
