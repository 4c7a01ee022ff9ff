// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemType;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.core.Cloud;
import org.isthmus.core.operation.Worker;
import org.isthmus.model.Cidr;
import org.isthmus.model.Name;
import org.junit.jupiter.api.Test;

/** Many at once, on real threads. */
final class ParallelDeployTest {
    private static final int THREADS = 16;

    /** What became of each: empty when accepted, else the problem. */
    private static List<Optional<ProblemType>> atOnce(List<Callable<?>> wishes) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Optional<ProblemType>>> answers = new ArrayList<>();
            for (Callable<?> wish : wishes) {
                answers.add(threads.submit(() -> {
                    try {
                        wish.call();
                        return Optional.empty();
                    } catch (ProblemException e) {
                        return Optional.of(e.type());
                    }
                }));
            }
            List<Optional<ProblemType>> all = new ArrayList<>();
            for (Future<Optional<ProblemType>> answer : answers) {
                all.add(answer.get());
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Callable<?>> times(int count, java.util.function.IntFunction<Callable<?>> wish) {
        List<Callable<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(wish.apply(i));
        }
        return all;
    }

    private static long accepted(List<Optional<ProblemType>> answers) {
        return answers.stream().filter(Optional::isEmpty).count();
    }

    @Test
    void fiftyDeploysOfOneNameMakeOneServer() throws Exception {
        try (Cloud cloud = new Cloud("names").furnished()) {
            List<Optional<ProblemType>> answers =
                    atOnce(times(50, i -> () -> cloud.submit(cloud.user, Cloud.wish("web"))));

            assertEquals(1, accepted(answers));
            assertEquals(
                    49,
                    answers.stream()
                            .filter(Optional.of(Problem.NAME_TAKEN)::equals)
                            .count());
            cloud.house.work();
            assertEquals(1, cloud.servers().size());
            assertEquals(1, cloud.count("select count(*) from net_port"));
        }
    }

    @Test
    void parallelDeploysGetDifferentAddressesAndNoHostMoreThanItHas() throws Exception {
        try (Cloud cloud = new Cloud("room")
                .furnished(
                        Map.of(
                                "hosts",
                                "[{\"name\":\"a\",\"cpus\":2,\"memoryMiB\":8192},{\"name\":\"b\",\"cpus\":2,\"memoryMiB\":8192}]"))) {
            // memory is given out once: four servers of 2 GiB on each host
            List<Optional<ProblemType>> answers =
                    atOnce(times(12, i -> () -> cloud.submit(cloud.user, Cloud.wish("web-" + i))));
            assertEquals(12, accepted(answers));

            runOnThreads(cloud);

            List<ServerView> running = cloud.servers().stream()
                    .filter(server -> server.state() == ServerState.RUNNING)
                    .toList();
            assertEquals(8, running.size());
            assertEquals(
                    4,
                    cloud.servers().stream()
                            .filter(server -> server.state() == ServerState.FAILED)
                            .count());
            Set<String> addresses = new HashSet<>();
            running.forEach(server -> addresses.addAll(server.addresses()));
            assertEquals(8, addresses.size());
            assertEquals(8192, cloud.count("select min(used_memory_mib) from loc_host"));
            assertEquals(8192, cloud.count("select max(used_memory_mib) from loc_host"));
        }
    }

    /** Several workers of one database, as fast as they can. */
    private static void runOnThreads(Cloud cloud) throws Exception {
        Worker worker = cloud.house.operations.worker();
        List<Optional<ProblemType>> ended = atOnce(times(4, i -> worker::runUntilIdle));
        assertEquals(4, accepted(ended));
        cloud.house.clock.advance(java.time.Duration.ofMinutes(1));
        cloud.house.work();
    }

    @Test
    void serversThatMustBeApartAreApartAlsoWhenPlacedAtOnce() throws Exception {
        try (Cloud cloud = new Cloud("apart").furnished()) {
            Placement apart = new Placement(
                    Strategy.SPREAD, Set.of(), Optional.of(new Group(new Name("db"), GroupRule.APART, true)));
            atOnce(times(4, i -> () -> cloud.submit(cloud.user, Cloud.wish("db-" + i, apart))));

            runOnThreads(cloud);

            List<ServerView> running = cloud.servers().stream()
                    .filter(server -> server.state() == ServerState.RUNNING)
                    .toList();
            assertEquals(2, running.size());
            assertEquals(2, running.stream().map(ServerView::host).distinct().count());
        }
    }

    @Test
    void overlappingNetworksAskedForAtOnceMakeOne() throws Exception {
        try (Cloud cloud = new Cloud("overlap").furnished()) {
            List<Optional<ProblemType>> answers = atOnce(times(
                    20,
                    i -> () -> cloud.submit(
                            cloud.user,
                            new CreateNetwork(
                                    Cloud.ACME,
                                    new Name("net-" + i),
                                    Cloud.HERE,
                                    Cidr.of("10.9.0.0/16"),
                                    false,
                                    true,
                                    Map.of()))));

            assertEquals(1, accepted(answers));
            assertEquals(
                    19,
                    answers.stream()
                            .filter(Optional.of(NetworkProblem.OVERLAP)::equals)
                            .count());
        }
    }
}
