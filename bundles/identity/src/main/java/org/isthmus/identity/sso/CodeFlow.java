// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/**
 * The authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), state, nonce and the issuer in the response (RFC
 * 9207). {@link #begin} and {@link #finish} may each take as long as the provider does: never call them in a transaction.
 */
final class CodeFlow {
    /** How long somebody may take to log in at the provider. */
    static final Duration LONGEST = Duration.ofMinutes(10);

    private static final int MOST_GROUPS = 1_000;
    private static final int MOST_CHARACTERS = 255;
    /** A longer name of a session is none: as much as is kept of it. */
    static final int MOST_SESSION = 200;

    private static final int MOST_CODE = 4_096;
    /** A path of this origin whatever a browser makes of it: no second slash, no backslash, no line end. */
    private static final java.util.regex.Pattern OWN_PATH =
            java.util.regex.Pattern.compile("/(?!/)[A-Za-z0-9/._~?=&%+-]{0,500}");

    private static final Set<String> ID_TOKEN = Set.of("jwt");
    private static final Set<String> USERINFO = Set.of("jwt");

    private final Wire wire;
    private final Discovery discovery;
    private final SignedTokens tokens;
    private final Memory memory;
    private final Clock clock;

    CodeFlow(Wire wire, Discovery discovery, SignedTokens tokens, Memory memory, Clock clock) {
        this.wire = wire;
        this.discovery = discovery;
        this.tokens = tokens;
        this.memory = memory;
        this.clock = clock;
    }

    /**
     * Sends somebody to the provider.
     *
     * @param state 256 random bits
     * @param pledge 256 others
     * @param next where the browser goes on afterwards: a path here
     * @param address from where it was asked
     */
    Begun begin(Provider provider, Secret state, Secret pledge, Optional<String> next, String address) {
        if (next.isPresent() && !OWN_PATH.matcher(next.get()).matches()) {
            throw new Untrusted(Refusal.NEXT, next.get());
        }
        Metadata metadata = discovery.of(provider.issuer());
        Pledge kept = new Pledge(pledge);
        Scope scope = new Scope(provider.scopes().toArray(String[]::new));
        scope.add("openid");
        AuthenticationRequest.Builder request = new AuthenticationRequest.Builder(
                        ResponseType.CODE, scope, new ClientID(provider.client()), provider.redirect())
                .endpointURI(metadata.authorization())
                .state(new State(state.reveal()))
                .nonce(new Nonce(kept.nonce().reveal()))
                .codeChallenge(new CodeVerifier(kept.verifier().reveal()), CodeChallengeMethod.S256);
        provider.maxAge().ifPresent(age -> request.maxAge((int) age.toSeconds()));
        Instant now = clock.instant();
        Underway underway = new Underway(digest(state), provider.key(), kept.digest(), now, now.plus(LONGEST), next);
        memory.begun(underway, address);
        return new Begun(request.build().toURI(), state, pledge, underway);
    }

    static Sha256 digest(Secret state) {
        return Sha256.of(state.reveal().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Who came back. The login is over with this, however it ends.
     *
     * @param pledge what the browser kept, if it has kept it
     * @param response the parameters of the response, each with all its values
     */
    Signed finish(Provider provider, Secret state, Optional<Secret> pledge, Map<String, List<String>> response) {
        Underway underway = memory.taken(digest(state)).orElseThrow(() -> new Untrusted(Refusal.STATE));
        if (!clock.instant().isBefore(underway.expiresAt())) {
            throw new Untrusted(Refusal.STATE, "begun at " + underway.begunAt());
        }
        if (!underway.provider().equals(provider.key())) {
            throw new Untrusted(Refusal.MIX_UP, "begun with " + underway.provider());
        }
        Pledge kept = pledge.map(Pledge::new)
                .filter(one -> one.digest().equals(underway.browser()))
                .orElseThrow(() -> new Untrusted(Refusal.BROWSER));
        Metadata metadata = discovery.of(provider.issuer());
        String code = code(metadata, response);
        Map<String, Object> given = exchanged(provider, metadata, code, kept);
        if (!(given.get("id_token") instanceof String idToken)
                || !(given.get("access_token") instanceof String access)
                || !(given.get("token_type") instanceof String type)
                || !type.equalsIgnoreCase("Bearer")) {
            throw new Untrusted(Refusal.TOKENS);
        }
        Claims claims = idToken(provider, metadata, underway, kept, idToken, access);
        return signed(provider, withUserinfo(provider, metadata, claims, access), claims);
    }

    private static String code(Metadata metadata, Map<String, List<String>> response) {
        for (Map.Entry<String, List<String>> parameter : response.entrySet()) {
            if (parameter.getValue().size() != 1) {
                throw new Untrusted(Refusal.RESPONSE, parameter.getKey() + " more than once");
            }
        }
        List<String> issuer = response.get("iss");
        if (issuer == null ? metadata.namesItself() : !issuer.get(0).equals(metadata.issuer())) {
            throw new Untrusted(Refusal.MIX_UP, issuer == null ? "iss is missing" : issuer.get(0));
        }
        if (response.containsKey("error")) {
            throw new Untrusted(Refusal.DENIED, response.get("error").get(0));
        }
        if (!response.containsKey("code")
                || response.get("code").get(0).isEmpty()
                || response.get("code").get(0).length() > MOST_CODE) {
            throw new Untrusted(Refusal.RESPONSE, "no code");
        }
        return response.get("code").get(0);
    }

    private Map<String, Object> exchanged(Provider provider, Metadata metadata, String code, Pledge kept) {
        AuthorizationCodeGrant grant = new AuthorizationCodeGrant(
                new AuthorizationCode(code),
                provider.redirect(),
                new CodeVerifier(kept.verifier().reveal()));
        ClientID client = new ClientID(provider.client());
        HTTPRequest request = provider.secret()
                .map(secret -> new com.nimbusds.oauth2.sdk.auth.Secret(secret.reveal()))
                .map(secret -> metadata.secretInBody()
                        ? new ClientSecretPost(client, secret)
                        : new ClientSecretBasic(client, secret))
                .map(proof -> new TokenRequest.Builder(metadata.token(), proof, grant).build())
                .orElseGet(() -> new TokenRequest.Builder(metadata.token(), client, grant).build())
                .toHTTPRequest();
        Map<String, String> headers = new HashMap<>(Map.of("Accept", "application/json"));
        Optional.ofNullable(request.getAuthorization()).ifPresent(value -> headers.put("Authorization", value));
        Wire.Fetched answer = wire.post(metadata.token(), headers, request.getBody());
        if (answer.status() == 400 || answer.status() == 401) {
            throw new Untrusted(
                    Refusal.CODE, String.valueOf(answer.json(Refusal.CODE).get("error")));
        }
        if (answer.status() != 200) {
            throw new Untrusted(Refusal.ANSWER, "tokens: status " + answer.status());
        }
        return answer.json(Refusal.ANSWER);
    }

    private Claims idToken(
            Provider provider, Metadata metadata, Underway underway, Pledge kept, String token, String access) {
        SignedTokens.Opened opened = tokens.open(token, metadata.keys(), ID_TOKEN);
        Claims claims = new Claims(opened.claims());
        claims.issuedBy(metadata.issuer());
        claims.issuedTo(provider.client());
        if (claims.all().containsKey("events")) {
            throw new Untrusted(Refusal.PURPOSE, "it tells of events");
        }
        subject(claims);
        claims.goodAt(clock);
        if (claims.time("iat").orElseThrow().isBefore(underway.begunAt().minus(Claims.SKEW))) {
            throw new Untrusted(Refusal.OLD, "of " + claims.time("iat").orElseThrow());
        }
        if (claims.text("nonce").map(Secret::new).filter(kept.nonce()::equals).isEmpty()) {
            throw new Untrusted(Refusal.NONCE);
        }
        if (claims.all().containsKey("at_hash")
                && !half(opened.algorithm(), access).equals(claims.all().get("at_hash"))) {
            throw new Untrusted(Refusal.ACCESS_TOKEN);
        }
        provider.maxAge().ifPresent(age -> authenticated(claims, age));
        return claims;
    }

    private void authenticated(Claims claims, Duration age) {
        Instant at = claims.time("auth_time")
                .orElseThrow(() -> new Untrusted(Refusal.AUTHENTICATED, "auth_time is missing"));
        if (at.plus(age).plus(Claims.SKEW).isBefore(clock.instant())) {
            throw new Untrusted(Refusal.AUTHENTICATED, "at " + at);
        }
    }

    private static String subject(Claims claims) {
        return claims.text("sub")
                .filter(text -> text.length() <= MOST_CHARACTERS && text.chars().allMatch(c -> c >= ' ' && c <= '~'))
                .orElseThrow(() -> new Untrusted(Refusal.SUBJECT));
    }

    /** The left half of the digest, of the length the signature's algorithm has. */
    private static String half(String algorithm, String access) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-" + algorithm.substring(2))
                    .digest(access.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, digest.length / 2));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-2", e);
        }
    }

    /** Asks for what the ID token leaves out; what it says counts. */
    private Claims withUserinfo(Provider provider, Metadata metadata, Claims claims, String access) {
        Provider.ClaimNames names = provider.claims();
        boolean enough =
                List.of(names.subject(), names.username(), names.email(), names.name(), names.groups()).stream()
                        .allMatch(name -> claims.named(name).isPresent());
        if (enough || metadata.userinfo().isEmpty()) {
            return claims;
        }
        Wire.Fetched answer = wire.get(
                metadata.userinfo().get(),
                Map.of("Accept", "application/json, application/jwt", "Authorization", "Bearer " + access));
        if (answer.status() != 200) {
            throw new Untrusted(Refusal.ANSWER, "userinfo: status " + answer.status());
        }
        Map<String, Object> said = answer.type().equals("application/jwt")
                ? signedUserinfo(provider, metadata, answer)
                : answer.json(Refusal.USERINFO);
        if (!subject(claims).equals(said.get("sub"))) {
            throw new Untrusted(Refusal.USERINFO, "of " + said.get("sub"));
        }
        Map<String, Object> both = new HashMap<>(said);
        both.putAll(claims.all());
        return new Claims(both);
    }

    private Map<String, Object> signedUserinfo(Provider provider, Metadata metadata, Wire.Fetched answer) {
        String token = answer.body().strip();
        Claims said = new Claims(tokens.open(token, metadata.keys(), USERINFO).claims());
        said.issuedBy(metadata.issuer());
        said.issuedTo(provider.client());
        return said.all();
    }

    private Signed signed(Provider provider, Claims said, Claims idToken) {
        Provider.ClaimNames names = provider.claims();
        List<String> groups = new ArrayList<>();
        for (String group : said.namedTexts(names.groups())) {
            if (!group.isEmpty() && group.length() <= MOST_CHARACTERS) {
                groups.add(group);
            }
        }
        if (groups.size() > MOST_GROUPS) {
            throw new Untrusted(Refusal.CLAIMS, "more than " + MOST_GROUPS + " groups");
        }
        // an address nobody has confirmed is only what somebody typed
        Object confirmed = said.all().get("email_verified");
        boolean sure = Boolean.TRUE.equals(confirmed) || "true".equals(confirmed);
        return new Signed(
                subject(idToken),
                text(said, names.subject()).filter(any -> sure || !address(names, names.subject())),
                text(said, names.username()).filter(any -> sure || !address(names, names.username())),
                text(said, names.email()).filter(any -> sure || confirmed == null),
                text(said, names.name()),
                groups,
                idToken.text("sid").filter(text -> text.length() <= MOST_SESSION),
                strongAt(provider, idToken));
    }

    /** Who somebody is never comes from an address of which the provider does not say that it is theirs. */
    private static boolean address(Provider.ClaimNames names, String claim) {
        return claim.equals("email") || claim.equals(names.email());
    }

    private static Optional<String> text(Claims said, String name) {
        return said.namedText(name).filter(text -> text.length() <= MOST_CHARACTERS);
    }

    /** Without the time nobody knows how long ago it was. */
    private Optional<Instant> strongAt(Provider provider, Claims idToken) {
        boolean strong = idToken.texts("amr").stream().anyMatch(provider.strongMethods()::contains)
                || idToken.text("acr")
                        .filter(provider.strongClasses()::contains)
                        .isPresent();
        Instant now = clock.instant();
        return strong ? idToken.time("auth_time").map(at -> at.isAfter(now) ? now : at) : Optional.empty();
    }

    /** The provider's address book, for whoever needs the keys only. */
    Metadata metadata(String issuer) {
        return discovery.of(issuer);
    }

    URI keysOf(Provider provider) {
        return metadata(provider.issuer()).keys();
    }
}
