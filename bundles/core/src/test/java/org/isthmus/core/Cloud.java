// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate.Outcome.Accepted;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.domain.Domain;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.outward.Block;
import org.isthmus.core.outward.Reach;
import org.isthmus.driver.fake.FakeDriverFactory;
import org.isthmus.driver.fake.Ledger;
import org.isthmus.driver.fake.Script;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Name;

/** A whole cloud on a simulator: the house, the domain and the fake driver, all on the test's own thread. */
public final class Cloud implements AutoCloseable {
    public static final Ref ACME = new Ref("acme");
    public static final Ref HERE = new Ref("here");
    public static final Ref NET = new Ref("net");
    public static final Ref IMAGE = new Ref("tiny");

    /** Tests fetch from themselves. */
    public static final Reach AROUND = new Reach(true, List.of(Block.of("127.0.0.1")));

    public final House house;
    public final Domain domain;
    public final Path directory;
    public final FakeDriverFactory driver = new FakeDriverFactory();
    public final CopyingConversions conversions = new CopyingConversions();
    public final Threadless converting = new Threadless();
    public final Threadless fetching = new Threadless();
    public final OrganizationView acme;
    public final Caller operator;
    public final Caller user;

    public Cloud(String name) {
        this(name, OperationsPart.unprobed());
    }

    public Cloud(String name, Worker.Probe probe) {
        this(new House(name, probe), temporary(), Optional.empty());
    }

    /** With real conversions. */
    public Cloud(String name, Conversions real) {
        this(new House(name, OperationsPart.unprobed()), temporary(), Optional.of(real));
    }

    /** With real conversions and other settings. */
    public Cloud(String name, Conversions real, UnaryOperator<Settings> settings) {
        this(new House(name, OperationsPart.unprobed()), temporary(), Optional.of(real), settings);
    }

    /** With other settings. */
    public Cloud(String name, UnaryOperator<Settings> settings) {
        this(new House(name, OperationsPart.unprobed()), temporary(), Optional.empty(), settings);
    }

    private Cloud(House house, Path directory, Optional<Conversions> real) {
        this(house, directory, real, UnaryOperator.identity());
    }

