// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Passing;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.approval.Approvals.ApprovalView;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.Events;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Directories.DirectoryTokenView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.SignOn;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.price.Prices;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.api.webhook.Webhooks;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EventId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/** Everything behind REST, by hand: two users, one of each thing. */
final class FakeCloud {
    static final String ADMIN = "admin-token";
    static final String MEMBER = "member-token";
    static final String FRESH = "fresh-token";
    static final OrganizationId PLATFORM = new OrganizationId("org_" + Samples.UUID);

    final FakeGate gate = new FakeGate();
    final List<Event> events = new CopyOnWriteArrayList<>();
    final ByteArrayOutputStream uploaded = new ByteArrayOutputStream();
    final Set<String> revoked = java.util.concurrent.ConcurrentHashMap.newKeySet();
    boolean exported;
    byte[] content = "0123456789".getBytes(StandardCharsets.US_ASCII);
    volatile Query lastQuery = Query.all();
    volatile OperationState operationState = OperationState.SUCCEEDED;
    volatile Duration lastPatience = Duration.ZERO;
    final AtomicInteger consolesOpened = new AtomicInteger();
    private final CountDownLatch awaited = new CountDownLatch(1);
    volatile boolean broken;
    volatile boolean busy;
    /** Where the organization wants its API used by VPN only: the address from which people come by it. */
    volatile Optional<String> tunnel = Optional.empty();

    volatile boolean loginsBroken;

    /** What the database says when it is busy or away. */
    private static final class Busy extends RuntimeException implements Passing {
        private static final long serialVersionUID = 1L;

        Busy() {
            super("BUSY: no connection was free at db.internal");
        }

        @Override
        public boolean passing() {
            return true;
        }
    }

    /** Returns once somebody has begun to wait for an operation. */
    void awaitSomebodyWaiting() throws InterruptedException {
        assertTrue(awaited.await(20, TimeUnit.SECONDS));
    }

    Access access() {
        return new FakeAccess();
    }

    Services services() {
        return new Services()
                .with(Gate.class, gate)
                .with(Logins.class, new FakeLogins())
                .with(Access.class, access())
                .with(Organizations.class, new FakeOrganizations())
                .with(Departments.class, new FakeDepartments())
                .with(Users.class, new FakeUsers())
                .with(Roles.class, new FakeRoles())
                .with(Grants.class, new FakeGrants())
                .with(Sessions.class, new FakeSessions())
                .with(SignOn.class, new FakeSignOn())
                .with(Approvals.class, new FakeApprovals())
                .with(SshCertificates.class, new FakeCertificates())
                .with(AccessReviews.class, new FakeReviews())
                .with(BreakGlass.class, new FakeBreakGlass())
                .with(Tokens.class, new FakeTokens())
                .with(Directories.class, new FakeDirectories())
                .with(Syncs.class, new FakeSyncs())
                .with(Groups.class, new FakeGroups())
                .with(Provisioning.class, new ScimWorld())
                .with(Locations.class, new FakeLocations())
                .with(Networks.class, new FakeNetworks())
                .with(Images.class, new FakeImages())
                .with(Servers.class, new FakeServers())
                .with(Operations.class, new FakeOperations())
                .with(Events.class, new FakeEvents())
                .with(AuditTrail.class, new FakeAudit())
                .with(Prices.class, new FakePrices())
                .with(LimitList.class, new FakeLimits())
                .with(Webhooks.class, new FakeWebhooks())
                .with(MoveBatches.class, new FakeMoveBatches())
                .with(ServerLeases.class, new FakeLeases());
    }

    Event happened(String type) {
        Event event = new Event(
                new EventId("evt_" + Samples.UUID),
                events.size() + 1L,
                PLATFORM,
                type,
                new Subject("server", "srv_" + Samples.UUID),
                Samples.NOW,
                java.util.Map.of());
        synchronized (events) {
            events.add(event);
            events.notifyAll();
        }
        return event;
    }

