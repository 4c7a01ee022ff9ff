// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.image.Images;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.Servers;
import org.isthmus.audit.EmbeddedAudit;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.embedded.EmbeddedCore;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.driver.fake.FakeDriverFactory;
import org.isthmus.driver.fake.Ledger;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.tck.SettableClock;

/**
 * The whole controller on one directory: database, identity, audit, core and the fake driver, without a container and without
 * threads of its own. Opened again after a kill it goes on where it was.
 */
final class Controller implements AutoCloseable {
    static final Ref ACME = new Ref("acme");
    static final Ref HERE = new Ref("here");
    private static final Duration MOST = Duration.ofHours(2);

    final SettableClock clock;
    final Caller root;
    private final Path directory;
    private final EmbeddedDatabase database;
    private final EmbeddedAudit audit;
    private final EmbeddedIdentity identity;
    final EmbeddedCore core;
    final FakeDriverFactory fake = new FakeDriverFactory();

    Controller(Path directory, Instant start, Worker.Probe probe) {
        this.directory = directory;
        clock = new SettableClock(start);
        Ids ids = new Ids(clock);
        database = Place.open(directory, clock);
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
                probe,
                Settings.in(directory),
                identity.handlers());
        audit.start(identity.access());
        root = identity.logins().localRoot("crash");
        core.add(fake);
    }

    <R> Gate.Outcome.Accepted<R> submit(Caller caller, Command<R> command) {
        return core.heart().gate().submit(caller, command);
    }

    /** The organization's administrator, logged in. */
    Caller ann() throws IOException {
        String password = Files.readString(directory.resolve("ann-password"));
        Logins.Origin origin = new Logins.Origin(Caller.Door.REST, "192.0.2.7", "crash");
        Logins.SessionOpened session = identity.logins().login("ann@acme", new Secret(password), origin);
        return identity.logins().caller(session.token(), origin);
    }

    /** A location with two fake hosts, an organization with an administrator, a network, an image. */
    void furnish() throws IOException {
        submit(root, new Locations.CreateLocation(new Name("here"), Locations.Kind.CLOUD));
        submit(root, new Locations.CreateEndpoint(HERE, new Name("simulator"), "fake", Map.of(), Map.of()));
        core.domain().upkeep().runOnce();
        Organizations.OrganizationCreated made = submit(
                        root,
                        new Organizations.CreateOrganization(
                                new Name("acme"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(Policy.DEFAULT),
                                Optional.of(new org.isthmus.api.identity.Users.FirstAdministrator(
                                        "ann", "ann@acme.example"))))
                .result();
        submit(
                root,
                new LimitList.CreateLimit(
                        ACME,
                        new Subject("organization", "acme"),
                        Optional.of(Money.usd("1000000")),
                        Optional.of(Money.usd("1000")),
                        Optional.empty()));
        String first = made.administrator()
                .orElseThrow()
                .oneTimePassword()
                .orElseThrow()
                .reveal();
        Files.writeString(directory.resolve("ann-password"), first);
        Caller newcomer = ann();
        String password = "a long way to Tipperary";
        submit(
                newcomer,
                new org.isthmus.api.identity.Users.ChangePassword(
                        ACME, new Ref("ann"), new Secret(first), new Secret(password)));
        Files.writeString(directory.resolve("ann-password"), password);
        Caller ann = ann();
        finish(ann, network(ann, "private", "10.1.0.0/24"));
        finish(ann, image(ann, "tiny"));
    }

    /** An image and its whole content; the operation that checks it. */
    Optional<OperationView> image(Caller ann, String name) {
        submit(ann, new Images.CreateImage(ACME, new Name(name), Optional.empty(), Optional.empty(), Map.of()));
        byte[] content = new byte[1024 * 1024];
        try {
            return core.domain()
                    .images()
                    .upload(
                            ann,
                            ACME,
                            new Ref(name),
                            0,
                            content.length,
                            content.length,
                            new ByteArrayInputStream(content))
                    .operation();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<OperationView> network(Caller ann, String name, String cidr) {
        return submit(ann, new Networks.CreateNetwork(ACME, new Name(name), HERE, Cidr.of(cidr), false, true, Map.of()))
                .operation();
    }

    Optional<OperationView> deploy(Caller ann, String name) {
        return submit(
                        ann,
                        new Servers.DeployServer(
                                ACME,
                                new Name(name),
                                List.of(new Servers.WishedNic(new Ref("private"), Optional.empty())),
                                new Ref("tiny"),
                                new Servers.Flavor(2, 512),
                                List.of(4L, 2L),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Map.of(),
                                false,
                                Optional.empty(),
                                Servers.Placement.DEFAULT))
                .operation();
    }

    /** Works until the operation has ended, letting the clock go on when there is nothing to do at the moment. */
    OperationView finish(Caller caller, Optional<OperationView> operation) {
        OperationId id = operation.orElseThrow().id();
        settle();
        return core.heart().operations().get(caller, id);
    }

    /** Works until no operation is under way. */
    void settle() {
        Instant end = clock.instant().plus(MOST);
        core.heart().worker().runUntilIdle();
        while (!underWay().isEmpty()) {
            if (clock.instant().isAfter(end)) {
                throw new IllegalStateException("Still under way after two hours of its clock: " + underWay());
            }
            clock.advance(Duration.ofSeconds(1));
            core.heart().worker().runUntilIdle();
            // bulk work of drivers runs on real threads: let it be seen
            Thread.onSpinWait();
        }
        core.heart().events().runOnce();
    }

    List<OperationView> underWay() {
        return operations().stream().filter(each -> !each.state().ended()).toList();
    }

    List<OperationView> operations() {
        return core.heart().operations().list(root, ACME, Query.all()).items();
    }

    Map<OperationState, Integer> endings() {
        Map<OperationState, Integer> counted = new HashMap<>();
        operations().forEach(each -> counted.merge(each.state(), 1, Integer::sum));
        return counted;
    }

    Ledger.Contents ledger() {
        // in the endpoint's cache: each copy of the directory has a far end of its own
        try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
            return Ledger.read(files.filter(file -> file.endsWith("ledger.jsonl"))
                    .findFirst()
                    .orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    EmbeddedAudit audit() {
        return audit;
    }

    @Override
    public void close() {
        core.close();
        audit.close();
        database.close();
    }
}
