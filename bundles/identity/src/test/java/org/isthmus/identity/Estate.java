// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.FirstAdministrator;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.OrganizationCreated;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.identity.setting.Settings;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.store.seal.SecretBox;

/** A database with identity on it, a small gate, and shortcuts to people and organizations. */
public final class Estate implements AutoCloseable {
    /** What everybody chooses here. */
    public static final Secret PASSWORD = new Secret("seven green turtles sing");

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final SettableClock clock = new SettableClock();
    private final Ids ids = new Ids(clock);
    private final EmbeddedDatabase database;
    private final Path passwordFile;
    private final SecretBox seal;
    private final ListedAudit audit;
    private final Swappable<AuditLog> audits =
            new Swappable<>("The audit log", Duration.ofMillis(10), Duration.ofSeconds(1));
    private final EmbeddedIdentity identity;
    private final List<String> events = new CopyOnWriteArrayList<>();

    /** An organization and the one who administers it. */
    public record Customer(OrganizationView organization, Caller administrator) {
        public Ref ref() {
            return Ref.of(organization.name());
        }

        public OrganizationId id() {
            return organization.id();
        }
    }

    private Estate(String name) {
        database = EmbeddedDatabase.inMemory(name, clock);
        try {
            passwordFile = Files.createTempDirectory("isthmus-identity").resolve("isthmus-admin-password");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            seal = SecretBox.withKeyFile(passwordFile.resolveSibling("secrets.key"), new SecureRandom());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        audit = new ListedAudit(database.tx(), ids);
        audits.bind(audit, 0);
        identity = another();
    }

    public static Estate open(Class<?> test) {
        return new Estate(test.getSimpleName());
    }

    /** Another controller on the same database. */
    public EmbeddedIdentity another() {
        return another(settings());
    }

    private Settings settings() {
        Settings cheap = EmbeddedIdentity.cheap(passwordFile);
        return new Settings(
                cheap.sessionLength(),
                cheap.passwordFile(),
                cheap.argon2(),
                cheap.parallelLogins(),
                cheap.loginWait(),
                cheap.rightsRecheck(),
                cheap.tokenRecheck(),
                true,
                cheap.keysApart(),
                cheap.breakGlassLongest());
    }

    public EmbeddedIdentity another(Settings settings) {
        EmbeddedIdentity controller = gateless(settings);
        controller.tellBy(new SmallGate(controller));
        return controller;
    }

    /** One whose directories have no gate yet. */
    public EmbeddedIdentity gateless() {
        return gateless(settings());
    }

    private EmbeddedIdentity gateless(Settings settings) {
        EmbeddedIdentity controller = EmbeddedIdentity.open(database, clock, ids, audits, settings);
        controller.sealWith(seal);
        return controller;
    }

    public EmbeddedIdentity identity() {
        return identity;
    }

    public EmbeddedDatabase database() {
        return database;
    }

    public SettableClock clock() {
        return clock;
    }

    public Ids ids() {
        return ids;
    }

    public ListedAudit audit() {
        return audit;
    }

    public Swappable<AuditLog> audits() {
        return audits;
    }

    public Path passwordFile() {
        return passwordFile;
    }

    public static Origin origin() {
        return new Origin(Door.REST, "192.0.2.7", "req-1");
    }

    public Caller root() {
        return identity.logins().localRoot("req-root");
    }

    /** A new organization with an administrator who has chosen a password. */
    public Customer customer() {
        Name name = new Name("org-" + COUNTER.incrementAndGet());
        OrganizationCreated created = submit(
                root(),
                new CreateOrganization(
                        name,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new FirstAdministrator("boss", "boss@example.org"))));
        UserCreated boss = created.administrator().orElseThrow();
        return new Customer(
                created.organization(),
                settled("boss@" + name, boss.oneTimePassword().orElseThrow()));
    }

    /** A new person of an organization, password chosen, without any grant. */
    public Caller person(Customer customer, String username) {
        UserCreated created = submit(
                customer.administrator(),
                new CreateUser(
                        customer.ref(), username, username + "@example.org", Optional.empty(), UserView.Kind.PERSON));
        return settled(
                username + "@" + customer.ref(), created.oneTimePassword().orElseThrow());
    }

    /** The same with roles. */
    public Caller person(Customer customer, String username, String... roles) {
        Caller person = person(customer, username);
        for (String role : roles) {
            grant(customer, Subject.of("user", person.user().orElseThrow()), role);
        }
        return person;
    }

    public GrantView grant(Customer customer, Subject subject, String role) {
        return grant(customer, subject, role, Optional.empty(), Optional.empty());
    }

    public GrantView grant(
            Customer customer, Subject subject, String role, Optional<Instant> from, Optional<Instant> until) {
        return submit(
                root(),
                new CreateGrant(customer.ref(), subject, role, Subject.of("organization", customer.id()), from, until));
    }

    /** Logs in with a one-time password, changes it, and goes on in the same session. */
    private Caller settled(String username, Secret oneTime) {
        Secret bearer = identity.logins().login(username, oneTime, origin()).token();
        Caller fresh = identity.logins().caller(bearer, origin());
        submit(
                fresh,
                new ChangePassword(
                        Ref.of(fresh.organization()), Ref.of(fresh.user().orElseThrow()), oneTime, PASSWORD));
        return identity.logins().caller(bearer, origin());
    }

