// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.event.Event;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Policy;
import org.isthmus.audit.EmbeddedAudit;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.embedded.EmbeddedCore;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.server.ServerAssembly.Patience;
import org.isthmus.core.swap.Swaps;
import org.isthmus.driver.kvm.KvmDriverFactory;
import org.isthmus.driver.ovn.OvnDriverFactory;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverFactory;
import org.isthmus.store.embedded.EmbeddedDatabase;

/**
 * The whole controller in this process, at work: Derby on disk, identity, audit, core, and the drivers that ship. Its location
 * has the lab's two KVM hosts, by libvirt over TLS, and the lab's OVN, by TLS too. It serves two organizations.
 */
final class Cloud implements AutoCloseable {
    static final Ref HERE = new Ref("here");

    private static final Duration SOON = Duration.ofSeconds(60);
    /** Every round of upkeep comes this soon: tests wait for it. */
    private static final Duration OFTEN = Duration.ofSeconds(2);

    private static final long MOST_IMAGE = 1L << 30;
    private static final int MOST_EVENTS = 1000;

    private final Lab lab;
    private final EmbeddedDatabase database;
    private final EmbeddedAudit audit;
    private final EmbeddedIdentity identity;
    private final EmbeddedCore core;
    private final Caller root;
    private final Tenant acme;
    private final Tenant globex;
    private List<DriverFactory> drivers = newDrivers();

    private Cloud(Lab lab, Path directory) {
        this.lab = lab;
        Clock clock = Clock.systemUTC();
        Ids ids = new Ids(clock);
        database = EmbeddedDatabase.open(directory.resolve("database"), clock);
        audit = EmbeddedAudit.open(database, clock, ids, directory);
        Swappable<AuditLog> log = new Swappable<>("The audit log");
        log.bind(audit.log(), 0);
        identity = EmbeddedIdentity.open(database, clock, ids, log, directory.resolve("admin-password"));
        core = new EmbeddedCore(
                database,
                clock,
                ids,
                Swaps.of(identity.access(), audit.log()).with(identity.users(), identity.departments()),
                Worker.Settings.DEFAULT,
                OperationsPart.unprobed(),
                settings(directory),
                identity.handlers());
        identity.ask(core.domain().owned());
        audit.start(identity.access());
        root = identity.logins().localRoot("itests-hosts");
        drivers.forEach(core::add);
        core.start();
        furnish();
        acme = tenant("acme", "ann");
        globex = tenant("globex", "gus");
    }

    private static Settings settings(Path directory) {
        return new Settings(
                directory.resolve("images"),
                directory.resolve("secrets.key"),
                directory.resolve("cache"),
                MOST_IMAGE,
                new Patience(Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(60), OFTEN),
                OFTEN,
                OFTEN);
    }

