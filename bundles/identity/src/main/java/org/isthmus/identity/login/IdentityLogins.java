// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Proof;
import org.isthmus.identity.password.Backoff;
import org.isthmus.identity.password.Passwords;
import org.isthmus.identity.right.Member;
import org.isthmus.identity.right.Responsible;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.setting.ConfiguredSettings;
import org.isthmus.identity.start.FirstStart;
import org.isthmus.identity.store.Account;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.sync.LdapLogins;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Logins}. What happens for a wrong password happens for an unknown user too: the same queries, one hash, one audit
 * entry, the same answer. The audit log is there before a password is looked at: no audit, no login.
 */
@Component(service = {Logins.class, IdentityLogins.class})
public final class IdentityLogins implements Logins {
    private static final String OPEN = "session.create";
    private static final String CLOSE = "session.delete";
    private static final int MOST_SESSIONS = 50;
    private static final int ATTEMPTS = 3;
    private static final Duration AWAY = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(IdentityLogins.class);

    private final Tx tx;
    private final OrganizationStore organizations;
    private final UserStore users;
    private final SessionStore sessions;
    private final DirectoryStore directories;
    private final RightsCache rights;
    private final Bearers bearers;
    private final Passwords passwords;
    private final Backoff backoff;
    private final Factors factors;
    private final Audits audits;
    private final LdapLogins elsewhere;
    private final OrganizationId platform;
    private final Duration sessionLength;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public IdentityLogins(
            @Reference Tx tx,
            @Reference OrganizationStore organizations,
            @Reference UserStore users,
            @Reference SessionStore sessions,
            @Reference DirectoryStore directories,
            @Reference RightsCache rights,
            @Reference Bearers bearers,
            @Reference Passwords passwords,
            @Reference Backoff backoff,
            @Reference Factors factors,
            @Reference Audits audits,
            @Reference LdapLogins elsewhere,
            @Reference FirstStart start,
            @Reference ConfiguredSettings configured,
            @Reference Clock clock,
            @Reference Ids ids) {
        this(
                tx,
                organizations,
                users,
                sessions,
                directories,
                rights,
                bearers,
                passwords,
                backoff,
                factors,
                audits,
                elsewhere,
                start.platform(),
                configured.settings().sessionLength(),
                clock,
                ids);
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static IdentityLogins embedded(
            Tx tx,
            OrganizationStore organizations,
            UserStore users,
            SessionStore sessions,
            DirectoryStore directories,
            RightsCache rights,
            Bearers bearers,
            Passwords passwords,
            Backoff backoff,
            Factors factors,
            Audits audits,
            LdapLogins elsewhere,
            OrganizationId platform,
            Duration sessionLength,
            Clock clock,
            Ids ids) {
        return new IdentityLogins(
                tx,
                organizations,
                users,
                sessions,
                directories,
                rights,
                bearers,
                passwords,
                backoff,
                factors,
                audits,
                elsewhere,
                platform,
                sessionLength,
                clock,
                ids);
    }

    private IdentityLogins(
            Tx tx,
            OrganizationStore organizations,
            UserStore users,
            SessionStore sessions,
            DirectoryStore directories,
            RightsCache rights,
            Bearers bearers,
            Passwords passwords,
            Backoff backoff,
            Factors factors,
            Audits audits,
            LdapLogins elsewhere,
            OrganizationId platform,
            Duration sessionLength,
            Clock clock,
            Ids ids) {
        this.tx = tx;
        this.organizations = organizations;
        this.users = users;
        this.sessions = sessions;
        this.directories = directories;
        this.rights = rights;
        this.bearers = bearers;
        this.passwords = passwords;
        this.backoff = backoff;
        this.factors = factors;
        this.audits = audits;
        this.elsewhere = elsewhere;
        this.platform = platform;
        this.sessionLength = sessionLength;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public SessionOpened login(String username, Secret password, Optional<Secret> code, Origin origin) {
        Credentials who = Credentials.of(username);
        Presented presented = new Presented(password, code, false);
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            return checked(who, presented, origin, audit.service(), (user, proof) -> {
                        Bearers.Minted minted = bearers.mintSession();
                        return open(user, who, minted, proof, origin, audit.service());
                    })
                    .orElseThrow(() -> IdentityProblem.WRONG_LOGIN.because(
                            "Username (name@organization) or password is wrong, or the user is disabled."));
        }
    }

    /** What a directory calls a session, and whose it is. */
    public record There(Optional<String> session, Optional<String> subject) {
        static final There NOTHING = new There(Optional.empty(), Optional.empty());
    }

    /** In the transaction in which the user is locked and still the one whose password was right. */
    private interface Opening<R> {
        R open(UserView user, Optional<Proof> proof);
    }

    /** An account whose password was right, and what the code proved if one was needed. */
    private record Checked(Account account, Optional<Proof> proof) {}

    /**
     * Checks the password and the code, then opens something in a transaction that takes the code. When the user was changed
     * in between (their hash may have been renewed by another login) or somebody took the code, all is checked once more; then
     * it is a refusal like any other.
     */
    private <R> Optional<R> checked(
            Credentials who, Presented presented, Origin origin, AuditLog audit, Opening<R> opening) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Checked> checked = authenticated(who, presented, origin, audit);
            if (checked.isEmpty()) {
                return Optional.empty();
            }
            Optional<Proof> proof = checked.get().proof();
            Optional<R> opened = tx.retrying(() -> stillTheSame(checked.get()).map(user -> opening.open(user, proof)));
            if (opened.isPresent()) {
                return opened;
            }
        }
        refuse(who, Optional.empty(), origin, "the user was changed meanwhile, several times", audit);
        return Optional.empty();
    }

    private SessionOpened open(
            UserView user,
            Credentials who,
            Bearers.Minted minted,
            Optional<Proof> proof,
            Origin origin,
            AuditLog audit) {
        return open(
                user,
                who,
                minted,
                proof.map(given -> clock.instant()),
                user.kept().map(UserView.Kept::directory),
                There.NOTHING,
                by(user, proof),
                origin,
                audit);
    }

    private SessionOpened open(
            UserView user,
            Credentials who,
            Bearers.Minted minted,
            Optional<Instant> provedAt,
            Optional<DirectoryId> directory,
            There there,
            String how,
            Origin origin,
            AuditLog audit) {
        Instant now = clock.instant();
        Session session = new Session(
                ids.session(),
                user.organization(),
                user.id(),
                minted.digest(),
                shortened(origin.address()),
                now,
                now.plus(sessionLength),
                provedAt,
                directory,
                there.session(),
                there.subject());
        sessions.tidy(user.organization(), user.id(), now, MOST_SESSIONS - 1);
        sessions.insert(session);
        Caller caller = caller(user, who, origin, Optional.of(session.id()), session.provedAt());
        audit.append(note(caller, OPEN, Subject.of("session", session.id()), how, Map.of()));
        return new SessionOpened(minted.secret(), session.expiresAt(), user, user.mustChangePassword());
    }

    private static String by(UserView user, Optional<Proof> proof) {
        return "password"
                + user.kept()
                        .map(kept -> " of the directory " + kept.directory())
                        .orElse("") + proof.map(given -> " and " + given.told()).orElse("");
    }

    @Override
    public Optional<Caller> shellLogin(String username, Secret password, Origin origin) {
        Credentials who = Credentials.of(username);
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            return checked(
                            who,
                            new Presented(password, Optional.empty(), true),
                            origin,
                            audit.service(),
                            (user, proof) -> {
                                Optional<String> refusal = refusalOfShell(user);
                                Caller caller = caller(
                                        user, who, origin, Optional.empty(), proof.map(given -> clock.instant()));
                                audit.service()
                                        .append(
                                                refusal.isPresent()
                                                        ? denied(caller, user, refusal.get())
                                                        : note(
                                                                caller,
                                                                OPEN,
                                                                Subject.of("user", user.id()),
                                                                by(user, proof) + ", operator",
                                                                Map.of()));
                                return refusal.isPresent() ? Optional.<Caller>empty() : Optional.of(caller);
                            })
                    .flatMap(caller -> caller);
        }
    }

    private Optional<String> refusalOfShell(UserView user) {
        boolean operator = user.organization().equals(platform)
                && rights.of(platform)
                        .filter(own -> own.holds(user.id(), ShippedRole.OPERATOR, clock.instant()))
                        .isPresent();
        if (!operator) {
            return Optional.of("not an operator");
        }
        // the shell has commands of its own that no gate guards: a one-time password must not open it, nor one factor
        // alone
        if (user.mustChangePassword()) {
            return Optional.of("the password must be changed first");
        }
        boolean lacksFactor = !user.secondFactor()
                && rights.of(platform)
                        .filter(own -> own.organization().policy().requireMfa() == Policy.Mfa.ALL)
                        .isPresent();
        return lacksFactor ? Optional.of("a second factor must be set up first") : Optional.empty();
    }

    /**
     * The account, when the password is its and the code its second factor's; else the refusal is written down. Takes as long
     * whatever is wrong about the user and the password; only who knows the password comes to the code.
     */
    private Optional<Checked> authenticated(Credentials who, Presented presented, Origin origin, AuditLog audit) {
        String address = shortened(origin.address());
        Optional<Duration> pause = backoff.pause(who.printable(), address);
        if (pause.isPresent()) {
            refuse(who, Optional.empty(), origin, "too many failures; the password was not looked at", audit);
            throw Problem.TOO_MANY.retryAfter(
                    pause.get(),
                    "Too many logins failed; wait until the next attempt, and mind that others may be guessing.");
        }
        Optional<Account> account = users.account(who.organization(), who.username());
        Optional<String> stored = account.flatMap(Account::password);
        Presented given = presented.to(account.map(Account::user));
        boolean right;
        try {
            right = passwords.matches(stored, given.password());
        } catch (ProblemException crowded) {
            refuse(who, Optional.empty(), origin, "too many logins at once; the password was not looked at", audit);
            throw crowded;
        }
        Optional<LdapLogins.Said> said =
                right ? Optional.empty() : elsewhere(who, account.map(Account::user), given.password(), origin, audit);
        Optional<UserView> letIn = said.flatMap(LdapLogins.Said::user);
        if (letIn.isPresent()) {
            // as it is now: the directory has just told
            account = users.account(letIn.get().organization(), letIn.get().id());
            right = true;
        }
        boolean active = account.map(found -> found.user().state() == UserView.State.ACTIVE)
                .orElse(false);
        if (right && active) {
            Optional<Proof> proof = proof(account.get().user(), who, given.code(), origin, audit);
            backoff.succeeded(who.printable(), address);
            return Optional.of(
                    new Checked(letIn.isPresent() ? account.get() : renewed(account.get(), given.password()), proof));
        }
        backoff.failed(who.printable(), address);
        String here = account.isEmpty()
                ? "no such user"
                : stored.isEmpty() ? "a service account has no password" : right ? "disabled" : "wrong password";
        String why = right ? here : said.map(LdapLogins.Said::why).orElse(here);
        refuse(who, account.map(Account::user), origin, why, audit);
        return Optional.empty();
    }

    /**
     * What the organization's directories say of a password that is not right here. Whoever's it is, and when they are away:
     * the same questions, the same failure, the same answer.
     */
    private Optional<LdapLogins.Said> elsewhere(
            Credentials who, Optional<UserView> user, Secret password, Origin origin, AuditLog audit) {
        Optional<LdapLogins.Said> said;
        try {
            said = elsewhere.ask(who.organization(), who.username(), user, password, origin);
        } catch (ProblemException crowded) {
            refuse(who, Optional.empty(), origin, "too many logins at once; the password was not looked at", audit);
            throw crowded;
        }
        if (said.filter(LdapLogins.Said::away).isPresent()) {
            backoff.failed(who.printable(), shortened(origin.address()));
            refuse(
                    who,
                    user,
                    origin,
                    "the directory was not able to say: " + said.get().why(),
                    audit);
            throw Problem.UNAVAILABLE.retryAfter(
                    AWAY,
                    "The password could not be checked, for the organization's directory does not answer just now. Try again"
                            + " in a while.");
        }
        return said;
    }

    /** What the code proves; empty for a user without a second factor. A password alone forgets no failures. */
    private Optional<Proof> proof(
            UserView user, Credentials who, Optional<Secret> code, Origin origin, AuditLog audit) {
        Optional<FactorStore.Kept> factor = Optional.of(user)
                .filter(UserView::secondFactor)
                .flatMap(one -> factors.of(one.organization(), one.id()))
                .filter(FactorStore.Kept::confirmed);
        if (factor.isEmpty()) {
            return Optional.empty();
        }
        if (code.isEmpty()) {
            refuse(who, Optional.of(user), origin, "password right, code missing", audit);
            throw IdentityProblem.SECOND_FACTOR_NEEDED.because(
                    "Log in again with totp: the six digits of your authenticator, or a recovery code.");
        }
        Optional<Duration> pause = backoff.codePause(who.printable());
        if (pause.isPresent()) {
            refuse(who, Optional.of(user), origin, "too many wrong codes; this one was not looked at", audit);
            throw Problem.TOO_MANY.retryAfter(
                    pause.get(), "Too many wrong codes: somebody knows the password. Wait until the next attempt.");
        }
        Optional<Proof> proof;
        try {
            proof = factors.proof(user.organization(), user.id(), factor.get(), code.get());
        } catch (ProblemException away) {
            refuse(who, Optional.of(user), origin, "password right; the code could not be looked at", audit);
            throw away;
        }
        if (proof.isEmpty()) {
            backoff.failedCode(who.printable(), shortened(origin.address()));
            refuse(who, Optional.of(user), origin, "password right, wrong code", audit);
            throw IdentityProblem.SECOND_FACTOR_NEEDED.because(
                    "The code is not right, or was used: each is good once. Give the one that is shown next.");
        }
        return proof;
    }

    /**
     * The account with the hash that was checked, or with a new one when hashes cost more by now: only at a login is the
     * password there to be hashed again.
     */
    private Account renewed(Account account, Secret password) {
        Optional<String> old = account.password();
        if (old.filter(passwords::outdated).isEmpty()) {
            return account;
        }
        String hash = passwords.hash(password);
        UserView user = account.user();
        try {
            return tx.retrying(() -> new Account(
                    users.setPassword(user.organization(), user.id(), old, hash, user.mustChangePassword()),
                    Optional.of(hash)));
        } catch (ProblemException e) {
            LOG.debug("The password hash of {} was renewed by another login", user.id());
            return account;
        }
    }

    /**
     * In the transaction that opens the session: nobody else changes the user until it ends, and nobody has since the
     * password was checked. So a disabled user's or an old password's session can never slip in, and no code opens two.
     */
    private Optional<UserView> stillTheSame(Checked checked) {
        UserView user = checked.account().user();
        user.kept().ifPresent(kept -> directories.lock(kept.directory()));
        users.lock(user.organization(), user.id());
        return users.account(user.organization(), user.id())
                .filter(now -> now.password().equals(checked.account().password())
                        && now.user().state() == UserView.State.ACTIVE
                        && stillLinked(user, now.user()))
                .filter(now -> proved(now.user(), checked.proof()))
                .map(Account::user);
    }

    /** Kept by the same directory as when it was asked, and that one enabled; or by none, then as now. */
    private boolean stillLinked(UserView before, UserView now) {
        Optional<DirectoryId> directory = now.kept().map(UserView.Kept::directory);
        return directory.equals(before.kept().map(UserView.Kept::directory))
                && directory
                        .map(one -> directories
                                .find(now.organization(), one)
                                .filter(DirectoryView::enabled)
                                .isPresent())
                        .orElse(true);
    }

    private boolean proved(UserView user, Optional<Proof> proof) {
        return proof.isPresent() ? factors.take(user.organization(), user.id(), proof.get()) : !user.secondFactor();
    }

    private void refuse(Credentials who, Optional<UserView> user, Origin origin, String why, AuditLog audit) {
        // asked for unknown users too, and before it is known that it is needed: the same queries for everybody
        Optional<OrganizationId> organization = named(who.organization());
        Caller nobody = nobody(origin);
        Subject about =
                user.map(found -> Subject.of("user", found.id())).orElseGet(() -> new Subject("user", who.printable()));
        AuditLog.Fact fact = new AuditLog.Fact(
                AuditLog.Kind.REFUSED,
                nobody,
                OPEN,
                organization.orElse(platform),
                about,
                AuditLog.Result.DENIED,
                Optional.empty(),
                why,
                Map.of("username", who.printable()));
        tx.retrying(() -> audit.append(fact));
    }

    private Caller nobody(Origin origin) {
        return new Caller(
                Caller.Kind.SYSTEM,
                Optional.empty(),
                "anonymous",
                platform,
                origin.door(),
                shortened(origin.address()),
                origin.requestId(),
                Optional.empty(),
                false);
    }

    private Optional<OrganizationId> named(String organization) {
        return organization.equals(Credentials.NOBODY.organization())
                ? Optional.empty()
                : organizations.named(new Name(organization)).map(OrganizationView::id);
    }

    @Override
    public Caller caller(Secret bearer, Origin origin) {
        Supplier<ProblemException> no = () -> Problem.NOT_LOGGED_IN.because(
                "This bearer token is unknown, expired or revoked. Log in with POST /api/v1/sessions.");
        Bearer found = bearers.find(bearer).orElseThrow(no);
        Rights own = rights.of(found.organization()).orElseThrow(no);
        Member member = own.member(found.user()).filter(Member::active).orElseThrow(no);
        Responsible.gone(own, member).ifPresent(person -> {
            throw IdentityProblem.NOBODY_RESPONSIBLE.because(
                    "The person responsible for this service account (%s) is disabled or gone. Its tokens work again once"
                            + " somebody with user.change has named another one: PATCH …/users/{user} with responsible.",
                    person);
        });
        return new Caller(
                Caller.Kind.USER,
                Optional.of(member.id()),
                member.username() + "@" + own.organization().name(),
                found.organization(),
                origin.door(),
                origin.address(),
                origin.requestId(),
                found.only(),
                member.mustChangePassword(),
                found.session(),
                found.proof());
    }

    /**
     * Opens a session for somebody whom a directory let in: an active person of it, or of one whose people log in there. Empty,
     * and written down, for anybody else.
     *
     * @param provedAt when they proved a second factor there
     * @param there what the directory calls them, to end the session by
     * @param how for the audit log
     */
    public Optional<SessionOpened> opened(
            DirectoryView directory, UserId user, Optional<Instant> provedAt, There there, String how, Origin origin) {
        Optional<UserView> known = users.resolve(directory.organization(), Ref.of(user));
        Credentials who = known.map(UserView::username)
                .flatMap(name -> organizations
                        .find(directory.organization())
                        .map(in -> new Credentials(name, in.name().value())))
                .orElse(Credentials.NOBODY);
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            Optional<SessionOpened> opened = tx.retrying(() -> {
                // who disables or unlinks it meanwhile waits, and then ends this session too
                directories.lock(directory.id());
                users.lock(directory.organization(), user);
                return users.resolve(directory.organization(), Ref.of(user))
                        .filter(now -> now.state() == UserView.State.ACTIVE && letIn(directory, now))
                        .map(now -> open(
                                now,
                                who,
                                bearers.mintSession(),
                                provedAt,
                                Optional.of(directory.id()),
                                there,
                                how,
                                origin,
                                audit.service()));
            });
            if (opened.isEmpty()) {
                refuse(who, known, origin, how + ", but disabled here or not of that directory", audit.service());
            }
            return opened;
        }
    }

    /** Writes down that somebody whom a directory was to let in was not. */
    public void refused(DirectoryView directory, String why, Origin origin) {
        AuditLog.Fact fact = new AuditLog.Fact(
                AuditLog.Kind.REFUSED,
                nobody(origin),
                OPEN,
                directory.organization(),
                Subject.of("directory", directory.id()),
                AuditLog.Result.DENIED,
                Optional.empty(),
                why,
                Map.of("directory", directory.name().value()));
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            tx.retrying(() -> audit.service().append(fact));
        }
    }

    /**
     * Ends sessions that a directory let in, and writes it down: those under a name of the directory's own, and those of the
     * person that have no name; without a name all of the person's.
     *
     * @param first done in the same transaction, before; nothing is ended when it throws
     * @return how many
     */
    public int ended(DirectoryView directory, There there, Runnable first, Origin origin) {
        Name organization =
                organizations.find(directory.organization()).orElseThrow().name();
        Caller caller = Directory.caller(
                directory, organization, origin.door(), shortened(origin.address()), origin.requestId());
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            return tx.retrying(() -> {
                first.run();
                Optional<UserId> user = sessions.letIn(directory.id(), there.session(), there.subject());
                int named = there.session()
                        .map(session -> sessions.deleteOf(directory.id(), session))
                        .orElse(0);
                int others = there.subject()
                        .map(subject -> there.session().isPresent()
                                ? sessions.deleteUnnamed(directory.id(), subject)
                                : sessions.deleteOfSubject(directory.id(), subject))
                        .orElse(0);
                bearers.forgetAfterCommit(directory.organization());
                audit.service()
                        .append(note(
                                caller,
                                CLOSE,
                                user.map(one -> Subject.of("user", one))
                                        .orElseGet(() -> Subject.of("directory", directory.id())),
                                "logout at the provider",
                                Map.of("sessions", Integer.toString(named + others))));
                return named + others;
            });
        }
    }

    /** Whether a directory may let somebody in. It must be enabled still. */
    private boolean letIn(DirectoryView directory, UserView user) {
        Optional<DirectoryView> now =
                directories.find(directory.organization(), directory.id()).filter(DirectoryView::enabled);
        return now.isPresent()
                && user.kept()
                        .filter(kept -> kept.directory().equals(directory.id())
                                || Directory.usersOf(now.get()).stream()
                                        .map(name -> directories.resolve(directory.organization(), new Ref(name)))
                                        .flatMap(Optional::stream)
                                        .filter(DirectoryView::enabled)
                                        .anyMatch(other -> other.id().equals(kept.directory())))
                        .isPresent();
    }

    @Override
    public Caller directoryCaller(Secret bearer, Origin origin) {
        return Bearers.ofDirectory(bearer)
                .flatMap(digest -> directories.ofToken(digest, clock.instant()))
                .filter(DirectoryView::enabled)
                .flatMap(directory -> organizations
                        .find(directory.organization())
                        .map(in -> Directory.caller(
                                directory, in.name(), origin.door(), origin.address(), origin.requestId())))
                .orElseThrow(() -> Problem.NOT_LOGGED_IN.because(
                        "This is no token of a directory, or it is expired or revoked, or the directory is disabled."));
    }

    @Override
    public void logout(Secret bearer, Origin origin) {
        Optional<Bearer> found =
                bearers.find(bearer).filter(one -> one.session().isPresent());
        if (found.isEmpty()) {
            return;
        }
        Ids.SessionId session = found.get().session().orElseThrow();
        Caller caller = caller(bearer, origin);
        try (Swappable.Use<AuditLog> audit = audits.log().use()) {
            tx.retrying(() -> {
                sessions.delete(session);
                bearers.forgetAfterCommit(session);
                return audit.service().append(note(caller, CLOSE, Subject.of("session", session), "logout", Map.of()));
            });
        }
    }

    @Override
    public Caller localRoot(String requestId) {
        return Caller.localRoot(platform, requestId);
    }

    @Override
    public OrganizationId platform() {
        return platform;
    }

    private static Caller caller(
            UserView user,
            Credentials who,
            Origin origin,
            Optional<Ids.SessionId> session,
            Optional<Instant> provedAt) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(user.id()),
                who.printable(),
                user.organization(),
                origin.door(),
                origin.address(),
                origin.requestId(),
                Optional.empty(),
                user.mustChangePassword(),
                session,
                Caller.Proof.of(provedAt));
    }

    private static AuditLog.Fact denied(Caller caller, UserView user, String why) {
        return new AuditLog.Fact(
                AuditLog.Kind.REFUSED,
                caller,
                OPEN,
                user.organization(),
                Subject.of("user", user.id()),
                AuditLog.Result.DENIED,
                Optional.empty(),
                why,
                Map.of());
    }

    private static AuditLog.Fact note(
            Caller caller, String action, Subject about, String because, Map<String, String> data) {
        return new AuditLog.Fact(
                AuditLog.Kind.NOTE,
                caller,
                action,
                caller.organization(),
                about,
                AuditLog.Result.SUCCESS,
                Optional.empty(),
                because,
                data);
    }

    private static String shortened(String address) {
        return address.length() <= 100 ? address : address.substring(0, 100);
    }
}
