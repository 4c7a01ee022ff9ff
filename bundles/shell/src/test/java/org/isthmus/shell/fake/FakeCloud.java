// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.fake;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.api.price.Prices;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.NicView;
import org.isthmus.api.server.Servers;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.shell.Services;

/** A cloud in memory, just enough of it to be seen through a shell. */
public final class FakeCloud {
    public static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");
    public static final String PASSWORD = "correct horse battery";
    public static final Estimate A_NETWORK =
            Estimate.of("USD", List.of(new Estimate.Line(Item.NETWORK, 1, Money.usd("0.20"))));

    public final Ids ids = new Ids(Clock.fixed(NOW, ZoneOffset.UTC));
    public final OrganizationView platform = organization("platform");
    public final OrganizationView acme = organization("acme");
    public final Locations.LocationView berlin =
            new Locations.LocationView(ids.location(), new Name("berlin"), Locations.Kind.CLOUD, NOW, "root", 1);
    public final FakeGate gate = new FakeGate();
    public final FakeLogins logins = new FakeLogins();
    public final FakeNetworks networks = new FakeNetworks();
    public final FakeServers servers = new FakeServers();
    public final FakeOperations operations = new FakeOperations();
    public final FakeUsers users = new FakeUsers();
    public final FakeLocations locations = new FakeLocations();

    private OrganizationView organization(String name) {
        return new OrganizationView(
                ids.organization(), new Name(name), name, Optional.empty(), Policy.DEFAULT, NOW, "root", 3);
    }

    /** All of it behind a shell. */
    public Services services() {
        return new Services(Duration.ZERO)
                .with(Ids.class, ids)
                .with(Gate.class, gate)
                .with(Logins.class, logins)
                .with(Organizations.class, new FakeOrganizations())
                .with(Networks.class, networks)
                .with(Servers.class, servers)
                .with(Users.class, users)
                .with(Operations.class, operations)
                .with(Prices.class, new FakePrices())
                .with(Locations.class, locations);
    }

