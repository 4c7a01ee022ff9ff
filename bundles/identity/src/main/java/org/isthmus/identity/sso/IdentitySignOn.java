// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.SignOn;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.login.IdentityLogins;
import org.isthmus.identity.password.Backoff;
import org.isthmus.identity.password.Secrets;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/** {@link SignOn}. Which check failed is written down for the organization; a stranger is told only what to do. */
@Component(service = SignOn.class, configurationPid = "org.isthmus.identity.sso")
@Designate(ocd = SsoConfig.class)
public final class IdentitySignOn implements SignOn {
    private static final Duration COME_BACK = Duration.ofSeconds(10);

    private final OrganizationStore organizations;
    private final LinkedDirectories directories;
    private final IdentityLogins logins;
    private final Backoff backoff;
    private final Secrets secrets;
    private final Arrivals arrivals;
    private final Turns turns = new Turns();
    private final Memory memory;
    private final CodeFlow flow;
    private final LogoutTokens logouts;

    private record Found(OrganizationView organization, Directory directory, Provider provider) {
        DirectoryView view() {
            return directory.view();
        }
    }

    @Activate
    public IdentitySignOn(
            @Reference Tx tx,
            @Reference OrganizationStore organizations,
            @Reference DirectoryStore directoryStore,
            @Reference LinkedDirectories directories,
            @Reference UserStore users,
            @Reference GroupStore groups,
            @Reference Gates gates,
            @Reference IdentityLogins logins,
            @Reference Backoff backoff,
            @Reference Secrets secrets,
            @Reference Clock clock,
            SsoConfig config) {
        this(
                tx,
                organizations,
                directoryStore,
                directories,
                users,
                groups,
                gates,
                logins,
                backoff,
                secrets,
                clock,
                config.loopback());
    }

    /** Without a container. No second public constructor: SCR takes one with as many arguments for the component's own. */
    public static IdentitySignOn embedded(
            Tx tx,
            OrganizationStore organizations,
            DirectoryStore directoryStore,
            LinkedDirectories directories,
            UserStore users,
            GroupStore groups,
            Gates gates,
            IdentityLogins logins,
            Backoff backoff,
            Secrets secrets,
            Clock clock,
            boolean loopback) {
        return new IdentitySignOn(
                tx,
                organizations,
                directoryStore,
                directories,
                users,
                groups,
                gates,
                logins,
                backoff,
                secrets,
                clock,
                loopback);
    }

    private IdentitySignOn(
            Tx tx,
            OrganizationStore organizations,
            DirectoryStore directoryStore,
            LinkedDirectories directories,
            UserStore users,
            GroupStore groups,
            Gates gates,
            IdentityLogins logins,
            Backoff backoff,
            Secrets secrets,
            Clock clock,
            boolean loopback) {
        this.organizations = organizations;
        this.directories = directories;
        this.logins = logins;
        this.backoff = backoff;
        this.secrets = secrets;
        this.arrivals = new Arrivals(users, groups, directoryStore, gates);
        this.memory = new SsoStore(tx, clock);
        Wire wire = new HttpWire(loopback);
        Discovery discovery = new Discovery(wire, clock);
        SignedTokens tokens = new SignedTokens(new KeySets(wire, clock));
        this.flow = new CodeFlow(wire, discovery, tokens, memory, clock);
        this.logouts = new LogoutTokens(discovery, tokens, memory, clock);
    }

    @Override
    public List<Offer> offers(Ref organization) {
        return organizations
                .resolve(organization)
                .map(in -> directories.of(in.id(), Kind.OIDC).stream()
                        .map(view -> new Offer(view.name()))
                        .toList())
                .orElse(List.of());
    }

    private Found find(Ref organization, Ref directory) {
        Optional<OrganizationView> in = organizations.resolve(organization);
        return in.flatMap(own -> directories.find(own.id(), directory, Kind.OIDC))
                .map(found -> new Found(
                        in.get(), found, Configured.provider(found, in.get().name())))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no such provider here."));
    }

    @Override
    public Departure begin(Ref organization, Ref directory, Optional<String> next, Origin origin) {
        Found found = find(organization, directory);
        requirePatience(found, origin);
        try {
            Begun begun = turns.in(
                    found.organization().id().value(),
                    found.provider().key(),
                    () -> flow.begin(
                            found.provider(), secrets.bearer("ssi_"), secrets.bearer("ssp_"), next, origin.address()));
            return new Departure(begun.to(), begun.state(), begun.pledge(), CodeFlow.LONGEST);
        } catch (Untrusted e) {
            if (e.refusal() == Refusal.NEXT) {
                throw Problem.MALFORMED.at(
                        "next", "This is a path of this controller: it begins with one slash, and has no other host.");
            }
            logins.refused(found.view(), "single sign-on, begin: " + e.getMessage(), origin);
            throw away(e);
        }
    }