    /** A session of somebody who has chosen the usual password. */
    public Secret login(String username) {
        return identity.logins().login(username, PASSWORD, origin()).token();
    }

    /** Asks for second factors from now on. */
    public void requireMfa(Customer customer, Policy.Mfa when) {
        OrganizationView now = identity.organizations().find(customer.id()).orElseThrow();
        submit(
                root(),
                new SetPolicy(
                        customer.ref(),
                        now.version(),
                        new Policy(25, Duration.ofHours(24), Optional.empty(), List.of(), List.of(), when)));
    }

    public Access.Verdict verdict(Caller caller, Action action, Ref organization) {
        return identity.access().decide(caller, action, organization).verdict();
    }

    public <R> R submit(Caller caller, Command<R> command) {
        return submit(identity, caller, command);
    }

    /** What the gate does, as far as identity is concerned. */
    public <R> R submit(EmbeddedIdentity controller, Caller caller, Command<R> command) {
        Access.Reach reach = controller.access().reach(caller, command.action(), command.organization());
        OrganizationView organization = reach.organization();
        requireInReach(controller, reach, command);
        Plan<R> plan = plan(controller, caller, organization, command);
        if (plan.destructive() || plan.opening()) {
            controller.access().requireStepUp(caller, organization);
        }
        return database.tx().retrying(() -> plan.effect().apply(new Changed(caller, organization.id())));
    }

    /** The plan alone: a dry run. */
    public <R> Plan<R> plan(Caller caller, Command<R> command) {
        return plan(
                identity, caller, identity.access().require(caller, command.action(), command.organization()), command);
    }

    /** The effect of a plan made earlier. */
    public <R> R apply(Caller caller, OrganizationId organization, Plan<R> plan) {
        return database.tx().retrying(() -> plan.effect().apply(new Changed(caller, organization)));
    }

    private static <R> Plan<R> plan(
            EmbeddedIdentity controller, Caller caller, OrganizationView organization, Command<R> command) {
        return handler(controller, command).plan(caller, organization, command);
    }

    @SuppressWarnings("unchecked") // the handler says itself which commands it takes
    private static <R> CommandHandler<Command<R>, R> handler(EmbeddedIdentity controller, Command<R> command) {
        return (CommandHandler<Command<R>, R>) controller.handlers().stream()
                .filter(each -> each.handles() == command.getClass())
                .findFirst()
                .orElseThrow();
    }

    private static <R> void requireInReach(EmbeddedIdentity controller, Access.Reach reach, Command<R> command) {
        if (!reach.everything()) {
            for (Resource each :
                    handler(controller, command).touches(reach.organization(), command, Optional.empty())) {
                if (!reach.covers(each)) {
                    throw Access.lacking(command.action(), each.thing().id());
                }
            }
        }
    }

    /** The small gate as a service, which notes what it is asked for. */
    public Gates gates(List<Command<?>> asked) {
        Gates gates = new Gates();
        gates.bindGate(new Gate() {
            @Override
            public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
                asked.add(command);
                return new Outcome.Accepted<>(Estate.this.submit(caller, command), Optional.empty());
            }

            @Override
            public void refused(Caller caller, String action, Subject about, ProblemException problem) {
                throw new IllegalStateException(problem);
            }
        });
        return gates;
    }

    /** What a test has written past the stores is known from now on, as after an upgrade. */
    public void catchUp() {
        new ChangeCounter(database.tx()).catchUp(clock.instant(), "test");
    }

    @Override
    public void close() {
        // whatever was written in any test: no writer forgot the history
        assertEquals(Set.of(), new ChangeCounter(database.tx()).missed());
        database.close();
        try {
            Files.deleteIfExists(passwordFile);
            Files.deleteIfExists(passwordFile.resolveSibling("secrets.key"));
            Files.deleteIfExists(passwordFile.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The types of all events so far, in their order. */
    public List<String> events() {
        return List.copyOf(events);
    }

    /** Refuses or does, and nothing else. */
    private final class SmallGate implements Gate {
        private final EmbeddedIdentity controller;

        SmallGate(EmbeddedIdentity controller) {
            this.controller = controller;
        }

        @Override
        public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
            return new Outcome.Accepted<>(Estate.this.submit(controller, caller, command), Optional.empty());
        }

        @Override
        public void refused(Caller caller, String action, Subject about, ProblemException problem) {
            throw problem;
        }
    }

    private final class Changed implements Change {
        private final Caller caller;
        private final OrganizationId organization;

        Changed(Caller caller, OrganizationId organization) {
            this.caller = caller;
            this.organization = organization;
        }

        @Override
        public Caller caller() {
            return caller;
        }

        @Override
        public OrganizationId organization() {
            return organization;
        }

        @Override
        public Optional<DepartmentId> department() {
            return Optional.empty();
        }

        @Override
        public Instant now() {
            return clock.instant();
        }

        @Override
        public AuditEntryId attempt() {
            return ids.auditEntry();
        }

        @Override
        public void event(String type, Subject subject, Map<String, String> data) {
            events.add(type);
        }

        @Override
        public void operation(OperationId operation) {
            throw new IllegalStateException("Nothing of identity takes time");
        }

        @Override
        public Optional<OperationId> operation() {
            return Optional.empty();
        }
    }
}