    static Cloud start(Lab lab) {
        try {
            Path directory = Path.of("target/cloud-" + Path.of(lab.fact("LAB")).getFileName())
                    .toAbsolutePath();
            if (Files.exists(directory)) {
                try (Stream<Path> old = Files.walk(directory)) {
                    for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
            return new Cloud(lab, Files.createDirectories(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void furnish() {
        submit(root, new Locations.CreateLocation(new Name("here"), Locations.Kind.ON_PREMISES));
        for (String host : List.of(Lab.H1, Lab.H2)) {
            submit(
                    root,
                    new Locations.CreateEndpoint(
                            HERE,
                            new Name(host),
                            "kvm",
                            Map.of(
                                    "uri",
                                    lab.fact(uriOf(host)),
                                    "storagePath",
                                    lab.storage(host).toString()),
                            Map.of()));
        }
        submit(
                root,
                new Locations.CreateEndpoint(
                        HERE,
                        new Name("ovn"),
                        "ovn",
                        Map.of(
                                "northbound", lab.fact("NB_TLS"),
                                "southbound", lab.fact("SB_TLS"),
                                "caCertificate", text(lab.fact("TLS_CA")),
                                "clientCertificate", text(lab.fact("TLS_CERT"))),
                        Map.of("clientKey", new Secret(text(lab.fact("TLS_KEY"))))));
        Waiting.until(
                "both hosts are there",
                SOON,
                () -> hosts().size() == 2 ? Optional.of(true) : Optional.empty(),
                () -> endpoints().toString());
        for (HostView host : hosts()) {
            // so that a test can say where its server should be
            submit(
                    root,
                    new Locations.ChangeHost(
                            HERE,
                            Ref.of(host.id()),
                            host.version(),
                            Optional.empty(),
                            Optional.of(Set.of(host.name())),
                            Optional.of(new Locations.Overcommit(1000, 100, 200))));
        }
    }

    /** One host by TLS and one by SSH: whatever a test does on both is done both ways. */
    private static String uriOf(String host) {
        return host.equals(Lab.H1) ? "H1_LIBVIRT_TLS" : "H2_LIBVIRT_LIBSSH2";
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An organization whose administrator has logged in and chosen a password, with the tiny image. */
    private Tenant tenant(String name, String administrator) {
        Secret first = submit(
                        root,
                        new Organizations.CreateOrganization(
                                new Name(name),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(new Policy(1000, Duration.ZERO, Optional.empty(), List.of())),
                                Optional.of(new Users.FirstAdministrator(
                                        administrator, administrator + "@" + name + ".example"))))
                .result()
                .administrator()
                .orElseThrow()
                .oneTimePassword()
                .orElseThrow();
        Secret chosen = new Secret("a password of " + administrator);
        submit(
                login(administrator + "@" + name, first),
                new Users.ChangePassword(new Ref(name), new Ref(administrator), first, chosen));
        Tenant tenant = new Tenant(this, new Ref(name), login(administrator + "@" + name, chosen));
        tenant.image(lab.guestImage());
        return tenant;
    }

    /** Somebody of an organization who may one thing on one server, logged in. */
    Caller person(Tenant of, String name, String role, ServerId server) {
        Secret first = submit(
                        of.caller(),
                        new Users.CreateUser(
                                of.organization(),
                                name,
                                name + "@" + of.organization() + ".example",
                                Optional.empty(),
                                UserView.Kind.PERSON))
                .result()
                .oneTimePassword()
                .orElseThrow();
        Secret chosen = new Secret("a password of " + name);
        String username = name + "@" + of.organization();
        submit(login(username, first), new Users.ChangePassword(of.organization(), new Ref(name), first, chosen));
        submit(
                of.caller(),
                new Grants.CreateGrant(
                        of.organization(),
                        new Subject("user", name),
                        role,
                        Subject.of("server", server),
                        Optional.empty(),
                        Optional.empty()));
        return login(username, chosen);
    }

    private Caller login(String username, Secret password) {
        Logins.Origin origin = new Logins.Origin(Caller.Door.REST, "192.0.2.7", "itests-hosts");
        return identity.logins()
                .caller(identity.logins().login(username, password, origin).token(), origin);
    }

    <R> Gate.Outcome.Accepted<R> submit(Caller caller, Command<R> command) {
        return core.heart().gate().submit(caller, command);
    }

    Lab lab() {
        return lab;
    }

    EmbeddedCore core() {
        return core;
    }

    /** An operator. */
    Caller root() {
        return root;
    }

    Tenant acme() {
        return acme;
    }

    Tenant globex() {
        return globex;
    }

    List<Tenant> tenants() {
        return List.of(acme, globex);
    }

    private static List<DriverFactory> newDrivers() {
        return List.of(new KvmDriverFactory(), new OvnDriverFactory());
    }

    /** As when their bundles are stopped and started: what is under way ends first, then their endpoints are opened anew. */
    void replaceDrivers() {
        drivers.forEach(core.domain().drivers()::unbind);
        drivers = newDrivers();
        drivers.forEach(core::add);
    }

    List<HostView> hosts() {
        return core.domain().locations().hosts(root, HERE, Query.all()).items();
    }

    String hostName(HostId id) {
        return core.domain().locations().host(root, HERE, Ref.of(id)).name();
    }

    List<EndpointView> endpoints() {
        return core.domain().locations().endpoints(root, HERE, Query.all()).items();
    }

    EndpointView endpoint(String name) {
        return core.domain().locations().endpoint(root, HERE, new Ref(name));
    }

    HealthState health(String endpoint) {
        return endpoint(endpoint).health().state();
    }

    long newestEvent() {
        return core.heart().events().newest();
    }

    /** The events of a type after a sequence number, when there are any soon. */
    Event event(long after, String type, String subject) {
        return Waiting.until(
                "the event " + type + " of " + subject,
                Duration.ofSeconds(30),
                () -> core.heart().events().after(root, after, MOST_EVENTS, Duration.ZERO).stream()
                        .filter(event -> event.type().equals(type)
                                && event.subject().id().equals(subject))
                        .findFirst());
    }

    @Override
    public void close() {
        core.close();
        audit.close();
        database.close();
        lab.close();
    }
}
