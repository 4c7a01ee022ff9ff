// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.image.Images;
import org.isthmus.api.location.Locations;
import org.isthmus.api.network.Networks;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.server.ServerAssembly.Patience;
import org.isthmus.core.server.ServerDeploy;
import org.isthmus.driver.kvm.KvmDriverFactory;
import org.isthmus.driver.ovn.OvnDriverFactory;
import org.isthmus.itests.hosts.Lab;
import org.isthmus.itests.hosts.Program;
import org.isthmus.itests.hosts.Waiting;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Name;

/**
 * What is measured on a real host: a libvirt and an OVN in namespaces of this machine, with the core and the drivers that ship
 * in this process. A server is made by them, then the very same without them, in turn.
 */
final class Real {
    /** What can be told of it. */
    static final Set<Figure> FIGURES = Set.of(Figure.KVM, Figure.KVM_RAW, Figure.KVM_SHARE);

    private static final Ref HERE = new Ref("here");
    private static final Ref IMAGE = new Ref("empty");
    private static final Ref NETWORK = new Ref("wide");
    private static final String LAST = part(ServerDeploy.Step.VERIFY.name());
    private static final int MEMORY_MIB = 96;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration REST = Duration.ofSeconds(1);

    private final Path checkout;
    private final Path folder;
    private final Database database;
    private final Effort effort;
    private final Set<Figure> wanted;
    private final Consumer<Result> told;
    private final Laps ours = new Laps();
    private final Laps theirs = new Laps();

    Real(Path checkout, Path folder, Database database, Effort effort, Set<Figure> wanted, Consumer<Result> told) {
        this.checkout = checkout;
        this.folder = folder;
        this.database = database;
        this.effort = effort;
        this.wanted = wanted;
        this.told = told;
    }

    /** Measures what is wanted of it; or says why that cannot be done on this machine. */
    Optional<String> measure() throws Exception {
        if (wanted.stream().noneMatch(FIGURES::contains)) {
            return Optional.empty();
        }
        Lab lab;
        try {
            lab = Lab.up(
                    checkout,
                    System.getProperty("lab.directory", "/var/tmp/isthmus-bench"),
                    System.getProperty("lab.net", "192.168.78"),
                    Lab.CENTRAL,
                    Lab.H1);
        } catch (Lab.Impossible e) {
            return Optional.of(e.getMessage());
        }
        try (lab) {
            database.empty();
            Files.createDirectories(folder);
            try (Services services = Services.open(database, folder, settings(), new Steps())) {
                Caller ann = services.administrator(new Policy(100_000, Duration.ZERO, Optional.empty(), List.of()));
                furnish(lab, services, ann);
                compare(lab, services, ann);
            }
        } finally {
            Folders.delete(folder);
        }
        return Optional.empty();
    }

    /** As they ship, but for guests that will not shut down, for there is nothing in them. */
    private Settings settings() {
        Settings shipped = Settings.in(folder);
        return new Settings(
                shipped.images(),
                shipped.keyFile(),
                shipped.cache(),
                shipped.mostImageBytes(),
                new Patience(Duration.ZERO, Duration.ZERO, LONG, LONG),
                shipped.watchEvery(),
                shipped.reconcileEvery());
    }

    /** Takes the time of each step of a deployment, with its writing down. */
    private final class Steps implements Worker.Probe {
        private long begun;

        @Override
        public void at(Point point, OperationId operation, String type, String step, boolean undoing) {
            if (!type.equals(ServerDeploy.TYPE)) {
                return;
            }
            if (point == Point.BEFORE_STEP) {
                begun = System.nanoTime();
            } else if (point == Point.AFTER_SAVE) {
                ours.add(part(step), System.nanoTime() - begun);
            }
        }
    }

    private static String part(String step) {
        return step.toLowerCase(Locale.ROOT);
    }

    private void furnish(Lab lab, Services services, Caller ann) throws IOException {
        Caller root = services.root();
        services.core().add(new KvmDriverFactory());
        services.core().add(new OvnDriverFactory());
        services.core().start();
        services.submit(root, new Locations.CreateLocation(new Name("here"), Locations.Kind.ON_PREMISES));
        services.submit(
                root,
                new Locations.CreateEndpoint(
                        HERE,
                        new Name("h1"),
                        "kvm",
                        Map.of(
                                "uri", lab.fact("H1_LIBVIRT_UNIX"),
                                "storagePath", lab.storage(Lab.H1).toString(),
                                // known already: finding it out takes as long as a guest needs to boot
                                "acceleration", lab.fact("ACCEL")),
                        Map.of()));
        services.submit(
                root,
                new Locations.CreateEndpoint(
                        HERE,
                        new Name("ovn"),
                        "ovn",
                        Map.of("northbound", lab.fact("NB"), "southbound", lab.fact("SB")),
                        Map.of()));
        services.core().domain().upkeep().runOnce();
        Waiting.untilTrue(
                "the host is there",
                SOON,
                () -> services.core()
                                .domain()
                                .locations()
                                .hosts(root, HERE, Query.all())
                                .items()
                                .size()
                        == 1);
        done(
                services,
                ann,
                services.accepted(
                                ann,
                                new Networks.CreateNetwork(
                                        Services.ORGANIZATION,
                                        new Name("wide"),
                                        HERE,
                                        Cidr.of("10.9.0.0/24"),
                                        false,
                                        true,
                                        Map.of()))
                        .operation());
        image(services, ann);
    }

