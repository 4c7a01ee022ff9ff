// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Secret;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.Adoptable;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.Metered;
import org.isthmus.spi.compute.Resizable;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.NetworkSubject;
import org.isthmus.tck.SettableClock;
import org.isthmus.tck.Subject;
import org.isthmus.tck.Waiting;

/**
 * The fake as a subject of the contract, in a directory of its own. What the driver shows may be bent on its way out: that
 * is how a broken driver is made of it.
 */
final class FakeSubject {
    static final String SECRET = "sword-fish-7";
    static final String HOST = "fake-1";
    static final Set<Class<?>> ALL_FACETS = Set.of(
            Resizable.class,
            Attachable.class,
            Snapshots.class,
            Console.class,
            Metered.class,
            Adoptable.class,
            ImageExport.class,
            ImageImport.class);

    private final FakeDriverFactory factory = new FakeDriverFactory();
    private final SettableClock clock = new SettableClock();
    private final Map<String, String> settings;
    private final Path directory;
    private FakeDriver open;

    FakeSubject(Map<String, String> settings) {
        this.settings = settings;
        try {
            this.directory = Files.createTempDirectory("fake");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SettableClock clock() {
        return clock;
    }

    private FakeDriver open(DriverContext context) {
        EndpointConfig endpoint = new EndpointConfig(
                new EndpointId("ept_00000000-0000-7000-8000-000000000001"),
                "fake",
                settings,
                Map.of("password", new Secret(SECRET)));
        open = factory.open(endpoint, context);
        return open;
    }

    private Optional<Subject.Outage> outage() {
        factory.script().away();
        return Optional.of(factory.script()::back);
    }

    private List<String> leftovers(String id) {
        Ledger.Contents contents = open.ledger().contents();
        return Stream.of(Ledger.Thing.values())
                .filter(thing -> contents.living(thing).contains(id))
                .map(thing -> thing + " " + id)
                .toList();
    }

    private void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ComputeSubject compute(UnaryOperator<ComputeDriver> bend) {
        return new ComputeSubject() {
            @Override
            public ComputeDriver open(DriverContext context) {
                return bend.apply(FakeSubject.this.open(context));
            }

            @Override
            public Path cache() {
                return directory;
            }

            @Override
            public Waiting waiting() {
                return Waiting.virtual(clock);
            }

            @Override
            public Duration patience() {
                return Duration.ofMinutes(10);
            }

            @Override
            public int schedules() {
                return 10;
            }

            @Override
            public Set<String> secrets() {
                return Set.of(SECRET);
            }

            @Override
            public Optional<Outage> disconnect() {
                return outage();
            }

            @Override
            public Duration endOfInput() {
                return Duration.ofMillis(500);
            }

            @Override
            public ImageContent image() {
                return BytesImage.blank(4096);
            }

            @Override
            public String host() {
                return HOST;
            }

            @Override
            public Optional<PortBinding> binding(NicId nic) {
                return Optional.of(new PortBinding("fake", Map.of("port", nic.value())));
            }

            @Override
            public Optional<String> makeUnmanaged() {
                return Optional.of(open.addStranger("somebody-elses", HOST));
            }

            @Override
            public OptionalLong starts(String ref) {
                return OptionalLong.of(open.ledger().contents().effects().stream()
                        .filter(effect -> effect.verb().equals("power"))
                        .filter(effect -> Set.of("ON", "RESTARTED").contains(effect.detail()))
                        .filter(effect -> ref.endsWith(effect.object()))
                        .count());
            }

            @Override
            public List<String> leftovers(ServerId server) {
                return FakeSubject.this.leftovers(server.value());
            }

            @Override
            public List<String> leftovers(ImageId image) {
                return FakeSubject.this.leftovers(image.value());
            }

            @Override
            public void close() {
                FakeSubject.this.close();
            }
        };
    }

    /** Networks that are there and that somebody else made. */
    long strangersNetworks() {
        return open.ledger().contents().living(Ledger.Thing.NETWORK).stream()
                .filter(network -> network.startsWith("stranger-"))
                .count();
    }

    NetworkSubject network(UnaryOperator<NetworkDriver> bend) {
        return new NetworkSubject() {
            @Override
            public NetworkDriver open(DriverContext context) {
                return bend.apply(FakeSubject.this.open(context).networks());
            }

            @Override
            public Path cache() {
                return directory;
            }

            @Override
            public Set<Class<?>> facets() {
                return ALL_FACETS;
            }

            @Override
            public Waiting waiting() {
                return Waiting.virtual(clock);
            }

            @Override
            public Duration patience() {
                return Duration.ofMinutes(10);
            }

            @Override
            public int schedules() {
                return 10;
            }

            @Override
            public Set<String> secrets() {
                return Set.of(SECRET);
            }

            @Override
            public Optional<Outage> disconnect() {
                return outage();
            }

            @Override
            public boolean makeUnmanaged() {
                open.addStrangerNetwork("somebody-elses");
                return true;
            }

            @Override
            public List<String> leftovers(NetworkId network) {
                return FakeSubject.this.leftovers(network.value());
            }

            @Override
            public void close() {
                FakeSubject.this.close();
            }
        };
    }
}
