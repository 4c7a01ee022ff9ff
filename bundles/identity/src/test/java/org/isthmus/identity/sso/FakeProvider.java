// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A provider as it should be, of which a test makes one thing wrong. It keeps to PKCE and gives each code out once. */
final class FakeProvider {
    static final RSAKey KEY = key("first");
    static final RSAKey NEXT_KEY = key("second");
    static final RSAKey STRANGERS_KEY = key("first");

    final String issuer;
    final Map<String, Object> discovery = new LinkedHashMap<>();
    final List<JWK> keys = new ArrayList<>(List.of(KEY));
    int keysAsked;
    /** What the next ID token claims, besides what each does. */
    Consumer<Map<String, Object>> claims = all -> {};

    Consumer<Map<String, Object>> header = all -> {};
    Consumer<Map<String, Object>> answer = all -> {};
    Consumer<Map<String, Object>> userinfo = all -> {};
    UnaryOperator<Wire.Fetched> userinfoAs = plain -> plain;
    UnaryOperator<String> token = made -> made;
    RSAKey signer = KEY;

    private final Clock clock;
    private final Map<String, Map<String, String>> codes = new HashMap<>();
    private int given;

    FakeProvider(String issuer, Clock clock) {
        this.issuer = issuer;
        this.clock = clock;
        discovery.put("issuer", issuer);
        discovery.put("authorization_endpoint", issuer + "/authorize");
        discovery.put("token_endpoint", issuer + "/token");
        discovery.put("userinfo_endpoint", issuer + "/me");
        discovery.put("jwks_uri", issuer + "/keys");
        discovery.put("response_types_supported", List.of("code"));
        discovery.put("subject_types_supported", List.of("public"));
        discovery.put("id_token_signing_alg_values_supported", List.of("RS256"));
        discovery.put("code_challenge_methods_supported", List.of("S256"));
        discovery.put("authorization_response_iss_parameter_supported", true);
    }

    static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The person logs in and the browser comes back with this. */
    Map<String, List<String>> authorize(URI asked) {
        Map<String, String> parameters = form(asked.getRawQuery());
        String code = "code-" + given++;
        codes.put(code, parameters);
        Map<String, List<String>> back = new HashMap<>();
        back.put("code", List.of(code));
        back.put("state", List.of(parameters.get("state")));
        back.put("iss", List.of(issuer));
        return back;
    }

    /** The same over HTTP: its issuer is the address then. */
    static HttpServer serving(java.util.function.Function<String, FakeProvider> make) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        FakeProvider one = make.apply("http://127.0.0.1:" + server.getAddress().getPort());
        server.createContext("/", on -> {
            String path = on.getRequestURI().getPath();
            Map<String, String> headers = new HashMap<>();
            on.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
            String body = new String(on.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Wire.Fetched answer =
                    on.getRequestMethod().equals("GET") ? one.get(path, headers) : one.post(path, headers, body);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            on.getResponseHeaders().add("Content-Type", answer.type());
            on.sendResponseHeaders(answer.status(), bytes.length);
            on.getResponseBody().write(bytes);
            on.close();
        });
        server.start();
        return server;
    }

    Wire.Fetched get(String path, Map<String, String> headers) {
        return switch (path) {
            case "/.well-known/openid-configuration" -> json(200, discovery);
            case "/keys" -> {
                keysAsked++;
                yield json(
                        200,
                        Map.of(
                                "keys",
                                keys.stream()
                                        .map(key -> key.toPublicJWK() == null
                                                ? key.toJSONObject()
                                                : key.toPublicJWK().toJSONObject())
                                        .toList()));
            }
            case "/me" -> userinfo(headers);
            default -> json(404, Map.of());
        };
    }

    private Wire.Fetched userinfo(Map<String, String> headers) {
        if (!"Bearer an-access-token".equals(headers.get("Authorization"))) {
            return json(401, Map.of());
        }
        Map<String, Object> said = new LinkedHashMap<>(Map.of("sub", "anna-1"));
        userinfo.accept(said);
        return userinfoAs.apply(json(200, said));
    }

    Wire.Fetched post(String path, Map<String, String> headers, String body) {
        Map<String, String> form = form(body);
        Map<String, String> asked = codes.remove(form.get("code"));
        boolean good = path.equals("/token")
                && asked != null
                && asked.get("redirect_uri").equals(form.get("redirect_uri"))
                && asked.get("code_challenge_method").equals("S256")
                && asked.get("code_challenge").equals(hash(form.get("code_verifier")))
                && headers.get("Authorization").startsWith("Basic ");
        if (!good) {
            return json(400, Map.of("error", "invalid_grant"));
        }
        Map<String, Object> given = new LinkedHashMap<>();
        given.put("access_token", "an-access-token");
        given.put("token_type", "Bearer");
        given.put("id_token", idToken(asked));
        answer.accept(given);
        return json(200, given);
    }

    private String idToken(Map<String, String> asked) {
        long now = clock.instant().getEpochSecond();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("iss", issuer);
        all.put("sub", "anna-1");
        all.put("aud", asked.get("client_id"));
        all.put("iat", now);
        all.put("exp", now + 300);
        all.put("nonce", asked.get("nonce"));
        all.put("at_hash", hash("an-access-token", 16));
        all.put("auth_time", now - 30);
        all.put("sid", "session-1");
        all.put("preferred_username", "anna");
        all.put("email", "anna@example.com");
        all.put("name", "Anna");
        all.put("groups", List.of("staff", "admins"));
        claims.accept(all);
        return token.apply(signed(all));
    }

    /** A logout token as it should be, but for one thing. */
    String logoutToken(Consumer<Map<String, Object>> wrong) {
        long now = clock.instant().getEpochSecond();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("iss", issuer);
        all.put("aud", "isthmus");
        all.put("sub", "anna-1");
        all.put("sid", "session-1");
        all.put("iat", now);
        all.put("exp", now + 120);
        all.put("jti", "logout-1");
        all.put("events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
        wrong.accept(all);
        Consumer<Map<String, Object>> before = header;
        header = before.andThen(one -> one.putIfAbsent("typ", "logout+jwt"));
        String made = token.apply(signed(all));
        header = before;
        return made;
    }

    String signed(Map<String, Object> all) {
        return signed(JSONObjectUtils.toJSONString(all));
    }

    String signed(String payload) {
        Map<String, Object> head = new LinkedHashMap<>(Map.of("alg", "RS256", "kid", signer.getKeyID()));
        header.accept(head);
        return signed(JSONObjectUtils.toJSONString(head), payload);
    }

    String signed(String head, String payload) {
        String input = Base64URL.encode(head) + "." + Base64URL.encode(payload);
        try {
            return input + "."
                    + new RSASSASigner(signer.toPrivateKey(), Set.of(AllowWeakRSAKey.getInstance()))
                            .sign(new JWSHeader(JWSAlgorithm.RS256), input.getBytes(StandardCharsets.US_ASCII));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static Wire.Fetched json(int status, Map<String, Object> body) {
        return new Wire.Fetched(status, "application/json", JSONObjectUtils.toJSONString(body));
    }

    static Map<String, String> form(String text) {
        Map<String, String> read = new HashMap<>();
        for (String pair : text.split("&")) {
            String[] parts = pair.split("=", 2);
            read.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return read;
    }

    static String hash(String text) {
        return hash(text, 32);
    }

    static String hash(String text, int bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            return Base64URL.encode(Arrays.copyOf(digest, bytes)).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