    private <V> Page<V> page(Query query, Class<V> type) {
        lastQuery = query;
        if (broken) {
            throw new IllegalStateException("the fake is broken, as told");
        }
        if (busy) {
            throw new Busy();
        }
        if (query.page().cursor().filter(cursor -> !cursor.equals("abc")).isPresent()) {
            throw Problem.MALFORMED.at("cursor", "That is no cursor of this list.");
        }
        return new Page<>(
                List.of(Samples.of(type)), query.page().cursor().isPresent() ? Optional.empty() : Optional.of("abc"));
    }

    private <V> V one(Caller caller, Ref ref, Class<V> type) {
        if (ref.text().equals("missing")) {
            throw Problem.NOT_FOUND.because("There is no such thing here.");
        }
        if (ref.text().equals("forbidden")) {
            throw Problem.FORBIDDEN.because("You lack it, %s.", caller.username());
        }
        return Samples.of(type);
    }

    private abstract class Fake<V> implements Listing<V> {
        private final Class<V> type;

        Fake(Class<V> type) {
            this.type = type;
        }

        @Override
        public Page<V> list(Caller caller, Ref organization, Query query) {
            one(caller, organization, OrganizationView.class);
            return page(query, type);
        }

        @Override
        public V get(Caller caller, Ref organization, Ref ref) {
            one(caller, organization, OrganizationView.class);
            return one(caller, ref, type);
        }
    }

    /** One provider, at which everybody whose browser kept its part is let in. */
    private static final class FakeSignOn implements SignOn {
        @Override
        public List<Offer> offers(Ref organization) {
            return List.of(new Offer(new Name("corp")));
        }

        @Override
        public Departure begin(Ref organization, Ref directory, Optional<String> next, Logins.Origin origin) {
            if (next.filter(path -> !path.startsWith("/console")).isPresent()) {
                throw Problem.MALFORMED.at("next", "This is a path of this controller.");
            }
            return new Departure(
                    URI.create("https://idp.example/authorize?state=" + next.orElse("plain")),
                    new Secret(next.orElse("plain")),
                    new Secret("kept-by-the-browser"),
                    Duration.ofMinutes(10));
        }

        @Override
        public Optional<String> next(Ref organization, Ref directory, Secret state) {
            return Optional.of(state.reveal()).filter(text -> text.startsWith("/"));
        }

        @Override
        public Logins.SessionOpened finish(
                Ref organization,
                Ref directory,
                Map<String, List<String>> response,
                Optional<Secret> pledge,
                Logins.Origin origin) {
            boolean right = pledge.equals(Optional.of(new Secret("kept-by-the-browser")));
            if (!right && !response.getOrDefault("state", List.of()).equals(List.of("text"))) {
                throw IdentityProblem.SIGN_ON_REFUSED.because("Begin again.");
            }
            return new Logins.SessionOpened(new Secret(MEMBER), Samples.NOW, Samples.of(UserView.class), false);
        }

        @Override
        public void logout(Ref organization, Ref directory, Secret token, Logins.Origin origin) {
            if (!token.reveal().equals("right")) {
                throw IdentityProblem.SIGN_ON_REFUSED.because("That token is not right.");
            }
        }
    }

    private final class FakeLogins implements Logins {
        @Override
        public Caller directoryCaller(Secret bearer, Origin origin) {
            throw Problem.NOT_LOGGED_IN.because("There is no directory here.");
        }

        @Override
        public SessionOpened login(String username, Secret password, Optional<Secret> code, Origin origin) {
            if (password.reveal().equals("right, with a code") && !code.equals(Optional.of(new Secret("123456")))) {
                throw IdentityProblem.SECOND_FACTOR_NEEDED.because("The code is missing or wrong.");
            }
            if (!password.reveal().startsWith("right")) {
                throw IdentityProblem.WRONG_LOGIN.because("Username or password is not right.");
            }
            return new SessionOpened(
                    new Secret(MEMBER), Samples.NOW, Samples.of(UserView.class), username.startsWith("fresh"));
        }

