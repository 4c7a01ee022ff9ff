// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.core.House;
import org.isthmus.core.RowStore;
import org.isthmus.core.location.HostStore.Claim;
import org.isthmus.core.network.Port;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.Server.Place;
import org.isthmus.core.server.Server.Power;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.store.seal.SecretBox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerRowTest {
    private static Server server(House house) {
        return new Server(
                house.ids.server(),
                house.ids.organization(),
                Optional.of(house.ids.department()),
                house.ids.location(),
                new Name("web"),
                ServerState.REQUESTED,
                Optional.empty(),
                Power.OFF,
                Power.ON,
                new Flavor(3, 3000),
                house.ids.image(),
                List.of("ssh-ed25519 AAAA one \"quoted\" \\ comment", "ssh-rsa BBBB"),
                Optional.of("selling"),
                true,
                new Placement(
                        Strategy.PACK,
                        Set.of("ssd", "rack 7"),
                        Optional.of(new Group(new Name("db"), GroupRule.TOGETHER, true))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(house.ids.operation()),
                Instant.parse("2026-11-23T12:00:00.123456Z"),
                "ada@acme",
                1);
    }

    @Test
    void aServerComesBackAsItWasWritten() {
        try (House house = new House("row")) {
            ServerStore store =
                    new ServerStore(new RowStore(house.database.tx(), house.database.entityManagerFactory("core")));
            Server server = server(house);
            house.database.tx().execute(() -> store.insert(server, Map.of("tier", "front")));

            assertEquals(server, house.database.tx().read(() -> store.must(server.id())));

            Place place = new Place(house.ids.endpoint(), house.ids.host(), new Claim(3, 3000, 30));
            Instant until = Instant.parse("2026-11-24T12:00:00Z");
            house.database
                    .tx()
                    .execute(() -> store.change(server.id(), row -> {
                        row.state(ServerState.LOST, Optional.of("why"));
                        row.place(Optional.of(place));
                        row.ref(Optional.of("fake-1"));
                        row.deleted(Optional.of(until), Optional.of(until));
                        row.drift(Optional.of("drift"));
                        row.operation(Optional.empty());
                        row.power(Power.UNKNOWN, Power.ON);
                    }));
            Server changed = house.database.tx().read(() -> store.must(server.id()));

            assertEquals(Optional.of(place), changed.place());
            assertEquals(Optional.of("fake-1"), changed.ref());
            assertEquals(Optional.of(until), changed.purgeAt());
            assertEquals(Optional.of("drift"), changed.drift());
            assertEquals(Optional.of("why"), changed.reason());
            assertEquals(Power.UNKNOWN, changed.power());
            assertEquals(Optional.empty(), changed.operation());
            assertEquals(2, changed.version());
        }
    }

    @Test
    void howeverManyServersAreAskedForEachHasItsOwnDisksInOrder(@TempDir Path directory) throws IOException {
        try (House house = new House("parts")) {
            RowStore rows = new RowStore(house.database.tx(), house.database.entityManagerFactory("core"));
            PartStore parts = new PartStore(rows, SecretBox.withKeyFile(directory.resolve("key"), new SecureRandom()));
            Map<ServerId, List<Disk>> written = new LinkedHashMap<>();
            house.database.tx().execute(() -> {
                for (int i = 0; i < 600; i++) {
                    ServerId server = house.ids.server();
                    Disk second = new Disk(house.ids.disk(), server, 1, 2);
                    Disk first = new Disk(house.ids.disk(), server, 0, 10);
                    parts.insert(second);
                    parts.insert(first);
                    written.put(server, List.of(first, second));
                }
            });
            List<ServerId> all = List.copyOf(written.keySet());

            for (int many : new int[] {0, 1, 2, 8, 9, 64, 65, 256, 257, 600}) {
                List<ServerId> some = all.subList(0, many);
                Map<ServerId, List<Disk>> read = house.database.tx().read(() -> parts.disks(some));

                assertEquals(many, read.size());
                some.forEach(server -> assertEquals(written.get(server), read.get(server), many + " servers"));
            }
        }
    }

    @Test
    void theSeedIsWhatCloudInitReads() {
        try (House house = new House("seed")) {
            Server server = server(house);
            Port port = new Port(
                    house.ids.nic(),
                    house.ids.network(),
                    server.id(),
                    0,
                    new MacAddress("02:00:00:00:00:07"),
                    1,
                    List.of(),
                    Optional.empty());

            Seed seed = Seeds.of(server, Optional.empty(), Optional.empty(), List.of(port));

            assertEquals(
                    "instance-id: " + server.id() + "\nlocal-hostname: web\npublic-keys:\n"
                            + "  - \"ssh-ed25519 AAAA one \\\"quoted\\\" \\\\ comment\"\n  - \"ssh-rsa BBBB\"\n",
                    seed.metaData());
            assertTrue(seed.userData().startsWith("#cloud-config\nhostname: web\nssh_authorized_keys:\n"));
            assertEquals(
                    "version: 2\nethernets:\n  nic0:\n    match:\n      macaddress: \"02:00:00:00:00:07\"\n    dhcp4: true\n",
                    seed.networkConfig());
            assertEquals(
                    "#!/bin/sh\n",
                    Seeds.of(server, Optional.of(new Secret("#!/bin/sh\n")), Optional.empty(), List.of(port))
                            .userData());
        }
    }
}