    @Override
    public Optional<String> next(Ref organization, Ref directory, Secret state) {
        Found found = find(organization, directory);
        return memory.seen(CodeFlow.digest(state))
                .filter(login -> login.provider().equals(found.provider().key()))
                .flatMap(Underway::next);
    }

    @Override
    public SessionOpened finish(
            Ref organization,
            Ref directory,
            Map<String, List<String>> response,
            Optional<Secret> pledge,
            Origin origin) {
        Found found = find(organization, directory);
        requirePatience(found, origin);
        Supplier<Optional<SessionOpened>> login = () -> {
            Signed who = flow.finish(found.provider(), state(response), pledge, response);
            UserId user = arrivals.user(found.directory(), caller(found, origin), who);
            String how = "single sign-on by " + found.view().name()
                    + (who.strongAt().isPresent() ? ", second factor there" : "");
            IdentityLogins.There there = new IdentityLogins.There(who.session(), Optional.of(who.subject()));
            return logins.opened(found.view(), user, who.strongAt(), there, how, origin);
        };
        Optional<SessionOpened> opened;
        try {
            opened =
                    turns.in(found.organization().id().value(), found.provider().key(), login);
        } catch (Untrusted e) {
            logins.refused(found.view(), "single sign-on: " + e.getMessage(), origin);
            throw refused(e, origin);
        }
        return opened.orElseThrow(() -> refused(new Untrusted(Refusal.NOT_ACTIVE), origin));
    }

    private static Secret state(Map<String, List<String>> response) {
        List<String> given = response.getOrDefault("state", List.of());
        if (given.size() != 1) {
            throw new Untrusted(Refusal.STATE, given.size() + " given");
        }
        return new Secret(given.get(0));
    }

    @Override
    public void logout(Ref organization, Ref directory, Secret token, Origin origin) {
        Found found = find(organization, directory);
        requirePatience(found, origin);
        try {
            LogoutTokens.Logout logout = turns.in(
                    found.organization().id().value(),
                    found.provider().key(),
                    () -> logouts.logout(found.provider(), token.reveal()));
            logins.ended(
                    found.view(),
                    new IdentityLogins.There(logout.session(), logout.subject()),
                    () -> logouts.use(found.provider(), logout),
                    origin);
        } catch (Untrusted e) {
            logins.refused(found.view(), "logout by the provider: " + e.getMessage(), origin);
            throw refused(e, origin);
        }
    }

    private static Caller caller(Found found, Origin origin) {
        return Directory.caller(
                found.view(), found.organization().name(), origin.door(), origin.address(), origin.requestId());
    }

    private void requirePatience(Found found, Origin origin) {
        backoff.pause(origin.address()).ifPresent(pause -> {
            logins.refused(found.view(), "single sign-on: too many failures from this address; not looked at", origin);
            throw Problem.TOO_MANY.retryAfter(
                    pause, "Too many logins from this address failed; wait until the next attempt.");
        });
    }

    private ProblemException refused(Untrusted why, Origin origin) {
        switch (why.refusal()) {
            case ADDRESS, UNREACHABLE, REDIRECTED, OVERSIZE, ANSWER, ISSUER, METADATA, PKCE -> {
                return away(why);
            }
            case DENIED -> {
                return IdentityProblem.SIGN_ON_REFUSED.because(
                        "Your provider did not let you in. Begin again, and log in there; if it stays so, ask whoever runs it.");
            }
            case UNKNOWN_PERSON, NOT_ACTIVE, CLAIMS, PROVISIONING -> {
                return IdentityProblem.SIGN_ON_REFUSED.because(
                        "Your provider knows you, but you cannot be let in here. Ask an administrator of your organization,"
                                + " who finds the reason in the audit log by the request id %s.",
                        origin.requestId());
            }
            default -> {
                backoff.failed(origin.address());
                return IdentityProblem.SIGN_ON_REFUSED.because(
                        "This login is not right: perhaps it took longer than %d minutes, was used before, or was begun in"
                                + " another browser. Begin again; if it stays so, give an administrator the request id %s.",
                        CodeFlow.LONGEST.toMinutes(), origin.requestId());
            }
        }
    }

    private static ProblemException away(Untrusted why) {
        return Problem.UNAVAILABLE.retryAfter(
                COME_BACK,
                why.refusal() == Refusal.UNREACHABLE
                        ? "Your provider does not answer. Try again in a moment, or ask whoever runs it."
                        : "Your provider is not set up right here. Ask an administrator of your organization, who finds the"
                                + " reason in the audit log.");
    }
}
