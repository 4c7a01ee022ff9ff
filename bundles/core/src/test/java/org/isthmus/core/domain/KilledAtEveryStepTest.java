// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.OfUrl;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.AttachNic;
import org.isthmus.api.server.Servers.ChangeServer;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DeleteSnapshot;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.DetachNic;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.RecoverServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.RestartServer;
import org.isthmus.api.server.Servers.RevertSnapshot;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.api.server.Servers.TakeSnapshot;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.core.image.FileServer;
import org.isthmus.core.limit.Books;
import org.isthmus.core.operation.Worker;
import org.isthmus.driver.fake.Ledger;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every operation: killed before a step, after it and after its cursor was saved, at each step in turn, then begun again.
 * Exactly one thing is made, the operation is finished, and the books agree.
 */
final class KilledAtEveryStepTest {
    private static final FileServer FILES = new FileServer(new byte[4096]);

    /** What a kill looks like to the worker: nothing of it is caught. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Dies when a countdown ends; counts what it was told, and remembers which steps were done. */
    private static final class Assassin implements Worker.Probe {
        private final Set<String> passed = new TreeSet<>();
        private int left = Integer.MAX_VALUE;

        @Override
        public void at(Point point, OperationId operation, String type, String step, boolean undoing) {
            if (!undoing) {
                passed.add(type + " " + step);
            }
            left--;
            if (left == 0) {
                throw new Killed();
            }
        }
    }

    /**
     * An operation to kill.
     *
     * @param prepare makes what it needs, out of a name nobody has yet
     * @param begin begins it
     */
    record Scenario(String name, BiFunction<Cloud, String, Ref> prepare, BiFunction<Cloud, Ref, OperationView> begin) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** One that a command begins. */
    private static Scenario wished(
            String name, BiFunction<Cloud, String, Ref> prepare, BiFunction<Cloud, Ref, Command<?>> wish) {
        return new Scenario(name, prepare, (cloud, ref) -> cloud.submit(cloud.user, wish.apply(cloud, ref))
                .operation()
                .orElseThrow());
    }

    private static Scenario on(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return wished(
                name,
                (cloud, called) -> {
                    cloud.deploy(called);
                    return new Ref(called);
                },
                wish);
    }

    private static Scenario stopped(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return wished(
                name,
                (cloud, called) -> {
                    cloud.deploy(called);
                    cloud.done(cloud.user, new StopServer(Cloud.ACME, new Ref(called), true));
                    return new Ref(called);
                },
                wish);
    }