        @Override
        public Caller caller(Secret bearer, Origin origin) {
            if (loginsBroken) {
                throw new IllegalStateException("the fake is broken, as told");
            }
            if (revoked.contains(bearer.reveal())
                    || !Set.of(ADMIN, MEMBER, FRESH).contains(bearer.reveal())) {
                throw Problem.NOT_LOGGED_IN.because("That token is not known.");
            }
            return new Caller(
                    Caller.Kind.USER,
                    Optional.of(Samples.of(UserId.class)),
                    bearer.reveal().replace("-token", "@demo"),
                    PLATFORM,
                    origin.door(),
                    origin.address(),
                    origin.requestId(),
                    Optional.empty(),
                    bearer.reveal().equals(FRESH));
        }

        @Override
        public void logout(Secret bearer, Origin origin) {
            revoked.add(bearer.reveal());
        }

        @Override
        public Optional<Caller> shellLogin(String username, Secret password, Origin origin) {
            return Optional.empty();
        }

        @Override
        public Caller localRoot(String requestId) {
            return Caller.localRoot(PLATFORM, requestId);
        }

        @Override
        public OrganizationId platform() {
            return PLATFORM;
        }
    }

    private final class FakeAccess implements Access {
        @Override
        public Optional<Instant> until(Caller caller, Action action, Ref organization, Collection<Resource> things) {
            return Optional.empty();
        }

        @Override
        public Decision decide(Caller caller, Action action, Ref organization) {
            boolean operator = caller.username().startsWith("admin");
            if (action == Action.POLICY_READ && !operator) {
                return new Decision(
                        Verdict.FORBIDDEN, Optional.of(Samples.of(OrganizationView.class)), List.of("no grant"));
            }
            return action.platform() && !operator
                    ? new Decision(Verdict.ABSENT, Optional.empty(), List.of())
                    : new Decision(
                            Verdict.ALLOWED, Optional.of(Samples.of(OrganizationView.class)), List.of("because"));
        }

        @Override
        public List<DepartmentId> departments(OrganizationId organization, Ref named) {
            return List.of(new DepartmentId(named.text()));
        }

        @Override
        public void requireStepUp(Caller caller, OrganizationView organization) {
            // nobody has a second factor here
        }

        @Override
        public void requireTunnel(Caller caller) {
            if (tunnel.filter(inside -> !inside.equals(caller.address())).isPresent()) {
                throw Plan.Violation.of(Samples.of(OrganizationView.class), "requireVpnForApi", "", "come by the VPN.")
                        .as(IdentityProblem.VPN_NEEDED, "");
            }
        }

        @Override
        public List<DepartmentId> departments(Caller caller) {
            return List.of();
        }

        @Override
        public Visibility visible(Caller caller, Action action) {
            return new Visibility(true, Set.of());
        }

        @Override
        public OrganizationId platform() {
            return PLATFORM;
        }
    }

    private final class FakeOrganizations implements Organizations {
        @Override
        public Page<OrganizationView> list(Caller caller, Query query) {
            return page(query, OrganizationView.class);
        }

        @Override
        public OrganizationView get(Caller caller, Ref organization) {
            return one(caller, organization, OrganizationView.class);
        }

        @Override
        public Optional<OrganizationView> find(OrganizationId organization) {
            return Optional.empty();
        }
    }

    private final class FakeDepartments extends Fake<Departments.DepartmentView> implements Departments {
        FakeDepartments() {
            super(DepartmentView.class);
        }
    }

    private final class FakeUsers extends Fake<UserView> implements Users {
        FakeUsers() {
            super(UserView.class);
        }

        @Override
        public Optional<UserView> find(UserId user) {
            return Optional.empty();
        }
    }

    private final class FakeRoles implements Roles {
        @Override
        public List<RoleView> all(Caller caller, Ref organization) {
            return List.of(one(caller, new Ref("web-1"), RoleView.class));
        }

