// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.image.Images.AdoptImage;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.api.image.Images.OfServer;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.image.Images.TransferImage;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Cloud;
import org.isthmus.driver.fake.FakeDriver;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests of images on their way begin with. */
abstract class MobilityCase {
    static final Ref GOLD = new Ref("gold");

    static final Shape SHAPE = new Shape(
            1,
            512,
            Shape.Firmware.EFI,
            Optional.of("Debian"),
            List.of(new Shape.ShapeDisk("disk", 1 << 20)),
            List.of());
    static final Ref THERE = new Ref("there");

    static final Map<String, String> SLOW_COPIES = Map.of("faults", "[{\"on\":\"importImage\",\"pending\":3}]");

    Cloud cloud;

    @BeforeEach
    void aCloud() {
        cloud = new Cloud("mobility");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    ImageView image(Ref ref) {
        return cloud.domain.images().get(cloud.user, Cloud.ACME, ref);
    }

    OperationView transfer(Ref image) {
        return cloud.done(cloud.user, new TransferImage(Cloud.ACME, image, Cloud.HERE));
    }

    static CreateImage of(String server, Running running) {
        return new CreateImage(
                Cloud.ACME,
                new Name("gold"),
                Optional.empty(),
                new OfServer(new Ref(server), running),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty());
    }

    static DeployServer deploy(String name, Ref image, List<Long> diskGiB, WishedNic nic) {
        DeployServer plain = Cloud.wish(name);
        return new DeployServer(
                plain.organization(),
                plain.name(),
                List.of(nic),
                image,
                plain.flavor(),
                diskGiB,
                plain.sshKeys(),
                plain.userData(),
                plain.purpose(),
                plain.tags(),
                plain.isProtected(),
                plain.location(),
                plain.placement());
    }

    static DeployServer deploy(String name, Ref image, Long... diskGiB) {
        return deploy(name, image, List.of(diskGiB), new WishedNic(Cloud.NET, Optional.empty()));
    }

    List<Path> files(ImageView image) {
        try (Stream<Path> files = Files.list(cloud.directory.resolve("images"))) {
            return files.filter(file ->
                            file.getFileName().toString().startsWith(image.id().value()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ProblemException refused(Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.user, command));
    }

    /** A second place with the same endpoint's settings but a far end of its own. */
    void elsewhere(Map<String, String> settings) {
        cloud.submit(cloud.operator, new CreateLocation(new Name("there"), Kind.CLOUD));
        Map<String, String> all = new TreeMap<>(settings);
        all.put("ledger", cloud.directory.resolve("there.jsonl").toString());
        cloud.submit(cloud.operator, new CreateEndpoint(THERE, new Name("fake"), "fake", all, Map.of()));
    }

    /** As one whose content is only where its copy is. */
    void onlyItsCopyIsLeft(ImageView image) throws IOException {
        cloud.house.database.tx().execute(() -> new ImageParts(cloud.rows()).forgetContents(image.id()));
        for (Path file : files(image)) {
            Files.delete(file);
        }
    }

    static AdoptImage adopt(String ref) {
        return new AdoptImage(Cloud.HERE, new Ref("fake"), ref, Cloud.ACME, new Name("gold"), Optional.empty());
    }

    /** As long as nobody waits for an endpoint that is away, and a little more. */
    void awayForLong() {
        for (int minute = 0; minute <= 11; minute++) {
            cloud.house.work();
            cloud.house.clock.advance(Duration.ofMinutes(1));
        }
        cloud.house.work();
    }

    void backAgain() {
        cloud.script().back();
        cloud.domain.upkeep().runOnce();
    }

    OperationView begun(Command<?> command) {
        OperationView begun = cloud.submit(cloud.user, command).operation().orElseThrow();
        cloud.house.work();
        return begun;
    }

    /** As somebody made one at the far end with other tools. */
    String template() {
        return cloud.domain.drivers().driver(cloud.endpoint(), driver -> ((FakeDriver) driver)
                .addTemplate("debian", SHAPE));
    }
}