    static Stream<Scenario> operations() {
        Ref acme = Cloud.ACME;
        return Stream.of(
                checkOfAnImage("image.check", Optional.empty()),
                fetchOfAnImage("image.fetch", Optional.empty()),
                wished(
                        "network.create",
                        (cloud, called) -> new Ref(called),
                        (cloud, ref) -> new CreateNetwork(
                                acme, new Name(ref.text()), Cloud.HERE, subnet(ref), false, true, Map.of())),
                wished(
                        "network.delete",
                        (cloud, called) -> {
                            cloud.network(called, subnet(new Ref(called)).toString());
                            return new Ref(called);
                        },
                        (cloud, ref) -> new DeleteNetwork(acme, ref)),
                wished("server.deploy", (cloud, called) -> new Ref(called), (cloud, ref) -> Cloud.wish(ref.text())),
                on("server.name", (cloud, ref) -> renamed(cloud, ref)),
                wished(
                        "server.name recovered",
                        (cloud, called) -> {
                            ServerView server = cloud.deploy(called);
                            cloud.done(cloud.user, new DeleteServer(acme, new Ref(called)));
                            return Ref.of(server.id());
                        },
                        (cloud, ref) -> new RecoverServer(acme, ref)),
                on("server.delete", (cloud, ref) -> new DeleteServer(acme, ref)),
                wished(
                        "server.delete without grace",
                        (cloud, called) -> {
                            cloud.policy(policy -> new Policy(1000, Duration.ZERO, Optional.empty(), List.of()));
                            cloud.deploy(called);
                            return new Ref(called);
                        },
                        (cloud, ref) -> new DeleteServer(acme, ref)),
                on("server.stop", (cloud, ref) -> new StopServer(acme, ref, false)),
                stopped("server.start", (cloud, ref) -> new StartServer(acme, ref)),
                on("server.restart", (cloud, ref) -> new RestartServer(acme, ref)),
                on("server.resize", (cloud, ref) -> new ResizeServer(acme, ref, new Flavor(3, 3072))),
                stopped("server.resize stopped", (cloud, ref) -> new ResizeServer(acme, ref, new Flavor(1, 512))),
                on("disk attach", (cloud, ref) -> new AttachDisk(acme, ref, 5)),
                withDisk("disk detach", (cloud, ref) -> new DetachDisk(acme, ref, disk(cloud, ref, 1))),
                on("disk grow", (cloud, ref) -> new GrowDisk(acme, ref, disk(cloud, ref, 0), 12)),
                on("nic attach", (cloud, ref) -> new AttachNic(acme, ref, new WishedNic(Cloud.NET, Optional.empty()))),
                withNic("nic detach", (cloud, ref) -> new DetachNic(acme, ref, nic(cloud, ref, 0))),
                on("snapshot take", (cloud, ref) -> new TakeSnapshot(acme, ref, new Name("before"))),
                withSnapshot("snapshot revert", (cloud, ref) -> new RevertSnapshot(acme, ref, new Ref("before"))),
                withSnapshot("snapshot delete", (cloud, ref) -> new DeleteSnapshot(acme, ref, new Ref("before"))),
                onImage("image.transfer", (cloud, ref) -> new TransferImage(acme, ref, Cloud.HERE)),
                onImage("image.export", (cloud, ref) -> new ExportImage(acme, ref, ExportFormat.OVA)),
                wished(
                        "image.delete",
                        (cloud, called) -> {
                            cloud.image(called);
                            cloud.done(cloud.user, new TransferImage(acme, new Ref(called), Cloud.HERE));
                            return new Ref(called);
                        },
                        (cloud, ref) -> new DeleteImage(acme, ref)),
                on("server.capture", (cloud, ref) -> imageOf(ref, Running.SNAPSHOT)),
                stopped("server.capture stopped", (cloud, ref) -> imageOf(ref, Running.REFUSE)),
                on("server.move", (cloud, ref) -> moved(ref)),
                on(
                        "server.move-batch",
                        (cloud, ref) -> new MoveServers(
                                acme, new Name("batch-" + ref.text()), List.of(moved(ref)), 1, OnFailure.CONTINUE)));
    }

    /** Not far, so that one ledger tells of both. */
    private static MoveServer moved(Ref server) {
        return new MoveServer(
                Cloud.ACME,
                server,
                Cloud.HERE,
                new Name("other-" + server.text()),
                List.of(Cloud.NET),
                Running.SNAPSHOT,
                false,
                false);
    }

    private static CreateImage imageOf(Ref server, Running running) {
        return new CreateImage(
                Cloud.ACME,
                new Name("image-of-" + server.text()),
                Optional.empty(),
                new OfServer(server, running),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty());
    }

    private static Scenario onImage(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return wished(
                name,
                (cloud, called) -> {
                    cloud.image(called);
                    return new Ref(called);
                },
                wish);
    }

    private static Scenario checkOfAnImage(String name, Optional<Sha256> wanted) {
        return new Scenario(
                name,
                (cloud, called) -> {
                    cloud.submit(
                            cloud.user,
                            new CreateImage(Cloud.ACME, new Name(called), Optional.empty(), wanted, Map.of()));
                    return new Ref(called);
                },
                (cloud, ref) -> cloud.upload(ref.text()));
    }

