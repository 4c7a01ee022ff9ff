// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.core.Handling;
import org.isthmus.core.Moment;
import org.isthmus.core.Times;
import org.isthmus.core.server.ServerAssembly.Certificates;
import org.isthmus.core.ssh.Authorities.Authority;
import org.isthmus.core.ssh.Certificate;
import org.isthmus.core.ssh.CertificateStore;
import org.isthmus.core.ssh.SshKey;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;

/** Certificates for root inside servers. */
public final class RootAccess implements SshCertificates {
    private static final String SOURCES = "source-address";
    private static final String TERMINAL = "permit-pty";
    private static final int MOST_KEY_ID = 400;

    private final Swaps swaps;
    private final Workbench bench;
    private final CertificateStore certificates;
    private final Ids ids;
    private final SecureRandom random;
    private final Certificates limits;

    RootAccess(
            Swaps swaps,
            Workbench bench,
            CertificateStore certificates,
            Ids ids,
            SecureRandom random,
            Certificates limits) {
        this.swaps = swaps;
        this.bench = bench;
        this.certificates = certificates;
        this.ids = ids;
        this.random = random;
        this.limits = limits;
    }

    /** What carries out the commands. */
    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                ServerCommands.on(bench, IssueSshCertificate.class, this::issue),
                new Handling<>(RotateSshAuthority.class, this::rotate));
    }

    private Plan<IssuedCertificate> issue(Caller caller, OrganizationView organization, IssueSshCertificate wish) {
        UserId user = caller.user()
                .orElseThrow(
                        () -> Problem.FORBIDDEN.because(
                                "A certificate is in the name of a user; log in as one. The machine's root and the system get none."));
        SshKey key = key(wish);
        Duration good = validity(wish);
        Server server = bench.tx().read(() -> bench.servers().must(organization.id(), wish.server()));
        requireThere(server);
        return Plan.<IssuedCertificate>of(server.subject(), change -> {
                    Server now = bench.servers().must(server.id());
                    requireThere(now);
                    Authority authority = authority(change, now, wish);
                    Instant until = until(change, organization, now, good, wish);
                    certificates.take(user, change.now(), limits.perHour());
                    return issued(change, user, now, key, authority, until, wish);
                })
                .opens();
    }

    private static SshKey key(IssueSshCertificate wish) {
        try {
            return SshKey.of(wish.publicKey());
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("/publicKey", e.getMessage());
        }
    }

    private Duration validity(IssueSshCertificate wish) {
        if (wish.validFor().filter(time -> time.compareTo(limits.longest()) > 0).isPresent()) {
            throw Problem.MALFORMED.at("/validFor", "A certificate is good for at most " + limits.longest() + " here.");
        }
        return wish.validFor().orElse(USUAL.compareTo(limits.longest()) < 0 ? USUAL : limits.longest());
    }

    private static void requireThere(Server server) {
        if (server.state() == ServerState.DELETED || server.state() == ServerState.FAILED) {
            throw ServerProblem.WRONG_STATE.because("Server %s is %s.", server.name(), server.state());
        }
    }

    /** What signs for this server: nothing, once the key that its guest trusts was abandoned. */
    private Authority authority(Change change, Server server, IssueSshCertificate wish) {
        if (wish.authority().isPresent()) {
            int number = wish.authority().get();
            Authority given = bench.authorities()
                    .find(server.organization(), number)
                    .filter(Authority::signs)
                    .orElseThrow(() -> Problem.MALFORMED.at(
                            "/authority", "The SSH authority has no key " + number + " that signs; see GET …/ssh-ca."));
            bench.parts().trusts(server.id(), number);
            return given;
        }
        Optional<Integer> trusted = bench.parts().trust(server.id());
        return bench.authorities()
                .signing(Moment.of(change), trusted, "system")
                .orElseThrow(() -> Problem.CONFLICT.because(
                        "Server %s trusts key %d of the SSH authority, which was abandoned: it takes no certificate that is"
                                + " signed today. Deploy it anew, or put the key in use (GET …/ssh-ca) into its"
                                + " /etc/ssh/isthmus/authorities, by its console or a key of its own, and say so once with"
                                + " the number of that key in authority.",
                        server.name(), trusted.orElse(0)));
    }

    /** Its end: never after that of the right by which it is issued. */
    private Instant until(
            Change change, OrganizationView organization, Server server, Duration good, IssueSshCertificate wish) {
        Instant wished = change.now().truncatedTo(ChronoUnit.SECONDS).plus(good).truncatedTo(ChronoUnit.SECONDS);
        List<Resource> things = bench.things().named(organization, wish.about(), Optional.empty());
        Optional<Instant> end = swaps.access()
                .call(access -> access.until(change.caller(), wish.action(), Ref.of(organization.id()), things));
        Instant until = end.map(one -> one.truncatedTo(ChronoUnit.SECONDS))
                .filter(one -> one.isBefore(wished))
                .orElse(wished);
        if (!until.isAfter(change.now())) {
            throw Access.lacking(wish.action(), "server " + server.name());
        }
        return until;
    }

    private IssuedCertificate issued(
            Change change,
            UserId user,
            Server server,
            SshKey key,
            Authority authority,
            Instant until,
            IssueSshCertificate wish) {
        // whole seconds, as in the certificate: the second it was issued in is part of it
        Instant from = change.now().truncatedTo(ChronoUnit.SECONDS);
        CertificateView issued = new CertificateView(
                ids.sshCertificate(),
                String.valueOf(random.nextLong(1, Long.MAX_VALUE)),
                keyId(change.caller(), server),
                server.id(),
                change.caller().username(),
                key.fingerprint(),
                authority.generation(),
                from.minus(SKEW),
                until,
                Times.kept(change.now()),
                change.caller().address());
        String line = bench.authorities()
                .sign(
                        authority,
                        new Certificate(
                                key,
                                Long.parseLong(issued.serial()),
                                issued.keyId(),
                                List.of(server.id().value()),
                                issued.validAfter(),
                                issued.validBefore(),
                                critical(wish),
                                extensions(wish)));
        certificates.insert(server.organization(), user, issued);
        tell(change, server, issued, wish);
        return new IssuedCertificate(
                line,
                issued.serial(),
                issued.keyId(),
                List.of(server.id().value()),
                issued.fingerprint(),
                issued.validAfter(),
                issued.validBefore());
    }

    private static void tell(Change change, Server server, CertificateView issued, IssueSshCertificate wish) {
        change.note("certificate", issued.id().value());
        change.note("serial", issued.serial());
        change.note("fingerprint", issued.fingerprint());
        change.note("validAfter", issued.validAfter().toString());
        change.note("validBefore", issued.validBefore().toString());
        change.note("authority", String.valueOf(issued.authority()));
        if (!wish.forwarding().isEmpty()) {
            change.note(
                    "forwarding",
                    wish.forwarding().stream().sorted().map(Enum::name).collect(Collectors.joining(" ")));
        }
        if (!wish.sources().isEmpty()) {
            change.note("sources", sources(wish));
        }
        change.event(
                "server.root-issued",
                server.subject(),
                Map.of(
                        "name", server.name().value(),
                        "by", issued.username(),
                        "serial", issued.serial(),
                        "validBefore", issued.validBefore().toString()));
    }

    /** A guest logs it: nothing in it looks like another line or another field. */
    private static String keyId(Caller caller, Server server) {
        String text = plain(caller.username()) + " " + server.id() + " " + plain(caller.requestId());
        return text.substring(0, Math.min(MOST_KEY_ID, text.length()));
    }

    private static String plain(String text) {
        return text.replaceAll("[^!-~]", "_");
    }

    private static SortedMap<String, String> critical(IssueSshCertificate wish) {
        return new TreeMap<>(wish.sources().isEmpty() ? Map.of() : Map.of(SOURCES, sources(wish)));
    }

    private static String sources(IssueSshCertificate wish) {
        return wish.sources().stream().map(Cidr::toString).collect(Collectors.joining(","));
    }

    private static List<String> extensions(IssueSshCertificate wish) {
        List<String> all = new ArrayList<>(List.of(TERMINAL));
        wish.forwarding().forEach(each -> all.add(permission(each)));
        return all;
    }

    private static String permission(Forwarding forwarding) {
        return switch (forwarding) {
            case PORTS -> "permit-port-forwarding";
            case AGENT -> "permit-agent-forwarding";
            case X11 -> "permit-X11-forwarding";
        };
    }

    private Plan<AuthorityView> rotate(Caller caller, OrganizationView organization, RotateSshAuthority wish) {
        Plan<AuthorityView> plan = Plan.of(wish.about(), change -> {
            Authority made = bench.authorities()
                    .next(Moment.of(change), wish.abandon(), change.caller().username());
            if (wish.abandon()) {
                bench.parts().trustAnew(organization.id(), made.generation());
            }
            bench.authorities().forgetBut(organization.id(), bench.parts().trusted(organization.id()));
            change.note("number", String.valueOf(made.generation()));
            change.note("fingerprint", made.fingerprint());
            change.note("abandoned", String.valueOf(wish.abandon()));
            return view(organization.id());
        });
        // who was let in by the keys of before is not any more
        return wish.abandon() ? plan.destroying() : plan;
    }

    private AuthorityView view(OrganizationId organization) {
        List<Authority> all = bench.authorities().all(organization);
        return new AuthorityView(all.stream().map(each -> key(each, all.get(0))).toList());
    }

    private static AuthorityKey key(Authority authority, Authority inUse) {
        KeyState signing = authority.equals(inUse) ? KeyState.IN_USE : KeyState.FORMER;
        return new AuthorityKey(
                authority.generation(),
                authority.signs() ? signing : KeyState.ABANDONED,
                authority.publicKey(),
                authority.fingerprint(),
                authority.createdAt(),
                authority.createdBy());
    }

    @Override
    public AuthorityView authority(Caller caller, Ref organization) {
        // whoever sees any server: what is shown is in the seed of each
        Access.Reach reach = swaps.access().call(access -> access.reach(caller, Action.SERVER_READ, organization));
        return bench.tx().read(() -> view(reach.organization().id()));
    }

    @Override
    public Page<CertificateView> list(Caller caller, Ref organization, Query query) {
        OrganizationView of = swaps.access().call(access -> access.require(caller, Action.AUDIT_READ, organization));
        return bench.tx().read(() -> certificates.page(of.id(), query));
    }

    @Override
    public CertificateView get(Caller caller, Ref organization, Ref certificate) {
        OrganizationView of = swaps.access().call(access -> access.require(caller, Action.AUDIT_READ, organization));
        return bench.tx()
                .read(() -> certificates.find(of.id(), certificate))
                .orElseThrow(() ->
                        Problem.NOT_FOUND.because("No certificate %s was issued in this organization.", certificate));
    }
}
