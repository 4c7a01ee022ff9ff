// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.factor;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.identity.password.Backoff;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.FactorStore.Kept;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Second factors of users. A code is first found to be right, outside a transaction, and then taken inside the one that it
 * opens the door to: by a conditional update, so that no two logins anywhere have the same.
 */
@Component(service = Factors.class)
public final class Factors {
    private static final int RECOVERY_CODES = 10;
    private static final Pattern SIX_DIGITS = Pattern.compile("[0-9]{6}");
    /** A recovery code with what people put between its groups taken off. */
    private static final Pattern RECOVERY = Pattern.compile("[0-9a-z]{20}");

    private static final String ISSUER = "Isthmus";

    private final FactorStore store;
    private final Seals seals;
    private final Secrets secrets;
    private final Backoff backoff;
    private final Clock clock;

    /** A second factor that nobody has yet. */
    public record Made(Secret secret, Secret uri, String sealed) {}

    @Activate
    public Factors(
            @Reference FactorStore store,
            @Reference Seals seals,
            @Reference Secrets secrets,
            @Reference Backoff backoff,
            @Reference Clock clock) {
        this.store = store;
        this.seals = seals;
        this.secrets = secrets;
        this.backoff = backoff;
        this.clock = clock;
    }

    /** A new secret, sealed for this user. */
    public Made make(UserId user, String username) {
        String secret = Base32.encode(secrets.bytes(Totp.KEY_BYTES));
        String uri = "otpauth://totp/" + encoded(ISSUER + ":" + username) + "?secret=" + secret + "&issuer=" + ISSUER
                + "&algorithm=SHA1&digits=" + Totp.DIGITS + "&period=" + Totp.STEP_SECONDS;
        String sealed = seals.seal().call(seal -> seal.seal(new Secret(secret), place(user)));
        return new Made(new Secret(secret), new Secret(uri), sealed);
    }

    /** The second factor of a user, also one that is not confirmed. */
    public Optional<Kept> of(OrganizationId organization, UserId user) {
        return store.find(organization, user);
    }

    /** Whether a text has the form of a code or a recovery code. */
    public static boolean looksLikeOne(String text) {
        return SIX_DIGITS.matcher(text).matches()
                || RECOVERY.matcher(plain(text)).matches();
    }

    /** What a code proves; empty when it is wrong, of another moment or was taken. Not inside a transaction. */
    public Optional<Proof> proof(OrganizationId organization, UserId user, Kept factor, Secret code) {
        String text = plain(code.reveal());
        if (SIX_DIGITS.matcher(text).matches()) {
            Secret secret = seals.seal().call(seal -> seal.open(factor.sealed(), place(user)));
            OptionalLong step = Totp.matching(Base32.decode(secret.reveal()), text, clock.instant(), factor.lastStep());
            return step.isPresent()
                    ? Optional.of(new Proof(factor.sealed(), step.getAsLong(), Optional.empty()))
                    : Optional.empty();
        }
        return Optional.of(text)
                .filter(one -> factor.confirmed() && RECOVERY.matcher(one).matches())
                .map(Factors::digest)
                .filter(digest -> store.hasRecovery(organization, user, digest))
                .map(digest -> new Proof(factor.sealed(), 0, Optional.of(digest)));
    }

    /**
     * The same for a user who is logged in. WRONG_CODE, and guessing here costs what guessing at the login costs: a stolen
     * session is no way around it.
     */
    public Proof required(Caller caller, Kept factor, Secret code) {
        return required(caller, factor, code, proof -> true);
    }

    /** The same of the device alone: a recovery code is a wrong one. */
    public Proof requiredOfDevice(Caller caller, Kept factor, Secret code) {
        return required(caller, factor, code, proof -> proof.recovery().isEmpty());
    }

    private Proof required(Caller caller, Kept factor, Secret code, Predicate<Proof> good) {
        Optional<Duration> pause =
                backoff.pause(caller.username(), caller.address()).or(() -> backoff.codePause(caller.username()));
        if (pause.isPresent()) {
            throw Problem.TOO_MANY.retryAfter(pause.get(), "Too many wrong codes; wait until the next attempt.");
        }
        Optional<Proof> proof = proof(caller.organization(), caller.user().orElseThrow(), factor, code)
                .filter(good);
        if (proof.isEmpty()) {
            backoff.failedCode(caller.username(), caller.address());
            throw wrongCode();
        }
        backoff.succeeded(caller.username(), caller.address());
        return proof.get();
    }

    /** Takes what was found, in the transaction. False when somebody took it first, or the factor is another by now. */
    public boolean take(OrganizationId organization, UserId user, Proof proof) {
        return proof.recovery()
                .map(digest -> store.takeRecovery(organization, user, digest))
                .orElseGet(() -> store.take(organization, user, proof.sealed(), proof.step()));
    }

    /** {@link #take}, or WRONG_CODE. */
    public void mustTake(OrganizationId organization, UserId user, Proof proof) {
        if (!take(organization, user, proof)) {
            throw wrongCode();
        }
    }

    /** New recovery codes, in place of those there were. In the transaction. */
    public List<Secret> recoveryCodes(OrganizationId organization, UserId user) {
        List<Secret> codes = IntStream.range(0, RECOVERY_CODES)
                .mapToObj(i -> secrets.oneTimePassword())
                .toList();
        store.deleteRecovery(organization, user);
        store.addRecovery(
                organization,
                user,
                codes.stream().map(code -> digest(plain(code.reveal()))).toList());
        return codes;
    }

    /** Refuses API tokens: whoever found one must not change how its owner logs in. */
    public static void requireLogin(Caller caller) {
        if (caller.door() == Caller.Door.REST && caller.session().isEmpty()) {
            throw Problem.FORBIDDEN.because("An API token does not do this; log in with the password.");
        }
    }

    private static RuntimeException wrongCode() {
        return IdentityProblem.WRONG_CODE.because(
                "The code is not right, or was used. Give the six digits that are shown now, or a recovery code.");
    }

    private static String plain(String typed) {
        return typed.replaceAll("[ -]", "").toLowerCase(Locale.ROOT);
    }

    /** 100 random bits need no slow hash. */
    private static Sha256 digest(String code) {
        return Sha256.of(code.getBytes(StandardCharsets.UTF_8));
    }

    private static String place(UserId user) {
        return user.value() + "/totp";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
