// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

/** Why a login or logout by a provider was refused, in words for the audit log; the guide says for each what to do. */
public enum Refusal {
    ADDRESS("an address of the provider is not allowed: https only, and none of this machine"),
    UNREACHABLE("the provider could not be reached in time"),
    REDIRECTED("the provider answered with a redirect, which is not followed"),
    OVERSIZE("the provider's answer is too large"),
    ANSWER("the provider's answer is not what the protocol says"),
    ISSUER("the discovery document names another issuer than the settings"),
    METADATA("the discovery document lacks what a login needs"),
    PKCE("the provider offers no PKCE with S256"),
    NEXT("the way back is no path of this controller"),
    STATE("the login is unknown, used or too old"),
    BROWSER("the login was begun in another browser"),
    DENIED("the provider refused the login"),
    RESPONSE("the provider's response lacks the code, or has something twice"),
    MIX_UP("the response comes from another provider than the login was begun with"),
    CODE("the provider refused the code"),
    TOKENS("the provider's token response has no ID token of the right kind"),
    FORM("the token is no signed JWT of a permitted size"),
    ALGORITHM("the token's algorithm is not allowed"),
    HEADER("the token's header asks for what is not understood"),
    KEY("the token is signed by a key the provider does not publish"),
    SIGNATURE("the token's signature is wrong"),
    TOKEN_ISSUER("the token is another issuer's"),
    AUDIENCE("the token is for somebody else"),
    PARTY("the token was given to another client"),
    SUBJECT("the token names no subject"),
    EXPIRED("the token is expired"),
    FUTURE("the token is from the future"),
    OLD("the token is older than the login"),
    NONCE("the token belongs to another login"),
    ACCESS_TOKEN("the ID token and the access token do not belong together"),
    AUTHENTICATED("the person's authentication at the provider is too old, or its time is missing"),
    PURPOSE("the token is for another purpose"),
    REPLAYED("the token was used before"),
    USERINFO("what the provider says of the person is of somebody else, or not trusted"),
    CLAIMS("a claim the login needs is missing or has no usable value"),
    UNKNOWN_PERSON("the person is not known here, and the directory makes no people"),
    NOT_ACTIVE("the person is disabled here or kept by another directory"),
    PROVISIONING("the person could not be written down");

    private final String text;

    Refusal(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