        @Override
        public RoleView get(Caller caller, Ref organization, Ref role) {
            return one(caller, role, RoleView.class);
        }
    }

    private final class FakeGrants extends Fake<Grants.GrantView> implements Grants {
        FakeGrants() {
            super(GrantView.class);
        }

        @Override
        public AccessView explain(
                Caller caller, Ref organization, Ref user, Action action, Optional<Subject> resource) {
            return new AccessView(
                    true, List.of(Reason.of(user + " may " + action.key() + resource.map(Subject::kind))));
        }

        @Override
        public Page<HolderView> holders(
                Caller caller,
                Ref organization,
                Action action,
                Optional<Subject> resource,
                Optional<Instant> at,
                Page.Request page) {
            return Page.last(List.of(one(caller, new Ref("web-1"), HolderView.class)));
        }

        @Override
        public Page<PeriodView> history(
                Caller caller,
                Ref organization,
                Ref user,
                Optional<Instant> from,
                Optional<Instant> to,
                Page.Request page) {
            return Page.last(List.of(one(caller, user, PeriodView.class)));
        }
    }

    private final class FakeSessions extends Fake<Sessions.OpenSessionView> implements Sessions {
        FakeSessions() {
            super(OpenSessionView.class);
        }
    }

    private final class FakeBreakGlass extends Fake<BreakGlass.BreakGlassView> implements BreakGlass {
        FakeBreakGlass() {
            super(BreakGlassView.class);
        }
    }

    private final class FakeReviews extends Fake<AccessReviews.ReviewView> implements AccessReviews {
        FakeReviews() {
            super(ReviewView.class);
        }

        @Override
        public Page<ReviewLineView> lines(Caller caller, Ref organization, Ref review, Query query) {
            return Page.last(List.of(one(caller, review, ReviewLineView.class)));
        }
    }

    private final class FakeApprovals extends Fake<Approvals.ApprovalView> implements Approvals {
        FakeApprovals() {
            super(ApprovalView.class);
        }
    }

    private final class FakeCertificates extends Fake<SshCertificates.CertificateView> implements SshCertificates {
        FakeCertificates() {
            super(CertificateView.class);
        }

        @Override
        public AuthorityView authority(Caller caller, Ref organization) {
            one(caller, organization, OrganizationView.class);
            return Samples.of(AuthorityView.class);
        }
    }

    private final class FakeDirectories extends Fake<Directories.DirectoryView> implements Directories {
        FakeDirectories() {
            super(DirectoryView.class);
        }

        @Override
        public Page<DirectoryTokenView> tokens(Caller caller, Ref organization, Ref directory, Query query) {
            return page(query, DirectoryTokenView.class);
        }
    }

    private final class FakeSyncs implements Syncs {
        @Override
        public SyncView last(Caller caller, Ref organization, Ref directory) {
            return one(caller, directory, SyncView.class);
        }

        @Override
        public SyncPlanView preview(Caller caller, Ref organization, Ref directory) {
            return one(caller, directory, SyncPlanView.class);
        }

        @Override
        public LookView look(Caller caller, Ref organization, Ref directory) {
            return one(caller, directory, LookView.class);
        }
    }

    private final class FakeLeases extends Fake<ServerLeases.LeaseView> implements ServerLeases {
        FakeLeases() {
            super(LeaseView.class);
        }
    }

    private final class FakeMoveBatches extends Fake<MoveBatchView> implements MoveBatches {
        FakeMoveBatches() {
            super(MoveBatchView.class);
        }

        @Override
        public MoveBatchPlan plan(Caller caller, MoveServers wish) {
            return one(caller, wish.organization(), MoveBatchPlan.class);
        }
    }

    private final class FakeWebhooks extends Fake<Webhooks.WebhookView> implements Webhooks {
        FakeWebhooks() {
            super(WebhookView.class);
        }
    }