    public Caller operator(String address) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(logins.olga),
                "olga@platform",
                platform.id(),
                Caller.Door.SHELL,
                address,
                "login",
                Optional.empty(),
                false);
    }

    public OperationView operation(OperationState state, int progress) {
        return new OperationView(
                ids.operation(),
                platform.id(),
                "network.create",
                new Subject("network", "net"),
                state,
                Optional.of("ENSURE"),
                List.of("ENSURE"),
                progress,
                1,
                Optional.empty(),
                NOW,
                "olga@platform",
                Optional.empty(),
                1);
    }

    public Networks.NetworkView network(String name) {
        return new Networks.NetworkView(
                ids.network(),
                new Name(name),
                platform.id(),
                Optional.empty(),
                berlin.id(),
                Cidr.of("10.1.0.0/24"),
                "10.1.0.1",
                true,
                "acme.internal",
                false,
                Map.of("stage", "test"),
                Networks.NetworkState.ACTIVE,
                Optional.empty(),
                Optional.empty(),
                A_NETWORK,
                NOW,
                "olga@platform",
                1);
    }

    /** A running server with these interfaces. */
    public ServerView server(String name, NicView... nics) {
        return new ServerView(
                ids.server(),
                new Name(name),
                platform.id(),
                Optional.empty(),
                berlin.id(),
                ServerState.RUNNING,
                Optional.empty(),
                "ON",
                1,
                128,
                ids.image(),
                List.of(),
                List.of(nics),
                Stream.of(nics).map(NicView::address).toList(),
                List.of(),
                Optional.empty(),
                Map.of(),
                false,
                Servers.Placement.DEFAULT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                A_NETWORK,
                NOW,
                "olga@platform",
                1);
    }

    /** Remembers what was submitted, and answers as told. */
    public final class FakeGate implements Gate {
        public record Submitted(Caller caller, Command<?> command, boolean dryRun) {}

        public final List<Submitted> submitted = new ArrayList<>();
        private final Map<Class<?>, Outcome.Accepted<?>> answers = new HashMap<>();
        private Optional<ProblemException> refusal = Optional.empty();
        /** Whether what is asked for waits for a second person. */
        public boolean secondPerson;

        public <R> void answer(Class<? extends Command<R>> command, Outcome.Accepted<R> answer) {
            answers.put(command, answer);
        }

        public void refuse(ProblemException problem) {
            refusal = Optional.of(problem);
        }

        @Override
        @SuppressWarnings("unchecked") // answer() keeps a command's answers by its class
        public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
            submitted.add(new Submitted(caller, command, submission.dryRun()));
            refusal.ifPresent(problem -> {
                throw problem;
            });
            if (submission.dryRun()) {
                return new Outcome.Allowed<>(A_NETWORK);
            }
            if (secondPerson) {
                return new Outcome.Waiting<>(
                        operation(OperationState.WAITING_APPROVAL, 0), List.of("It costs too much."));
            }
            if (command instanceof Networks.CreateNetwork create && !answers.containsKey(command.getClass())) {
                Networks.NetworkView made = network(create.name().value());
                networks.all.add(made);
                OperationView operation = operation(OperationState.PENDING, 0);
                operations.known.put(operation.id(), operation);
                operations.next.add(OperationState.RUNNING);
                operations.next.add(OperationState.SUCCEEDED);
                return (Outcome<R>) new Outcome.Accepted<>(made, Optional.of(operation));
            }
            Outcome.Accepted<?> answer = answers.get(command.getClass());
            if (answer == null) {
                throw Problem.CONFLICT.because(
                        "The fake cloud cannot do %s.", command.getClass().getSimpleName());
            }
            return (Outcome<R>) answer;
        }

        @Override
        public void refused(Caller caller, String action, Subject about, ProblemException problem) {
            throw new IllegalStateException("Nothing in the shell is refused before there is a command");
        }
    }

    /** A price book in dollars. */
    private static final class FakePrices implements Prices {
        @Override
        public PriceBookView book(Caller caller, Ref organization) {
            return new PriceBookView("shipped", "USD", Map.of(Item.NETWORK, Money.usd("0.20")));
        }

        @Override
        public Page<UsageView> usage(Caller caller, Ref organization, Query query) {
            return Page.last(List.of());
        }
    }

    /** Knows olga, an operator, and carl, a customer. */
    public final class FakeLogins implements Logins {
        public final UserId olga = ids.user();
        public final List<Origin> origins = new ArrayList<>();

        @Override
        public SessionOpened login(String username, Secret password, Optional<Secret> code, Origin origin) {
            throw new IllegalStateException("The shell opens no REST sessions");
        }

        @Override
        public Caller caller(Secret bearer, Origin origin) {
            throw new IllegalStateException("The shell takes no bearer tokens");
        }

        @Override
        public Caller directoryCaller(Secret bearer, Origin origin) {
            throw new IllegalStateException("The shell takes no bearer tokens");
        }

        @Override
        public void logout(Secret bearer, Origin origin) {
            throw new IllegalStateException("The shell takes no bearer tokens");
        }

        @Override
        public Optional<Caller> shellLogin(String username, Secret password, Origin origin) {
            origins.add(origin);
            return username.equals("olga@platform") && password.reveal().equals(PASSWORD)
                    ? Optional.of(operator(origin.address()))
                    : Optional.empty();
        }

        @Override
        public Caller localRoot(String requestId) {
            return Caller.localRoot(platform.id(), requestId);
        }

        @Override
        public OrganizationId platform() {
            return platform.id();
        }
    }

    /** The platform and acme. */
    public final class FakeOrganizations implements Organizations {
        @Override
        public Page<OrganizationView> list(Caller caller, Query query) {
            return Page.last(List.of(platform, acme));
        }

        @Override
        public OrganizationView get(Caller caller, Ref organization) {
            return list(caller, Query.all()).items().stream()
                    .filter(each ->
                            named(organization, each.id().value(), each.name().value()))
                    .findFirst()
                    .orElseThrow(() -> Problem.NOT_FOUND.because("There is no organization %s.", organization));
        }

        @Override
        public Optional<OrganizationView> find(OrganizationId organization) {
            throw new IllegalStateException("The shell asks as somebody");
        }
    }

    /** Pages of two, so that there is more than one. */
    public static final class FakeNetworks implements Networks {
        public final List<NetworkView> all = new ArrayList<>();
        public Optional<Query> asked = Optional.empty();
        public Optional<Ref> in = Optional.empty();

        @Override
        public Page<NetworkView> list(Caller caller, Ref organization, Query query) {
            asked = Optional.of(query);
            in = Optional.of(organization);
            int from = query.page().cursor().map(Integer::valueOf).orElse(0);
            int to = Math.min(all.size(), from + Math.min(2, query.page().limit()));
            return new Page<>(
                    all.subList(from, to), to < all.size() ? Optional.of(Integer.toString(to)) : Optional.empty());
        }

        @Override
        public NetworkView get(Caller caller, Ref organization, Ref ref) {
            return all.stream()
                    .filter(each -> named(ref, each.id().value(), each.name().value()))
                    .findFirst()
                    .orElseThrow(() -> Problem.NOT_FOUND.because("There is no network %s.", ref));
        }
    }

    /** Servers without consoles and snapshots. */
    public static final class FakeServers implements Servers {
        public final List<ServerView> all = new ArrayList<>();

        @Override
        public Page<ServerView> list(Caller caller, Ref organization, Query query) {
            return Page.last(all);
        }

        @Override
        public ServerView get(Caller caller, Ref organization, Ref ref) {
            return all.stream()
                    .filter(each -> named(ref, each.id().value(), each.name().value()))
                    .findFirst()
                    .orElseThrow(() -> Problem.NOT_FOUND.because("There is no server %s.", ref));
        }

        @Override
        public List<ServerView.SnapshotView> snapshots(Caller caller, Ref organization, Ref server) {
            return List.of();
        }

        @Override
        public TicketHolder ticketHolder(Secret ticket) {
            throw new IllegalStateException("The shell opens no consoles");
        }

        @Override
        public ConsoleLine openConsole(Secret ticket) {
            throw new IllegalStateException("The shell opens no consoles");
        }

        @Override
        public byte[] consoleLog(Caller caller, Ref organization, Ref server, int maxBytes) {
            return new byte[0];
        }
    }

    /** Operations that take the next of given states each time somebody waits. */
    public static final class FakeOperations implements Operations {
        public final Map<OperationId, OperationView> known = new HashMap<>();
        public final Deque<OperationState> next = new ArrayDeque<>();

        @Override
        public OperationView get(Caller caller, OperationId operation) {
            return Optional.ofNullable(known.get(operation))
                    .orElseThrow(() -> Problem.NOT_FOUND.because("There is no operation %s.", operation));
        }

        @Override
        public OperationView await(Caller caller, OperationId operation, Duration longest) {
            OperationView now = get(caller, operation);
            if (next.isEmpty()) {
                return now;
            }
            OperationState state = next.remove();
            OperationView then = new OperationView(
                    operation,
                    now.organization(),
                    now.type(),
                    now.subject(),
                    state,
                    now.step(),
                    now.steps(),
                    state == OperationState.SUCCEEDED ? 100 : 50,
                    1,
                    state == OperationState.FAILED ? Optional.of("no host has room") : Optional.empty(),
                    NOW,
                    now.createdBy(),
                    Optional.empty(),
                    now.version() + 1);
            known.put(operation, then);
            return then;
        }

        @Override
        public Page<OperationView> list(Caller caller, Ref organization, Query query) {
            return Page.last(List.copyOf(known.values()));
        }

        @Override
        public OperationView get(Caller caller, Ref organization, Ref ref) {
            return get(caller, new OperationId(ref.text()));
        }
    }

    /** One user, olga. */
    public final class FakeUsers implements Users {
        public UserView user(UserView.State state) {
            return new UserView(
                    logins.olga,
                    "olga",
                    "olga",
                    platform.id(),
                    "olga@example.org",
                    Optional.empty(),
                    UserView.Kind.PERSON,
                    state,
                    false,
                    NOW,
                    "root",
                    7);
        }

        @Override
        public Page<UserView> list(Caller caller, Ref organization, Query query) {
            return Page.last(List.of(user(UserView.State.ACTIVE)));
        }

        @Override
        public UserView get(Caller caller, Ref organization, Ref ref) {
            return user(UserView.State.ACTIVE);
        }

        @Override
        public Optional<UserView> find(UserId user) {
            throw new IllegalStateException("The shell asks as somebody");
        }
    }

    /** Berlin, where an endpoint of the sample driver leads to one host. */
    public final class FakeLocations implements Locations {
        public final DriverView sample = new DriverView(
                "sample",
                "A driver to look at",
                "1.2.3",
                List.of(
                        new SettingView("uri", "TEXT", true, false, Optional.empty(), List.of(), "Where it is"),
                        new SettingView(
                                "mode", "CHOICE", false, false, Optional.of("fast"), List.of("fast", "safe"), "How"),
                        new SettingView("password", "TEXT", false, true, Optional.empty(), List.of(), "Its password")),
                Set.of("COMPUTE"));

        public EndpointView endpoint(String name) {
            return new EndpointView(
                    ids.endpoint(),
                    new Name(name),
                    berlin.id(),
                    "sample",
                    Map.of("uri", "sample:///"),
                    Set.of("password"),
                    new Health(HealthState.UP, "fine", Optional.of(NOW)),
                    Set.of("Snapshots"),
                    true,
                    false,
                    NOW,
                    "root",
                    4);
        }

        public HostView host() {
            return new HostView(
                    ids.host(),
                    "h1",
                    berlin.id(),
                    ids.endpoint(),
                    8,
                    16384,
                    100,
                    2,
                    4096,
                    10,
                    Overcommit.DEFAULT,
                    Set.of("ssd"),
                    true,
                    false,
                    "",
                    NOW,
                    "root",
                    5);
        }

        @Override
        public Page<LocationView> list(Caller caller, Query query) {
            return Page.last(List.of(berlin));
        }

        @Override
        public LocationView get(Caller caller, Ref location) {
            return berlin;
        }

        @Override
        public Page<EndpointView> endpoints(Caller caller, Ref location, Query query) {
            return Page.last(List.of(endpoint("first")));
        }

        @Override
        public EndpointView endpoint(Caller caller, Ref location, Ref endpoint) {
            return endpoint(endpoint.text());
        }

        @Override
        public Page<HostView> hosts(Caller caller, Ref location, Query query) {
            return Page.last(List.of(host()));
        }

        @Override
        public HostView host(Caller caller, Ref location, Ref host) {
            return host();
        }

        @Override
        public List<TemplateView> templates(Caller caller, Ref location, Ref endpoint) {
            return List.of(new TemplateView(
                    "template-7", "debian-12", 2, 2048, Optional.of("Debian"), List.of(8L << 30), Optional.empty()));
        }

        @Override
        public List<DriverView> drivers(Caller caller) {
            return List.of(sample);
        }
    }

    private static boolean named(Ref ref, String id, String name) {
        return ref.text().equals(id) || ref.text().equals(name);
    }
}
