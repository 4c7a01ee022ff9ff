// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes of their own: one that dies of a CRASH fault, and one that works on the same ledger at the same time. */
final class ProcessesTest {
    private static final int EACH = 50;

    private static final String FAULTS = "[{\"on\":\"create\",\"kind\":\"CRASH\",\"times\":1,\"afterEffect\":true}]";

    @TempDir
    Path cache;

    /** What the other process runs: makes servers until it dies. */
    static final class Doomed {
        private Doomed() {}

        public static void main(String[] arguments) {
            Ids ids = new Ids(Clock.systemUTC());
            try (HostContext context = new HostContext(Clock.systemUTC(), Path.of(arguments[0]));
                    FakeDriver driver = open(context)) {
                driver.create(new Call("create-1", context.clock().instant()), spec(ids));
            }
        }
    }

    /** What a second controller runs: makes servers on the ledger it is given. */
    static final class Neighbour {
        private Neighbour() {}

        public static void main(String[] arguments) {
            Ids ids = new Ids(Clock.systemUTC());
            try (HostContext context = new HostContext(Clock.systemUTC(), Path.of(arguments[0]));
                    FakeDriver driver = open(context, "[]")) {
                for (int i = 0; i < EACH; i++) {
                    driver.create(new Call("neighbour-" + i, context.clock().instant()), spec(ids));
                }
            }
        }
    }

    private static FakeDriver open(HostContext context) {
        return open(context, FAULTS);
    }

    private static FakeDriver open(HostContext context, String faults) {
        EndpointId endpoint = new EndpointId("ept_00000000-0000-7000-8000-000000000001");
        return new FakeDriverFactory()
                .open(new EndpointConfig(endpoint, "doomed", Map.of("faults", faults), Map.of()), context);
    }

    private static ServerSpec spec(Ids ids) {
        return new ServerSpec(
                ids.server(),
                new Name("web-1"),
                "fake-1",
                1,
                64,
                List.of(new ServerSpec.DiskSpec(ids.disk(), 4096, Optional.empty())),
                List.of(),
                new ServerSpec.Seed("", "", ""));
    }

    @Test
    void whatAHaltedProcessDidIsThereForTheNext() throws IOException, InterruptedException {
        Process doomed = start(Doomed.class);
        assertTrue(doomed.waitFor(60, TimeUnit.SECONDS), "it died in time");

        assertEquals(137, doomed.exitValue());
        Ledger.Contents contents = Ledger.read(cache.resolve("ledger.jsonl"));
        Set<String> servers = contents.living(Ledger.Thing.SERVER);
        assertEquals(1, servers.size());
        try (HostContext context = new HostContext(Clock.systemUTC(), cache);
                FakeDriver driver = open(context)) {
            assertEquals(
                    servers.iterator().next(),
                    driver.list().get(0).server().orElseThrow().value());
            driver.create(new Call("create-2", context.clock().instant()), spec(new Ids(Clock.systemUTC())));
            assertEquals(2, driver.list().size());
        }
    }

    @Test
    @Timeout(60)
    void twoProcessesOnOneLedgerLoseNothingOfEachOther() throws IOException {
        Process neighbour = start(Neighbour.class);
        long ours = 0;
        Ids ids = new Ids(Clock.systemUTC());
        try (HostContext context = new HostContext(Clock.systemUTC(), cache);
                FakeDriver driver = open(context, "[]")) {
            // at work all the time that the neighbour is
            while (neighbour.isAlive()) {
                ServerSpec spec = spec(ids);
                driver.create(new Call("make-" + ours, context.clock().instant()), spec);
                driver.delete(new Call("end-" + ours, context.clock().instant()), spec.server(), Optional.empty());
                ours++;
            }
        }

        assertEquals(0, neighbour.exitValue());
        Ledger.Contents contents = Ledger.read(cache.resolve("ledger.jsonl"));
        assertEquals(EACH, contents.living(Ledger.Thing.SERVER).size());
        assertEquals(EACH + 2 * ours, contents.calls().size());
        assertEquals(Set.of(), contents.doubled());
    }

    private Process start(Class<?> program) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName(),
                        cache.toString())
                .inheritIO()
                .start();
    }
}
