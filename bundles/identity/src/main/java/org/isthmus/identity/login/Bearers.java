// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.isthmus.api.Caller;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whom a bearer token stands for. Known ones are kept in memory for a few seconds; what is revoked here is
 * refused from the commit on, what another controller revoked within the recheck time.
 */
@Component(service = Bearers.class)
public final class Bearers {
    static final String SESSION = "iss_";
    static final String TOKEN = "ist_";
    static final String DIRECTORY = "isd_";

    private static final Logger LOG = LoggerFactory.getLogger(Bearers.class);
    private static final Pattern FORM = Pattern.compile("is[st]_[A-Za-z0-9_-]{43}");
    private static final Pattern FORM_OF_DIRECTORY = Pattern.compile("isd_[A-Za-z0-9_-]{43}");
    private static final int MOST_KEPT = 10_000;
    /** A use is written down at most this often: it is for people who tidy up, not for accounting. */
    private static final Duration USE_NOTED = Duration.ofMinutes(1);

    private final Tx tx;
    private final SessionStore sessions;
    private final TokenStore tokens;
    private final Secrets secrets;
    private final Clock clock;
    private final long recheckMillis;
    private final Map<Sha256, Known> known = new ConcurrentHashMap<>();
    private long epoch;

    private record Known(Bearer bearer, long readAt) {}

    /** A new bearer token: the secret to hand out once, and what is kept of it. */
    public record Minted(Secret secret, Sha256 digest) {}

    @Activate
    public Bearers(
            @Reference Tx tx,
            @Reference SessionStore sessions,
            @Reference TokenStore tokens,
            @Reference Secrets secrets,
            @Reference Clock clock,
            @Reference ConfiguredSettings configured) {
        this(tx, sessions, tokens, secrets, clock, configured.settings().tokenRecheck());
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static Bearers embedded(
            Tx tx, SessionStore sessions, TokenStore tokens, Secrets secrets, Clock clock, Duration recheck) {
        return new Bearers(tx, sessions, tokens, secrets, clock, recheck);
    }

    private Bearers(Tx tx, SessionStore sessions, TokenStore tokens, Secrets secrets, Clock clock, Duration recheck) {
        this.tx = tx;
        this.sessions = sessions;
        this.tokens = tokens;
        this.secrets = secrets;
        this.clock = clock;
        this.recheckMillis = recheck.toMillis();
    }

    Minted mintSession() {
        return mint(SESSION);
    }

    public Minted mintToken() {
        return mint(TOKEN);
    }

    public Minted mintDirectoryToken() {
        return mint(DIRECTORY);
    }

    private Minted mint(String prefix) {
        Secret secret = secrets.bearer(prefix);
        return new Minted(secret, digest(secret));
    }

    /** Whose it is, unless unknown or expired. */
    Optional<Bearer> find(Secret secret) {
        if (!FORM.matcher(secret.reveal()).matches()) {
            return Optional.empty();
        }
        Sha256 digest = digest(secret);
        Known one = known.get(digest);
        long now = clock.millis();
        if (one == null || now - one.readAt >= recheckMillis || now < one.readAt) {
            long before = epoch();
            Optional<Bearer> read = secret.reveal().startsWith(SESSION) ? session(digest) : token(digest);
            remember(digest, read, now, before);
            return read.filter(this::alive);
        }
        return Optional.of(one.bearer).filter(this::alive);
    }

    private boolean alive(Bearer bearer) {
        return clock.instant().isBefore(bearer.expiresAt());
    }

    private Optional<Bearer> session(Sha256 digest) {
        return sessions.find(digest).map(Bearers::of);
    }

    private static Bearer of(Session session) {
        return new Bearer(
                session.organization(),
                session.user(),
                Optional.of(session.id()),
                Optional.empty(),
                Optional.empty(),
                Caller.Proof.of(session.provedAt()),
                session.expiresAt());
    }

    private Optional<Bearer> token(Sha256 digest) {
        Optional<TokenStore.Owned> found = tokens.find(digest);
        found.ifPresent(owned -> noteUse(owned.token().id(), owned.token().lastUsedAt()));
        return found.map(owned -> new Bearer(
                owned.organization(),
                owned.token().user(),
                Optional.empty(),
                Optional.of(owned.token().id()),
                owned.token().actions(),
                owned.token().destructive() ? Caller.Proof.LASTING : Caller.Proof.NONE,
                owned.token().expiresAt()));
    }

    private void noteUse(TokenId token, Optional<Instant> last) {
        Instant now = clock.instant();
        if (tx.running()
                || last.filter(time -> time.plus(USE_NOTED).isAfter(now)).isPresent()) {
            return;
        }
        try {
            tokens.used(token, now);
        } catch (TxException e) {
            // somebody has the row; the next use will be noted
            LOG.debug("The use of token {} was not noted: {}", token, e.getMessage());
        }
    }

    /** Forgets a user's bearer tokens at the commit, or some of them. */
    public void forgetAfterCommit(OrganizationId organization, UserId user) {
        forgetAfterCommit(
                bearer -> bearer.user().equals(user) && bearer.organization().equals(organization));
    }

    /** Forgets everybody's of an organization at the commit. */
    public void forgetAfterCommit(OrganizationId organization) {
        forgetAfterCommit(bearer -> bearer.organization().equals(organization));
    }

    public void forgetAfterCommit(SessionId session) {
        forgetAfterCommit(bearer -> bearer.session().filter(session::equals).isPresent());
    }

    public void forgetAfterCommit(TokenId token) {
        forgetAfterCommit(bearer -> bearer.token().filter(token::equals).isPresent());
    }

    private void forgetAfterCommit(Predicate<Bearer> which) {
        tx.afterCommit(() -> {
            synchronized (known) {
                epoch++;
                known.values().removeIf(one -> which.test(one.bearer));
            }
        });
    }

    private long epoch() {
        synchronized (known) {
            return epoch;
        }
    }

    private void remember(Sha256 digest, Optional<Bearer> read, long now, long before) {
        synchronized (known) {
            known.remove(digest);
            // what was revoked while it was read is not kept; nor what a running transaction has not committed
            if (read.isEmpty() || epoch != before || tx.running()) {
                return;
            }
            if (known.size() >= MOST_KEPT) {
                known.values().removeIf(one -> now - one.readAt >= recheckMillis);
            }
            if (known.size() < MOST_KEPT) {
                known.put(digest, new Known(read.get(), now));
            }
        }
    }

    /** What is kept of a directory's token; empty when it cannot be one. */
    static Optional<Sha256> ofDirectory(Secret secret) {
        return Optional.of(secret)
                .filter(one -> FORM_OF_DIRECTORY.matcher(one.reveal()).matches())
                .map(Bearers::digest);
    }

    private static Sha256 digest(Secret secret) {
        return Sha256.of(secret.reveal().getBytes(StandardCharsets.US_ASCII));
    }
}