    private final class FakeGroups extends Fake<Groups.GroupView> implements Groups {
        FakeGroups() {
            super(GroupView.class);
        }

        @Override
        public Page<UserView> members(Caller caller, Ref organization, Ref group, Query query) {
            return page(query, UserView.class);
        }
    }

    private final class FakeTokens extends Fake<Tokens.TokenView> implements Tokens {
        FakeTokens() {
            super(TokenView.class);
        }
    }

    private final class FakeLocations implements Locations {
        @Override
        public Page<LocationView> list(Caller caller, Query query) {
            return page(query, LocationView.class);
        }

        @Override
        public LocationView get(Caller caller, Ref location) {
            return one(caller, location, LocationView.class);
        }

        @Override
        public Page<EndpointView> endpoints(Caller caller, Ref location, Query query) {
            return page(query, EndpointView.class);
        }

        @Override
        public EndpointView endpoint(Caller caller, Ref location, Ref endpoint) {
            return one(caller, endpoint, EndpointView.class);
        }

        @Override
        public Page<HostView> hosts(Caller caller, Ref location, Query query) {
            return page(query, HostView.class);
        }

        @Override
        public HostView host(Caller caller, Ref location, Ref host) {
            return one(caller, host, HostView.class);
        }

        @Override
        public List<Locations.TemplateView> templates(Caller caller, Ref location, Ref endpoint) {
            return List.of(Samples.of(Locations.TemplateView.class));
        }

        @Override
        public List<DriverView> drivers(Caller caller) {
            return List.of(new DriverView("web-1", "a driver", "1", List.of(), Set.of("snapshots")));
        }
    }

    private final class FakeNetworks extends Fake<Networks.NetworkView> implements Networks {
        FakeNetworks() {
            super(NetworkView.class);
        }
    }

    private final class FakeImages extends Fake<Images.ImageView> implements Images {
        FakeImages() {
            super(ImageView.class);
        }

        @Override
        public Uploaded upload(
                Caller caller, Ref organization, Ref image, long first, long length, long total, InputStream part)
                throws IOException {
            if (first != uploaded.size()) {
                throw ImageProblem.WRONG_OFFSET
                        .because("Go on at %d.", uploaded.size())
                        .with("uploadOffset", (long) uploaded.size());
            }
            uploaded.write(part.readNBytes((int) length));
            return new Uploaded(
                    uploaded.size(),
                    uploaded.size() == total
                            ? Optional.of(FakeGate.operation(OperationState.PENDING))
                            : Optional.empty());
        }

