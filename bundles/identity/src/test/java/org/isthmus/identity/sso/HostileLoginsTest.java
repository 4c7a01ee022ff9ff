// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.isthmus.identity.sso.FakeProvider.KEY;
import static org.isthmus.identity.sso.FakeProvider.NEXT_KEY;
import static org.isthmus.identity.sso.FakeProvider.STRANGERS_KEY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What must never log anybody in, or out. Each case does one thing wrong to a login that would be accepted, and names the
 * one check that refuses it: take that check out, and the case fails.
 */
final class HostileLoginsTest {
    private record Hostile(String what, Refusal refusal, Consumer<Stage> attack) {}

    private static final List<Hostile> CASES = List.of(
            // --------------------------------------------------------------------- the signature, and what claims to
            // be one
            idToken("is signed with alg none", Refusal.ALGORITHM, HostileLoginsTest::unsigned),
            idToken("says alg none but has a signature", Refusal.ALGORITHM, idp -> head(idp, "alg", "none")),
            idToken("is signed with the public key as an HMAC secret", Refusal.ALGORITHM, HostileLoginsTest::confused),
            idToken(
                    "is signed with the public key in PEM as an HMAC secret",
                    Refusal.ALGORITHM,
                    idp -> mac(idp, pem(KEY))),
            idToken(
                    "is signed with the client's secret",
                    Refusal.ALGORITHM,
                    idp -> mac(idp, "the-clients-secret-of-32-characters".getBytes(StandardCharsets.US_ASCII))),
            idToken("names an algorithm nobody knows", Refusal.ALGORITHM, idp -> head(idp, "alg", "RS1")),
            idToken(
                    "has a signature by another's key of the same name",
                    Refusal.SIGNATURE,
                    idp -> idp.signer = STRANGERS_KEY),
            idToken("has a signature by a key that is not published", Refusal.KEY, idp -> idp.signer = NEXT_KEY),
            idToken("brings its own key in jwk", Refusal.SIGNATURE, idp -> {
                idp.signer = STRANGERS_KEY;
                head(idp, "jwk", STRANGERS_KEY.toPublicJWK().toJSONObject());
            }),
            idToken("says in jku where its key is", Refusal.SIGNATURE, idp -> {
                idp.signer = STRANGERS_KEY;
                head(idp, "jku", Stage.EVIL + "/keys");
            }),
            idToken("says in x5u where its certificate is", Refusal.SIGNATURE, idp -> {
                idp.signer = STRANGERS_KEY;
                head(idp, "x5u", Stage.EVIL + "/certificate");
            }),
            idToken("has a kid that is a path", Refusal.KEY, idp -> head(idp, "kid", "../../../../dev/null")),
            idToken("has no kid where several keys are published", Refusal.KEY, idp -> {
                idp.keys.add(NEXT_KEY);
                idp.header = all -> all.remove("kid");
            }),
            idToken("is signed by an elliptic key but says RS256", Refusal.KEY, idp -> {
                idp.keys.clear();
                idp.keys.add(elliptic());
                head(idp, "kid", "elliptic");
            }),
            idToken("is signed by a key published for encryption", Refusal.KEY, idp -> {
                idp.keys.clear();
                idp.keys.add(new RSAKey.Builder(KEY)
                        .keyUse(com.nimbusds.jose.jwk.KeyUse.ENCRYPTION)
                        .build());
            }),
            idToken("is signed by a key published for another algorithm", Refusal.KEY, idp -> {
                idp.keys.clear();
                idp.keys.add(
                        new RSAKey.Builder(KEY).algorithm(JWSAlgorithm.PS256).build());
            }),
            idToken("is signed by a key of 1024 bits", Refusal.KEY, HostileLoginsTest::shortKey),
            idToken(
                    "is changed after it was signed",
                    Refusal.SIGNATURE,
                    idp -> idp.token = made -> {
                        String[] parts = made.split("\\.");
                        String changed =
                                Base64URL.from(parts[1]).decodeToString().replace("anna-1", "root-1");
                        return parts[0] + "." + Base64URL.encode(changed) + "." + parts[2];
                    }),
            idToken(
                    "has no signature at all",
                    Refusal.FORM,
                    idp -> idp.token = made -> made.substring(0, made.lastIndexOf('.') + 1)),
            // ------------------------------------------------------------------------------------------ header and
            // form
            idToken("has a crit header", Refusal.HEADER, idp -> {
                head(idp, "crit", List.of("exp"));
            }),
            idToken("has an unencoded payload", Refusal.HEADER, idp -> head(idp, "b64", false)),
            idToken("is a JWT in a JWT", Refusal.HEADER, idp -> {
                head(idp, "cty", "JWT");
            }),
            idToken("is encrypted", Refusal.FORM, idp -> idp.token = made -> made + ".AAAA.AAAA"),
            idToken("is larger than permitted", Refusal.FORM, idp -> claim(idp, "filler", "x".repeat(40_000))),
            idToken("has white space in it", Refusal.FORM, idp -> idp.token = made -> made.replace(".", ". ")),
            idToken(
                    "has one claim twice",
                    Refusal.FORM,
                    idp -> idp.token = made -> {
                        String payload = Base64URL.from(made.split("\\.")[1]).decodeToString();
                        return idp.signed(
                                payload.replace("{", "{\"sub\":\"root-1\",").replaceFirst("\\{", "{"));
                    }),
            idToken(
                    "has one header twice",
                    Refusal.FORM,
                    idp -> idp.token = made -> idp.signed(
                            "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"first\"}",
                            Base64URL.from(made.split("\\.")[1]).decodeToString())),
            idToken("is no object", Refusal.FORM, idp -> idp.token = made -> idp.signed("[\"anna-1\"]")),
            idToken("is an access token", Refusal.PURPOSE, idp -> head(idp, "typ", "at+jwt")),
            idToken("is a logout token", Refusal.PURPOSE, idp -> head(idp, "typ", "logout+jwt")),
            idToken(
                    "is a logout token that does not say so",
                    Refusal.PURPOSE,
                    idp -> claim(
                            idp, "events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()))),
            // --------------------------------------------------------------------------------------- by whom, for whom
            idToken("is of another issuer", Refusal.TOKEN_ISSUER, idp -> claim(idp, "iss", Stage.EVIL)),
            idToken(
                    "is of the issuer with a slash behind",
                    Refusal.TOKEN_ISSUER,
                    idp -> claim(idp, "iss", Stage.ISSUER + "/")),
            idToken("has no issuer", Refusal.TOKEN_ISSUER, idp -> without(idp, "iss")),
            idToken("is for another client", Refusal.AUDIENCE, idp -> claim(idp, "aud", "another")),
            idToken("is for another tenant's client", Refusal.AUDIENCE, idp -> claim(idp, "aud", "tenant-two")),
            idToken("is for nobody", Refusal.AUDIENCE, idp -> claim(idp, "aud", List.of())),
            idToken("has no audience", Refusal.AUDIENCE, idp -> without(idp, "aud")),
            idToken(
                    "is for several and says not who asked",
                    Refusal.PARTY,
                    idp -> claim(idp, "aud", List.of("isthmus", "another"))),
            idToken("was asked for by another client", Refusal.PARTY, idp -> {
                idp.claims = all -> {
                    all.put("aud", List.of("isthmus", "another"));
                    all.put("azp", "another");
                };
            }),
            idToken("is for us alone but was asked for by another", Refusal.PARTY, idp -> claim(idp, "azp", "another")),
            idToken("names no subject", Refusal.SUBJECT, idp -> without(idp, "sub")),
            idToken("names an empty subject", Refusal.SUBJECT, idp -> claim(idp, "sub", "")),
            idToken("names a subject with a line end", Refusal.SUBJECT, idp -> claim(idp, "sub", "anna\nroot")),
            idToken("names a subject that is no text", Refusal.SUBJECT, idp -> claim(idp, "sub", 1)),
            idToken("names a subject of 300 characters", Refusal.SUBJECT, idp -> claim(idp, "sub", "a".repeat(300))),
            // ------------------------------------------------------------------------------------------------------
            // when
            idToken("expired 61 seconds ago", Refusal.EXPIRED, idp -> later(idp, "exp", -61)),
            idToken("never expires", Refusal.EXPIRED, idp -> without(idp, "exp")),
            idToken("expires in words", Refusal.FORM, idp -> claim(idp, "exp", "tomorrow")),
            idToken("expires after all time", Refusal.FORM, idp -> claim(idp, "exp", 1e18)),
            idToken("was issued in the future", Refusal.FUTURE, idp -> later(idp, "iat", 61)),
            idToken("does not say when it was issued", Refusal.FUTURE, idp -> without(idp, "iat")),
            idToken("is not valid yet", Refusal.FUTURE, idp -> later(idp, "nbf", 61)),
            idToken("was issued before the login began", Refusal.OLD, idp -> later(idp, "iat", -61)),
            idToken(
                    "is of somebody who authenticated long ago",
                    Refusal.AUTHENTICATED,
                    idp -> later(idp, "auth_time", -361)),
            idToken(
                    "does not say when somebody authenticated",
                    Refusal.AUTHENTICATED,
                    idp -> without(idp, "auth_time")),
            // --------------------------------------------------------------------------------------- to what it
            // belongs
            idToken("has another nonce", Refusal.NONCE, idp -> claim(idp, "nonce", "another")),
            idToken("has no nonce", Refusal.NONCE, idp -> without(idp, "nonce")),
            idToken(
                    "belongs to another access token",
                    Refusal.ACCESS_TOKEN,
                    idp -> claim(idp, "at_hash", FakeProvider.hash("another-access-token", 16))),
            new Hostile("an ID token of an earlier login is used again", Refusal.NONCE, stage -> {
                List<String> seen = new ArrayList<>();
                stage.idp.token = made -> {
                    seen.add(made);
                    return seen.get(0);
                };
                stage.login();
                stage.login();
            }),
            tokens("have no ID token", given -> given.remove("id_token")),
            tokens("have no access token", given -> given.remove("access_token")),
            tokens("are of an unknown kind", given -> given.put("token_type", "MAC")),
            // ------------------------------------------------------------------------------- what the provider says
            // besides
            userinfo("is of somebody else", Refusal.USERINFO, idp -> idp.userinfo = said -> said.put("sub", "root-1")),
            userinfo("is of nobody", Refusal.USERINFO, idp -> idp.userinfo = said -> said.remove("sub")),
            userinfo(
                    "is a JWT nobody signed",
                    Refusal.ALGORITHM,
                    idp -> userinfoJwt(
                            idp,
                            unsignedOf(
                                    Map.of("iss", Stage.ISSUER, "aud", "isthmus", "sub", "anna-1", "name", "Root")))),
            userinfo(
                    "is a JWT for another client",
                    Refusal.AUDIENCE,
                    idp -> userinfoJwt(
                            idp, idp.signed(Map.of("iss", Stage.ISSUER, "aud", "another", "sub", "anna-1")))),
            userinfo(
                    "is a page",
                    Refusal.USERINFO,
                    idp -> idp.userinfoAs = plain -> new Wire.Fetched(200, "text/html", "<html/>")),
            // --------------------------------------------------------------------------------- the response in the
            // browser
            response("has a code of another login", Refusal.CODE, stage -> {
                Map<String, List<String>> stolen = stage.response;
                stage.returned();
                stage.put("code", stolen.get("code").get(0));
            }),
            new Hostile("a code is used again", Refusal.CODE, stage -> {
                String used = stage.returned().response.get("code").get(0);
                stage.finish();
                stage.returned();
                stage.put("code", used);
                stage.finish();
            }),
            new Hostile("a response is used again", Refusal.STATE, stage -> {
                stage.login();
                stage.finish();
            }),
            response("has a state nobody was given", Refusal.STATE, stage -> stage.put("state", "guessed")),
            response("has a state that was guessed after a failure", Refusal.STATE, stage -> {
                Optional<Secret> kept = stage.pledge;
                stage.pledge = Optional.empty();
                assertThrows(Untrusted.class, stage::finish);
                stage.pledge = kept;
            }),
            response("comes eleven minutes later", Refusal.STATE, stage -> stage.clock.pass(Duration.ofMinutes(11))),
            response("comes to another browser", Refusal.BROWSER, stage -> stage.pledge = Optional.empty()),
            response(
                    "comes to a browser that began another login",
                    Refusal.BROWSER,
                    stage -> stage.pledge = Optional.of(new Secret("pledge of another"))),
            response("names another issuer", Refusal.MIX_UP, stage -> stage.put("iss", Stage.EVIL)),
            response("names no issuer though the provider does", Refusal.MIX_UP, stage -> {
                stage.response = new HashMap<>(stage.response);
                stage.response.remove("iss");
            }),
            response("has two codes", Refusal.RESPONSE, stage -> stage.put("code", "a", "b")),
            response("has no code", Refusal.RESPONSE, stage -> {
                stage.response = new HashMap<>(stage.response);
                stage.response.remove("code");
            }),
            response("has a code of 5,000 characters", Refusal.RESPONSE, stage -> stage.put("code", "c".repeat(5_000))),
            response("has a code and an error", Refusal.DENIED, stage -> stage.put("error", "access_denied")),
            new Hostile("a response to one provider's login comes to another's address", Refusal.MIX_UP, stage -> {
                stage.returned().finish(stage.strange);
            }),
            new Hostile("a response comes to another tenant with the same provider", Refusal.MIX_UP, stage -> {
                stage.returned().finish(stage.theirs);
            }),
            new Hostile("an honest provider's response is fed into a login at a hostile one", Refusal.MIX_UP, stage -> {
                Map<String, List<String>> honest = stage.returned().response;
                Begun hostile = stage.begin(stage.strange);
                stage.response = new HashMap<>(honest);
                stage.put("state", hostile.state().reveal());
                stage.finish(stage.strange);
            }),
            new Hostile("somebody removes the challenge on the way to the provider", Refusal.CODE, stage -> {
                String asked = stage.begin().to().toString();
                stage.response = stage.idp.authorize(
                        URI.create(asked.replaceFirst("code_challenge=[^&]*", "code_challenge=none")));
                stage.finish();
            }),
            new Hostile("somebody asks the provider for a plain challenge", Refusal.CODE, stage -> {
                String asked = stage.begin().to().toString();
                stage.response = stage.idp.authorize(URI.create(asked.replace("=S256", "=plain")));
                stage.finish();
            }),
            // --------------------------------------------------------------------------------------- where it goes
            // back to
            next("https://evil.example/"),
            next("//evil.example/"),
            next("/\\evil.example/"),
            next("/console\r\nSet-Cookie: a=b"),
            next("javascript:alert(1)"),
            next("/\t/evil.example"),
            // ---------------------------------------------------------------------------------------------- discovery
            discovery("names another issuer", Refusal.ISSUER, "issuer", Stage.EVIL),
            discovery("names the issuer in other letters", Refusal.ISSUER, "issuer", "https://IDP.example"),
            discovery(
                    "offers plain challenges only", Refusal.PKCE, "code_challenge_methods_supported", List.of("plain")),
            discovery(
                    "sends people to a script",
                    Refusal.ADDRESS,
                    "authorization_endpoint",
                    "javascript:alert(document.domain)"),
            discovery(
                    "sends people where no TLS is",
                    Refusal.ADDRESS,
                    "authorization_endpoint",
                    "http://idp.example/authorize"),
            discovery("has no keys", Refusal.METADATA, "jwks_uri", null),
            discovery("has no token endpoint", Refusal.METADATA, "token_endpoint", null),
            // --------------------------------------------------------------------------------------------- logout
            // tokens
            logout("is an ID token", Refusal.PURPOSE, all -> {
                all.put("nonce", "n");
                all.remove("events");
            }),
            logout(
                    "tells of another event",
                    Refusal.PURPOSE,
                    all -> all.put("events", Map.of("https://x/y", Map.of()))),
            logout("tells of no event", Refusal.PURPOSE, all -> all.remove("events")),
            logout(
                    "tells of the event as a list",
                    Refusal.PURPOSE,
                    all -> all.put("events", List.of("http://schemas.openid.net/event/backchannel-logout"))),
            logout("has a nonce", Refusal.PURPOSE, all -> all.put("nonce", "n")),
            logout("names nobody", Refusal.SUBJECT, all -> {
                all.remove("sub");
                all.remove("sid");
            }),
            logout("has no id", Refusal.REPLAYED, all -> all.remove("jti")),
            logout("is another issuer's", Refusal.TOKEN_ISSUER, all -> all.put("iss", Stage.EVIL)),
            logout("is for another tenant", Refusal.AUDIENCE, all -> all.put("aud", "tenant-two")),
            logout("is expired", Refusal.EXPIRED, all -> all.put("exp", 1_000_000_000L)),
            logout("is good for ever but eleven minutes old", Refusal.OLD, all -> {
                all.merge("iat", 660L, (now, ago) -> (Long) now - (Long) ago);
                all.put("exp", 4_000_000_000L);
            }),
            new Hostile("a logout token is used again", Refusal.REPLAYED, stage -> {
                String token = stage.idp.logoutToken(all -> {});
                stage.logouts.use(stage.ours, stage.logouts.logout(stage.ours, token));
                stage.logouts.use(stage.ours, stage.logouts.logout(stage.ours, token));
            }),
            new Hostile("a logout token is signed by nobody", Refusal.ALGORITHM, stage -> {
                unsigned(stage.idp);
                stage.logouts.logout(stage.ours, stage.idp.logoutToken(all -> {}));
            }),
            new Hostile("a logout token is signed by a stranger", Refusal.SIGNATURE, stage -> {
                stage.idp.signer = STRANGERS_KEY;
                stage.logouts.logout(stage.ours, stage.idp.logoutToken(all -> {}));
            }),
            new Hostile("a logout token is an access token", Refusal.PURPOSE, stage -> {
                head(stage.idp, "typ", "at+jwt");
                stage.logouts.logout(stage.ours, stage.idp.logoutToken(all -> {}));
            }));

    @TestFactory
    Stream<DynamicTest> isRefused() {
        return CASES.stream()
                .map(one -> DynamicTest.dynamicTest(one.what + ": " + one.refusal, () -> {
                    Untrusted refused = assertThrows(Untrusted.class, () -> one.attack.accept(new Stage()));

                    assertEquals(one.refusal, refused.refusal(), refused.getMessage());
                }));
    }

    @Test
    void aLoginWithNothingWrongIsAccepted() {
        Stage stage = new Stage();

        Signed who = stage.login();

        assertEquals("anna-1", who.subject());
        assertEquals(Optional.of("anna"), who.username());
        assertEquals(Optional.of("anna@example.com"), who.email());
        assertEquals(List.of("staff", "admins"), who.groups());
        assertEquals(Optional.of("session-1"), who.session());
        assertEquals(Optional.empty(), who.strongAt());
    }

    @Test
    void aLogoutWithNothingWrongIsAccepted() {
        Stage stage = new Stage();

        LogoutTokens.Logout logout = stage.logouts.logout(stage.ours, stage.idp.logoutToken(all -> {}));

        assertEquals(Optional.of("session-1"), logout.session());
        assertEquals(Optional.of("anna-1"), logout.subject());
    }

    @Test
    void thereAreMoreThanFortyKindsOfAttack() {
        assertTrue(CASES.size() > 40, CASES.size() + " cases");
        assertEquals(
                List.of(),
                CASES.stream()
                        .map(Hostile::what)
                        .filter(what -> Collections.frequency(
                                        CASES.stream().map(Hostile::what).toList(), what)
                                > 1)
                        .toList());
    }

    // ------------------------------------------------------------------------------------------------- kinds of cases

    private static Hostile idToken(String what, Refusal refusal, Consumer<FakeProvider> wrong) {
        return new Hostile("an ID token " + what, refusal, stage -> {
            wrong.accept(stage.idp);
            stage.login();
        });
    }

    private static Hostile tokens(String what, Consumer<Map<String, Object>> wrong) {
        return new Hostile("the tokens " + what, Refusal.TOKENS, stage -> {
            stage.idp.answer = wrong;
            stage.login();
        });
    }

    private static Hostile userinfo(String what, Refusal refusal, Consumer<FakeProvider> wrong) {
        return new Hostile("the userinfo " + what, refusal, stage -> {
            without(stage.idp, "name");
            wrong.accept(stage.idp);
            stage.login();
        });
    }

    private static Hostile response(String what, Refusal refusal, Consumer<Stage> wrong) {
        return new Hostile("a response " + what, refusal, stage -> {
            stage.returned();
            wrong.accept(stage);
            stage.finish();
        });
    }

    private static Hostile next(String path) {
        return new Hostile(
                "the way back is " + path.replaceAll("\\s", "?"),
                Refusal.NEXT,
                stage -> stage.flow.begin(
                        stage.ours,
                        new Secret("s".repeat(43)),
                        new Secret("p".repeat(43)),
                        Optional.of(path),
                        "192.0.2.7"));
    }

    private static Hostile discovery(String what, Refusal refusal, String member, Object value) {
        return new Hostile("a discovery document " + what, refusal, stage -> {
            stage.idp.discovery.put(member, value);
            stage.idp.discovery.values().removeIf(one -> one == null);
            stage.login();
        });
    }

    private static Hostile logout(String what, Refusal refusal, Consumer<Map<String, Object>> wrong) {
        return new Hostile(
                "a logout token " + what,
                refusal,
                stage -> stage.logouts.logout(stage.ours, stage.idp.logoutToken(wrong)));
    }

    // ------------------------------------------------------------------------------------------- things that are wrong

    private static void claim(FakeProvider idp, String name, Object value) {
        idp.claims = all -> all.put(name, value);
    }

    private static void without(FakeProvider idp, String name) {
        idp.claims = all -> all.remove(name);
    }

    private static void later(FakeProvider idp, String name, long seconds) {
        idp.claims = all -> all.put(name, (Long) all.get("iat") + seconds);
    }

    private static void head(FakeProvider idp, String name, Object value) {
        idp.header = all -> all.put(name, value);
    }

    private static void unsigned(FakeProvider idp) {
        idp.token = made -> Base64URL.encode("{\"alg\":\"none\"}") + "." + made.split("\\.")[1] + ".AAAA";
    }

    private static String unsignedOf(Map<String, Object> claims) {
        return Base64URL.encode("{\"alg\":\"none\"}") + "." + Base64URL.encode(JSONObjectUtils.toJSONString(claims))
                + ".AAAA";
    }

    private static void confused(FakeProvider idp) {
        mac(idp, publicKey(KEY));
    }

    private static void mac(FakeProvider idp, byte[] secret) {
        idp.keys.add(new OctetSequenceKey.Builder(secret).keyID("shared").build());
        idp.token = made -> {
            Map<String, Object> head = new LinkedHashMap<>(Map.of("alg", "HS256", "kid", "shared"));
            String input = Base64URL.encode(JSONObjectUtils.toJSONString(head)) + "." + made.split("\\.")[1];
            try {
                return input + "."
                        + new MACSigner(secret)
                                .sign(new JWSHeader(JWSAlgorithm.HS256), input.getBytes(StandardCharsets.US_ASCII));
            } catch (JOSEException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private static byte[] publicKey(RSAKey key) {
        try {
            return key.toRSAPublicKey().getEncoded();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] pem(RSAKey key) {
        return ("-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(publicKey(key))
                        + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static ECKey elliptic() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID("elliptic").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void shortKey(FakeProvider idp) {
        try {
            RSAKey key = new RSAKeyGenerator(1024, true).keyID("short").generate();
            idp.keys.clear();
            idp.keys.add(key);
            idp.signer = key;
            idp.token = made -> made;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void userinfoJwt(FakeProvider idp, String token) {
        idp.userinfoAs = plain -> new Wire.Fetched(200, "application/jwt", token);
    }
}