    /** A disk with nothing on it: that a server runs is not that its guest has booted. */
    private void image(Services services, Caller ann) throws IOException {
        Path file = folder.resolve("empty.qcow2");
        Program.run(Map.of(), SOON, List.of("qemu-img", "create", "-q", "-f", "qcow2", file.toString(), "64M"))
                .well();
        services.submit(
                ann,
                new Images.CreateImage(
                        Services.ORGANIZATION, new Name("empty"), Optional.empty(), Optional.empty(), Map.of()));
        try (InputStream content = Files.newInputStream(file)) {
            long size = Files.size(file);
            done(
                    services,
                    ann,
                    services.core()
                            .domain()
                            .images()
                            .upload(ann, Services.ORGANIZATION, IMAGE, 0, size, size, content)
                            .operation());
        }
    }

    private static void done(Services services, Caller caller, Optional<OperationView> begun) {
        OperationView last = services.core()
                .heart()
                .operations()
                .await(caller, begun.orElseThrow().id(), LONG);
        if (last.state() != OperationState.SUCCEEDED) {
            throw new IllegalStateException(last.type() + " is " + last.state() + ": " + last.reason());
        }
    }

    /** Ours and theirs in turn; the first of each does not count. */
    private void compare(Lab lab, Services services, Caller ann) throws Exception {
        long[] made = new long[effort.pairs()];
        long[] again = new long[effort.pairs()];
        long[] share = new long[effort.pairs()];
        make(services, ann);
        try (Raw raw = learn(lab, services, ann)) {
            remove(services, ann);
            raw.make();
            raw.remove();
            for (int i = 0; i < effort.pairs(); i++) {
                rest();
                made[i] = make(services, ann);
                remove(services, ann);
                rest();
                again[i] = raw.make();
                raw.remove();
                share[i] = made[i] - again[i];
            }
        }
        tell(Figure.KVM, made, ours.medians());
        tell(Figure.KVM_RAW, again, theirs.medians());
        tell(Figure.KVM_SHARE, share, Map.of());
    }

    /** What was begun by removing the one before ends before the next is measured. */
    private void rest() {
        Estate.rest(effort.pairs() == 1 ? Duration.ZERO : REST);
    }

    private void tell(Figure figure, long[] nanos, Map<String, Double> parts) {
        if (wanted.contains(figure)) {
            told.accept(Result.each(figure, database.kind(), nanos, parts));
        }
    }

    /** From asking for it until it runs. In ns. */
    private long make(Services services, Caller ann) {
        ours.round();
        long begun = System.nanoTime();
        Optional<OperationView> operation = services.accepted(
                        ann,
                        new Servers.DeployServer(
                                Services.ORGANIZATION,
                                new Name("web"),
                                List.of(new Servers.WishedNic(NETWORK, Optional.empty())),
                                IMAGE,
                                new Servers.Flavor(1, MEMORY_MIB),
                                List.of(1L),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Map.of(),
                                false,
                                Optional.empty(),
                                Servers.Placement.DEFAULT))
                .operation();
        ours.add("gate", System.nanoTime() - begun);
        done(services, ann, operation);
        long whole = System.nanoTime() - begun;
        // the last step's time is taken a moment after its end was told
        Waiting.untilTrue("the last step is timed", SOON, () -> ours.has(LAST));
        ours.add("between steps", Math.max(0, whole - ours.sum()));
        return whole;
    }

    private Raw learn(Lab lab, Services services, Caller ann) throws Exception {
        ServerView server = server(services, ann).orElseThrow();
        String nic = server.nics().get(0).id().value();
        return new Raw(
                lab.fact("H1_LIBVIRT_UNIX"),
                lab.fact("NB"),
                lab.fact("SB"),
                server.id().value(),
                nic.substring(nic.indexOf('_') + 1),
                theirs);
    }

    private static Optional<ServerView> server(Services services, Caller ann) {
        return services.core().domain().servers().list(ann, Services.ORGANIZATION, Query.all()).items().stream()
                .findFirst();
    }

    private static void remove(Services services, Caller ann) {
        Ref gone = Ref.of(server(services, ann).orElseThrow().id());
        done(
                services,
                ann,
                services.accepted(ann, new Servers.DeleteServer(Services.ORGANIZATION, gone))
                        .operation());
        // its grace is over at once, and its files and rows go at the next round of upkeep
        services.core().domain().upkeep().runOnce();
        Waiting.untilTrue("the server is purged", SOON, () -> !isThere(services, ann, gone));
    }

    private static boolean isThere(Services services, Caller ann, Ref server) {
        try {
            services.core().domain().servers().get(ann, Services.ORGANIZATION, server);
            return true;
        } catch (ProblemException e) {
            if (e.type() == Problem.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