        @Override
        public Content content(Caller caller, Ref organization, Ref image, int disk) {
            return content(disk == 0 ? content : ("disk " + disk).getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public Content export(Caller caller, Ref organization, Ref image, ExportFormat format) {
            if (!exported) {
                throw ImageProblem.NOT_EXPORTED.because("Not yet.");
            }
            return content(("an " + format).getBytes(StandardCharsets.US_ASCII));
        }

        private Content content(byte[] bytes) {
            ImageView sample = Samples.of(ImageView.class);
            ImageView view = new ImageView(
                    sample.id(),
                    sample.name(),
                    sample.organization(),
                    sample.department(),
                    sample.os(),
                    ImageState.READY,
                    Optional.empty(),
                    sample.format(),
                    sample.sha256(),
                    bytes.length,
                    Optional.of((long) bytes.length),
                    Optional.empty(),
                    sample.disks(),
                    sample.shape(),
                    sample.copies(),
                    sample.tags(),
                    sample.createdAt(),
                    sample.createdBy(),
                    sample.version());
            return new Content() {
                @Override
                public ImageView image() {
                    return view;
                }

                @Override
                public long sizeBytes() {
                    return bytes.length;
                }

                @Override
                public Sha256 mark() {
                    return sample.sha256().orElseThrow();
                }

                @Override
                public InputStream open(long offset) {
                    return new ByteArrayInputStream(Arrays.copyOfRange(bytes, (int) offset, bytes.length));
                }
            };
        }
    }

    private final class FakeServers extends Fake<ServerView> implements Servers {
        FakeServers() {
            super(ServerView.class);
        }

        @Override
        public List<ServerView.SnapshotView> snapshots(Caller caller, Ref organization, Ref server) {
            return List.of(Samples.of(ServerView.SnapshotView.class));
        }

        @Override
        public TicketHolder ticketHolder(Secret ticket) {
            return new TicketHolder("member@demo", PLATFORM);
        }

        @Override
        public ConsoleLine openConsole(Secret ticket) {
            consolesOpened.incrementAndGet();
            if (!ticket.reveal().equals("good ticket")) {
                throw ServerProblem.NO_CONSOLE.because("That ticket is used up.");
            }
            return new Echo(() -> !revoked.contains("console"));
        }

        @Override
        public byte[] consoleLog(Caller caller, Ref organization, Ref server, int maxBytes) {
            return "login: ".getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A console that says hello and then repeats what it is told. */
    private static final class Echo implements Servers.ConsoleLine {
        private final PipedOutputStream in = new PipedOutputStream();
        private final PipedInputStream out;
        private final BooleanSupplier allowed;

        Echo(BooleanSupplier allowed) {
            this.allowed = allowed;
            try {
                out = new PipedInputStream(in, 65536);
                in.write("hello ".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public InputStream output() {
            return out;
        }

        @Override
        public OutputStream input() {
            return in;
        }

        @Override
        public boolean allowed() {
            return allowed.getAsBoolean();
        }

        @Override
        public void close() {
            try {
                in.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private final class FakeLimits extends Fake<LimitList.LimitView> implements LimitList {
        FakeLimits() {
            super(LimitView.class);
        }
    }

    private final class FakeOperations extends Fake<OperationView> implements Operations {
        FakeOperations() {
            super(OperationView.class);
        }

        @Override
        public OperationView get(Caller caller, OperationId operation) {
            return FakeGate.operation(operationState);
        }

        @Override
        public OperationView await(Caller caller, OperationId operation, Duration longest) {
            awaited.countDown();
            return FakeGate.operation(operationState);
        }
    }

    private final class FakeEvents implements Events {
        @Override
        public List<Event> after(Caller caller, long sequence, int max, Duration longest) {
            lastPatience = longest;
            long end = System.nanoTime() + longest.toNanos();
            synchronized (events) {
                List<Event> found = newer(sequence, max);
                while (found.isEmpty() && System.nanoTime() < end) {
                    try {
                        TimeUnit.NANOSECONDS.timedWait(events, end - System.nanoTime());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return found;
                    }
                    found = newer(sequence, max);
                }
                return found;
            }
        }

        private List<Event> newer(long sequence, int max) {
            return events.stream()
                    .filter(event -> event.sequence() > sequence)
                    .limit(max)
                    .toList();
        }

        @Override
        public long newest() {
            return events.size();
        }
    }

    private final class FakeAudit implements AuditTrail {
        @Override
        public Page<EntryView> entries(Caller caller, Ref organization, Query query) {
            return page(query, EntryView.class);
        }

        @Override
        public String checkpoint(Caller caller) {
            return "isthmus\n3\nAAAA\n\n— isthmus sig\n";
        }

        @Override
        public List<String> inclusionProof(Caller caller, long index, long size) {
            return List.of("ab" + index, "cd" + size);
        }

        @Override
        public List<String> consistencyProof(Caller caller, long from, long to) {
            return List.of("ef" + from + to);
        }

        @Override
        public String leaf(Caller caller, long index) {
            return "AA==";
        }
    }

    private final class FakePrices implements Prices {
        @Override
        public PriceBookView book(Caller caller, Ref organization) {
            return one(caller, organization, PriceBookView.class);
        }

        @Override
        public Page<UsageView> usage(Caller caller, Ref organization, Query query) {
            return page(query, UsageView.class);
        }
    }
}
