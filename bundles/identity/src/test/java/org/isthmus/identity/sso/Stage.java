// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.identity.SettableClock;
import org.isthmus.model.Secret;

/** Two providers, two directories that trust the first, one that trusts the second, and a browser. */
final class Stage {
    static final String ISSUER = "https://idp.example";
    static final String EVIL = "https://evil.example";

    final SettableClock clock = new SettableClock();
    final FakeProvider idp = new FakeProvider(ISSUER, clock);
    final FakeProvider evil = new FakeProvider(EVIL, clock);
    final Provider ours = provider("ours", ISSUER, "isthmus");
    final Provider theirs = provider("theirs", ISSUER, "tenant-two");
    final Provider strange = provider("strange", EVIL, "isthmus");
    final CodeFlow flow;
    final LogoutTokens logouts;
    /** Where the browser was sent, and what it keeps. */
    Begun begun;

    Map<String, List<String>> response;
    Optional<Secret> pledge;
    private int logins;

    Stage() {
        Wire wire = new Wire() {
            @Override
            public Fetched get(URI uri, Map<String, String> headers) {
                return at(uri).get(uri.getPath(), headers);
            }

            @Override
            public Fetched post(URI uri, Map<String, String> headers, String form) {
                return at(uri).post(uri.getPath(), headers, form);
            }
        };
        Discovery discovery = new Discovery(wire, clock);
        SignedTokens tokens = new SignedTokens(new KeySets(wire, clock));
        Memory memory = new ListedMemory();
        flow = new CodeFlow(wire, discovery, tokens, memory, clock);
        logouts = new LogoutTokens(discovery, tokens, memory, clock);
    }

    private FakeProvider at(URI uri) {
        return uri.toString().startsWith(EVIL) ? evil : idp;
    }

    static Provider provider(String key, String issuer, String client) {
        return provider(
                key, issuer, client, new Provider.ClaimNames("sub", "preferred_username", "email", "name", "groups"));
    }

    static Provider provider(String key, String issuer, String client, Provider.ClaimNames claims) {
        return new Provider(
                key,
                issuer,
                client,
                Optional.of(new Secret("the-clients-secret")),
                URI.create("https://cloud.example/sso/" + key),
                List.of("openid", "profile"),
                Optional.of(Duration.ofMinutes(5)),
                Set.of("mfa"),
                Set.of("gold"),
                claims);
    }

    Begun begin() {
        return begin(ours);
    }

    Begun begin(Provider provider) {
        String unlike = "-" + logins++;
        begun = flow.begin(
                provider,
                new Secret("state" + unlike),
                new Secret("pledge" + unlike),
                Optional.of("/console"),
                "192.0.2.7");
        pledge = Optional.of(begun.pledge());
        return begun;
    }

    /** A login up to the browser's return. */
    Stage returned() {
        response = idp.authorize(begin().to());
        return this;
    }

    Signed finish() {
        return finish(ours);
    }

    Signed finish(Provider provider) {
        return flow.finish(provider, new Secret(response.get("state").get(0)), pledge, response);
    }

    Signed login() {
        return returned().finish();
    }

    void put(String parameter, String... values) {
        response = new HashMap<>(response);
        response.put(parameter, List.of(values));
    }
}