    private static Scenario fetchOfAnImage(String name, Optional<Sha256> wanted) {
        return wished(
                name,
                (cloud, called) -> new Ref(called),
                (cloud, ref) -> new CreateImage(
                        Cloud.ACME,
                        new Name(ref.text()),
                        Optional.empty(),
                        new OfUrl(new Secret(FILES.url("/image"))),
                        wanted,
                        Optional.empty(),
                        Map.of(),
                        Optional.empty()));
    }

    @AfterAll
    static void close() {
        FILES.close();
    }

    private static ChangeServer renamed(Cloud cloud, Ref ref) {
        return new ChangeServer(
                Cloud.ACME,
                ref,
                cloud.server(ref.text()).version(),
                Optional.of(new Name("new-" + ref.text())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Cidr subnet(Ref ref) {
        return Cidr.of("10.2." + ref.text().replaceAll("[^0-9]", "") + ".0/24");
    }

    private static Scenario withDisk(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return with(name, ref -> new AttachDisk(Cloud.ACME, ref, 5), wish);
    }

    private static Scenario withNic(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return with(name, ref -> new AttachNic(Cloud.ACME, ref, new WishedNic(Cloud.NET, Optional.empty())), wish);
    }

    private static Scenario withSnapshot(String name, BiFunction<Cloud, Ref, Command<?>> wish) {
        return with(name, ref -> new TakeSnapshot(Cloud.ACME, ref, new Name("before")), wish);
    }

    private static Scenario with(
            String name, java.util.function.Function<Ref, Command<?>> before, BiFunction<Cloud, Ref, Command<?>> wish) {
        return wished(
                name,
                (cloud, called) -> {
                    cloud.deploy(called);
                    cloud.done(cloud.user, before.apply(new Ref(called)));
                    return new Ref(called);
                },
                wish);
    }

    private static Ref disk(Cloud cloud, Ref server, int index) {
        return Ref.of(cloud.server(server.text()).disks().get(index).id());
    }

    private static Ref nic(Cloud cloud, Ref server, int index) {
        return Ref.of(cloud.server(server.text()).nics().get(index).id());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void isFinishedAfterTheNextStart(Scenario scenario) {
        Assassin assassin = new Assassin();
        try (Cloud cloud = limited(new Cloud("killed", assassin).furnished())) {
            boolean died = true;
            for (int point = 1; died; point++) {
                Ref subject = scenario.prepare().apply(cloud, "thing" + point);
                OperationView begun = scenario.begin().apply(cloud, subject);
                assassin.left = point;
                died = workDies(cloud);
                assassin.left = Integer.MAX_VALUE;
                // the lease of the dead one ends, and another takes over
                cloud.house.clock.advance(Duration.ofMinutes(1));
                cloud.house.work();

                OperationView ended = cloud.operation(begun.id());
                assertEquals(
                        OperationState.SUCCEEDED, ended.state(), "killed at point " + point + ": " + ended.reason());
                assertBooksAgree(cloud);
                assertNamesLeadToTheLiving(cloud);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void isUndoneWhenItFailsWhereverItIsKilledMeanwhile(Scenario scenario) {
        // some need no driver: what makes them fail is another test's
        if (scenario.name().startsWith("server.delete")
                || scenario.name().equals("network.delete")
                || scenario.name().equals("image.delete")
                || scenario.name().equals("image.check")
                || scenario.name().equals("image.fetch")
                || scenario.name().equals("image.export")) {
            return;
        }
        Assassin assassin = new Assassin();
        try (Cloud cloud = limited(new Cloud("undone", assassin).furnished())) {
            boolean died = true;
            for (int point = 1; died; point++) {
                Ref subject = scenario.prepare().apply(cloud, "thing" + point);
                OperationView begun = scenario.begin().apply(cloud, subject);
                cloud.script().away();
                cloud.house.work();
                cloud.script().back();
                // given up, whatever its patience: from here on it goes backwards
                cloud.house.clock.advance(Duration.ofDays(2));
                assassin.left = point;
                died = workDies(cloud);
                assassin.left = Integer.MAX_VALUE;
                cloud.house.clock.advance(Duration.ofMinutes(1));
                cloud.house.work();

                OperationView ended = cloud.operation(begun.id());
                assertEquals(OperationState.FAILED, ended.state(), "killed at point " + point + ": " + ended.reason());
                assertBooksAgree(cloud);
            }
        }
    }

    static Stream<Scenario> refusals() {
        Optional<Sha256> other = Optional.of(new Sha256("0".repeat(64)));
        return Stream.of(checkOfAnImage("image.check refused", other), fetchOfAnImage("image.fetch refused", other));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void anImageThatIsNotWhatWasWantedIsRemovedWhereverItIsKilledMeanwhile(Scenario scenario) {
        Assassin assassin = new Assassin();
        try (Cloud cloud = new Cloud("refused", assassin).furnished()) {
            boolean died = true;
            for (int point = 1; died; point++) {
                Ref subject = scenario.prepare().apply(cloud, "thing" + point);
                OperationView begun = scenario.begin().apply(cloud, subject);
                assassin.left = point;
                died = workDies(cloud);
                assassin.left = Integer.MAX_VALUE;
                cloud.house.clock.advance(Duration.ofMinutes(1));
                cloud.house.work();

                OperationView ended = cloud.operation(begun.id());
                assertEquals(OperationState.FAILED, ended.state(), "killed at point " + point + ": " + ended.reason());
                ImageView image = cloud.domain.images().get(cloud.user, Cloud.ACME, subject);
                assertEquals(ImageState.FAILED, image.state());
                assertTrue(image.reason().orElseThrow().contains("checksum"), image::toString);
                assertEquals(1, cloud.contents(), "that of the other image");
            }
        }
    }

    /** What is passed is what is died at: the loops above go on until there is no moment left to die at. */
    @Test
    void noStepOfAnyOperationIsLeftOut() {
        Set<String> passed = new TreeSet<>();
        Assassin assassin = new Assassin();
        try (Cloud cloud = new Cloud("passed", assassin).furnished()) {
            int number = 1;
            for (Scenario scenario : operations().toList()) {
                Ref subject = scenario.prepare().apply(cloud, "thing" + number++);
                assassin.passed.clear();
                OperationView begun = scenario.begin().apply(cloud, subject);
                cloud.house.work();
                assertEquals(
                        OperationState.SUCCEEDED, cloud.operation(begun.id()).state(), scenario.name());
                passed.addAll(assassin.passed);
            }

            Set<String> all = cloud.domain.processes().stream()
                    .flatMap(process -> process.steps().stream().map(step -> process.type() + " " + step))
                    .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
            assertEquals(all, passed);
        }
    }

    /** With accounts that are kept, and wide. */
    private static Cloud limited(Cloud cloud) {
        Books books = new Books(cloud.house);
        books.set("organization", "acme", "1000000", "1000000", 100_000);
        books.set("user", "ada", "1000000", "1000000", 100_000);
        return cloud;
    }

    private static boolean workDies(Cloud cloud) {
        try {
            cloud.house.work();
            return false;
        } catch (Killed e) {
            return true;
        }
    }

    /** What is below is what the records say, once each; what is claimed and charged is what the records say. */
    static void assertBooksAgree(Cloud cloud) {
        Ledger.Contents below = cloud.ledger();
        assertEquals(Set.of(), below.doubled());
        assertEquals(List.of(), twice(below));
        List<ServerView> servers = cloud.servers();
        Set<String> made = servers.stream()
                .filter(server -> server.state() != ServerState.FAILED)
                .map(server -> server.id().value())
                .collect(java.util.stream.Collectors.toSet());
        assertEquals(made, Set.copyOf(below.living(Thing.SERVER)));
        assertEquals(
                cloud.count("select count(*) from net_port"),
                below.living(Thing.PORT).size());
        assertEquals(
                cloud.count("select count(*) from net_network where state = 'ACTIVE'"),
                below.living(Thing.NETWORK).size());
        assertEquals(
                cloud.count("select count(*) from srv_disk d join srv_server s on s.id = d.server_id where s.state <>"
                        + " 'FAILED'"),
                below.living(Thing.DISK).size());
        assertEquals(
                cloud.count("select count(*) from srv_snapshot where ready = true"),
                below.living(Thing.SNAPSHOT).size());
        assertEquals(0, cloud.count("select count(*) from srv_snapshot where ready = false"));
        assertEquals(0, cloud.count("select count(*) from srv_server where operation_id is not null"));
        assertEquals(
                cloud.count("select count(*) from img_copy where state = 'READY'"),
                below.living(Thing.IMAGE).size());
        assertEquals(0, cloud.count("select count(*) from img_copy where state <> 'READY'"));
        assertEquals(
                0, cloud.count("select count(*) from img_image where state in ('CHECKING', 'MAKING', 'DELETING')"));
        assertEquals(0, cloud.count("select count(*) from img_image where fetched_by is not null"));
        assertEquals(cloud.count("select count(*) from img_content"), cloud.contents());
        assertEquals(0, cloud.count("select count(*) from net_network where operation_id is not null"));

        List<ServerView> held =
                servers.stream().filter(server -> server.host().isPresent()).toList();
        assertEquals(made.size(), held.size());
        assertEquals(
                held.stream().mapToLong(ServerView::cpus).sum(), cloud.count("select sum(used_cpus) from loc_host"));
        assertEquals(
                held.stream().mapToLong(ServerView::memoryMiB).sum(),
                cloud.count("select sum(used_memory_mib) from loc_host"));
        assertEquals(disks(held), cloud.count("select sum(used_disk_gib) from loc_host"));

        List<ServerView> running = servers.stream()
                .filter(server -> server.state() == ServerState.RUNNING)
                .toList();
        assertEquals(running.stream().mapToLong(ServerView::cpus).sum(), charged(cloud, "CPU"));
        assertEquals(disks(held), charged(cloud, "STORAGE_GIB"));
        assertEquals(cloud.count("select count(*) from net_network where state = 'ACTIVE'"), charged(cloud, "NETWORK"));
        servers.forEach(server -> assertTrue(server.drift().isEmpty(), server.name() + ": " + server.drift()));
        Books books = new Books(cloud.house);
        assertEquals(0, books.held());
        assertEquals(0, cloud.count("select count(*) from lim_reservation"));
        books.mustBeTrue("after " + servers.size() + " servers");
    }

    private static void assertNamesLeadToTheLiving(Cloud cloud) {
        Ledger.Contents below = cloud.ledger();
        for (ServerView server : cloud.servers()) {
            List<String> names = server.state() == ServerState.DELETED
                    ? List.of()
                    : List.of(server.name().value());
            server.nics()
                    .forEach(nic -> assertEquals(names, below.names(nic.id().value())));
        }
    }

    /** What one operation did twice to one thing, also under two tokens. */
    private static List<String> twice(Ledger.Contents below) {
        Set<String> once = new HashSet<>();
        return below.effects().stream()
                .map(effect -> effect.token().substring(0, effect.token().indexOf('.')) + " " + effect.verb() + " "
                        + effect.detail() + " " + effect.thing() + " " + effect.object() + " " + effect.change())
                .filter(key -> !once.add(key))
                .toList();
    }

    private static long disks(List<ServerView> servers) {
        return servers.stream()
                .flatMap(server -> server.disks().stream())
                .mapToLong(ServerView.DiskView::sizeGiB)
                .sum();
    }

    private static long charged(Cloud cloud, String item) {
        return cloud.count(
                "select coalesce(sum(quantity), 0) from usg_interval where until_at is null and item = ?", item);
    }
}
