// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import org.isthmus.driver.fake.Entry.Asked;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.junit.jupiter.api.Test;

final class FarEndTest {
    private static final int HOSTS = 3;

    private final FarEnd far = new FarEnd();

    private void fold(Effect effect) {
        far.fold(Entry.effect("2026-01-05T12:00:00Z", new Asked(Verb.CREATE, "", "", ""), effect));
    }

    private static FakeServer server(int number, String host, long memoryMiB, long diskBytes) {
        return new FakeServer(
                "fake-" + number,
                "srv-" + number,
                "token",
                "web",
                host,
                1,
                memoryMiB,
                Power.OFF,
                List.of(new FakeDisk("disk-" + number, diskBytes)),
                List.of(),
                List.of(),
                List.of(),
                0,
                0,
                org.isthmus.spi.compute.Shape.Firmware.BIOS);
    }

    @Test
    void whatAHostHoldsIsWhatItsServersHoldWhateverBecameOfThem() {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            int number = random.nextInt(20);
            if (random.nextInt(3) == 0) {
                fold(Effect.removes("fake-" + number, List.of()));
            } else {
                // made, resized or moved to another host
                fold(Effect.leaves(
                        server(number, "host-" + random.nextInt(HOSTS), random.nextInt(1000), random.nextInt(1000))));
            }
            for (int host = 0; host < HOSTS; host++) {
                String name = "host-" + host;
                List<FakeServer> on = far.servers().stream()
                        .filter(server -> server.host().equals(name))
                        .toList();
                assertEquals(
                        new FarEnd.Held(
                                on.stream().mapToLong(FakeServer::memoryMiB).sum(),
                                on.stream().mapToLong(FakeServer::diskBytes).sum()),
                        far.held(name));
            }
        }
    }
}