    private Cloud(House house, Path directory, Optional<Conversions> real, UnaryOperator<Settings> settings) {
        this.house = house;
        this.directory = directory;
        this.acme =
                house.access.organization("acme", new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of()));
        this.operator = Caller.localRoot(house.access.platform(), "req-op");
        this.user = house.access.user("ada", "acme");
        try {
            this.domain = new Domain(
                    new Domain.Given(
                            house.tx,
                            house.database.entityManagerFactory("core"),
                            house.database.leases(),
                            "test",
                            house.clock,
                            house.ids,
                            new SecureRandom(),
                            house.swaps,
                            house.operations.book(),
                            house.usage,
                            house.prices,
                            house.limits,
                            house.events,
                            () -> house.gate,
                            () -> {},
                            () -> () -> {},
                            new Threadless(),
                            converting,
                            fetching,
                            Runnable::run,
                            real.orElse(conversions)),
                    settings.apply(around(Settings.in(directory))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        domain.processes().forEach(house.operations.processes()::add);
        domain.handlers().forEach(house.gate::add);
        domain.drivers().bind(driver);
    }

    private static Settings around(Settings usual) {
        return settings(usual, usual.mostImageBytes(), usual.mostDiskBytes(), AROUND);
    }

    /** The same, but for what is said of images. */
    public static Settings settings(Settings usual, long mostImageBytes, long mostDiskBytes, Reach fetches) {
        return new Settings(
                usual.images(),
                usual.keyFile(),
                usual.cache(),
                mostImageBytes,
                mostDiskBytes,
                fetches,
                usual.patience(),
                usual.watchEvery(),
                usual.reconcileEvery(),
                usual.certificates());
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("cloud");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything at once, where it is asked for; or when it is let go on. */
    public static final class Threadless extends AbstractExecutorService {
        private final List<Runnable> held = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();
        private boolean holding;
        private boolean aside;

        /** From now on each is done on a thread of its own. */
        public void aside() {
            aside = true;
        }

        /** Returns when all that was begun aside has ended. */
        public void awaitAll() throws InterruptedException {
            for (Thread thread : threads) {
                thread.join();
            }
        }

        /** From now on nothing is begun. */
        public void hold() {
            holding = true;
        }

        /** What was held is done now. */
        public void letGo() {
            holding = false;
            held.forEach(Runnable::run);
            held.clear();
        }

        @Override
        public void execute(Runnable command) {
            if (holding) {
                held.add(command);
            } else if (aside) {
                Thread thread = new Thread(command, "aside");
                thread.setDaemon(true);
                threads.add(thread);
                thread.start();
            } else {
                command.run();
            }
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    public Script script() {
        return driver.script();
    }

    public <R> Accepted<R> submit(Caller caller, Command<R> command) {
        return house.gate.submit(caller, command);
    }

    /** Submits, lets the operation run until nothing is due, and says how it is. */
    public <R> OperationView run(Caller caller, Command<R> command) {
        OperationView begun = submit(caller, command).operation().orElseThrow();
        house.work();
        return operation(begun.id());
    }

    /** The same, and it has succeeded. */
    public <R> OperationView done(Caller caller, Command<R> command) {
        OperationView operation = run(caller, command);
        if (operation.state() != OperationState.SUCCEEDED) {
            throw new AssertionError(operation.type() + " is " + operation.state() + ": " + operation.reason());
        }
        return operation;
    }

    public OperationView operation(OperationId id) {
        return house.operations.operations().get(operator, id);
    }

    public LocationView location() {
        return submit(operator, new CreateLocation(new Name("here"), Kind.CLOUD))
                .result();
    }

    public EndpointView endpoint(String name, Map<String, String> settings) {
        return submit(operator, new CreateEndpoint(HERE, new Name(name), "fake", settings, Map.of()))
                .result();
    }

    public NetworkView network(String name, String cidr) {
        done(user, new CreateNetwork(ACME, new Name(name), HERE, Cidr.of(cidr), false, true, Map.of()));
        return domain.networks().get(user, ACME, new Ref(name));
    }

    /** An image of some bytes, ready. */
    public ImageView image(String name) {
        submit(user, new CreateImage(ACME, new Name(name), Optional.empty(), Optional.empty(), Map.of()));
        upload(name);
        house.work();
        ImageView image = domain.images().get(user, ACME, new Ref(name));
        if (image.state() != ImageState.READY) {
            throw new AssertionError("The image is " + image.state() + ": " + image.reason());
        }
        return image;
    }

    /** Uploads some bytes for an image; what checks them has begun. */
    public OperationView upload(String image) {
        return upload(image, new byte[4096]);
    }

    /** The same, of these. */
    public OperationView upload(String image, byte[] content) {
        try {
            return domain.images()
                    .upload(
                            user,
                            ACME,
                            new Ref(image),
                            0,
                            content.length,
                            content.length,
                            new ByteArrayInputStream(content))
                    .operation()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A location with one endpoint of two hosts, a network and an image. */
    public Cloud furnished() {
        return furnished(Map.of());
    }

    public Cloud furnished(Map<String, String> settings) {
        location();
        return furnishedHere(settings);
    }

    /** The same, where the location is there already. */
    public Cloud furnishedHere() {
        return furnishedHere(Map.of());
    }

    private Cloud furnishedHere(Map<String, String> settings) {
        endpoint("fake", settings);
        network("net", "10.1.0.0/24");
        image("tiny");
        return this;
    }

    public static DeployServer wish(String name) {
        return new DeployServer(
                ACME,
                new Name(name),
                List.of(new WishedNic(NET, Optional.empty())),
                IMAGE,
                new Flavor(2, 2048),
                List.of(10L),
                List.of("ssh-ed25519 AAAA ada@example"),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                false,
                Optional.empty(),
                Placement.DEFAULT);
    }

    public static DeployServer wish(String name, Placement placement) {
        DeployServer plain = wish(name);
        return new DeployServer(
                plain.organization(),
                plain.name(),
                plain.nics(),
                plain.image(),
                plain.flavor(),
                plain.diskGiB(),
                plain.sshKeys(),
                plain.userData(),
                plain.purpose(),
                plain.tags(),
                plain.isProtected(),
                plain.location(),
                placement);
    }

    public static Placement onHostsWith(String... tags) {
        return new Placement(Placement.DEFAULT.strategy(), Set.of(tags), Optional.empty());
    }

    public ServerView deploy(String name) {
        done(user, wish(name));
        return server(name);
    }

    public ServerView server(String name) {
        return domain.servers().get(operator, ACME, new Ref(name));
    }

    public List<ServerView> servers() {
        return domain.servers().list(operator, ACME, Query.all()).items();
    }

    /** The organization's policy from now on. */
    public void policy(UnaryOperator<Policy> change) {
        house.access.organization("acme", change.apply(acme.policy()));
    }

    /** How many rows a query finds, for what no service shows. */
    public long count(String sql, Object... values) {
        return house.database
                .tx()
                .read(() -> rows().one(sql, row -> row.getLong(1), values))
                .orElse(0L);
    }

    /** The endpoint {@code fake} of the furnished location. */
    public EndpointId endpoint() {
        return domain.locations().endpoint(operator, HERE, new Ref("fake")).id();
    }

    /** The domain's rows. */
    public RowStore rows() {
        return new RowStore(house.database.tx(), house.database.entityManagerFactory("core"));
    }

    /** How many contents are kept, whole or not. */
    public long contents() {
        try (Stream<Path> files = Files.list(directory.resolve("images"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the first endpoint's simulator wrote down. */
    public Ledger.Contents ledger() {
        return Ledger.read(ledgerFile());
    }

    public Path ledgerFile() {
        try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
            return files.filter(file -> file.endsWith("ledger.jsonl"))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        domain.close();
        house.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
