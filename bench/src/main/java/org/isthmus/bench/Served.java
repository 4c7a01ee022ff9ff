// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** What is measured over HTTP, of a controller in a process of its own. */
final class Served {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration REST = Duration.ofSeconds(5);
    private static final int SMALL = 200;
    private static final int CLIENTS = 8;
    private static final Set<Figure> STARTS = Set.of(Figure.COLD, Figure.WARM);
    private static final Set<Figure> GETS = Set.of(Figure.GET_1, Figure.GET_8, Figure.GET_1_NEW, Figure.GET_8_NEW);
    private static final Set<Figure> AT_REST = Set.of(
            Figure.CREATE, Figure.CREATES, Figure.LIST_200, Figure.LIST_1000, Figure.LOGIN, Figure.PAGE, Figure.RSS);

    private final Path home;
    private final Path base;
    private final Database database;
    private final Effort effort;
    private final Set<Figure> wanted;
    private final Consumer<Result> told;

    Served(Path home, Path base, Database database, Effort effort, Set<Figure> wanted, Consumer<Result> told) {
        this.home = home;
        this.base = base;
        this.database = database;
        this.effort = effort;
        this.wanted = wanted;
        this.told = told;
    }

    void measure() throws Exception {
        boolean serving = wanted.stream().anyMatch(figure -> GETS.contains(figure) || AT_REST.contains(figure));
        if (serving || wanted.stream().anyMatch(STARTS::contains)) {
            starts();
        }
        if (serving) {
            try (Controller controller = Controller.fresh(home, base, database)) {
                controller.start();
                serve(new Estate(controller));
            }
        }
    }

    private boolean want(Figure figure) {
        return wanted.contains(figure);
    }

    private void tell(Figure figure, Optional<Integer> servers, List<Samples> rounds) {
        told.accept(Result.of(figure, database.kind(), servers, rounds));
    }

    private void starts() throws IOException {
        if (wanted.stream().noneMatch(STARTS::contains)) {
            return;
        }
        List<Double> cold = new ArrayList<>();
        List<Double> warm = new ArrayList<>();
        for (int round = 0; round < effort.starts(); round++) {
            try (Controller controller = Controller.fresh(home, base, database)) {
                cold.add(controller.start());
                controller.stop();
                warm.add(controller.start());
            }
        }
        told.accept(Result.reading(Figure.COLD, database.kind(), Optional.empty(), cold));
        told.accept(Result.reading(Figure.WARM, database.kind(), Optional.empty(), warm));
    }

    private void serve(Estate estate) throws Exception {
        estate.furnish();
        memory(estate, 0);
        estate.organization("small", SMALL);
        // warm: what the first servers cost is the compiler's
        int size = effort.many();
        estate.organization("warm", size);
        creates(estate, "warm", size);
        if (want(Figure.CREATES)) {
            List<Samples> rounds = new ArrayList<>();
            for (int round = 0; round < effort.rounds(); round++) {
                estate.organization("round-" + round, size);
                rounds.add(creates(estate, "round-" + round, size));
            }
            tell(Figure.CREATES, Optional.empty(), rounds);
        }
        if (want(Figure.CREATE) || want(Figure.LIST_200)) {
            create(estate, "small", effort.creates(), Optional.of(size));
        }
        list(estate, Figure.LIST_200, "small", "?limit=1000", effort.creates(), Optional.empty());
        list(estate, Figure.LIST_1000, "warm", "?limit=1000", size, Optional.empty());
        list(estate, Figure.PAGE, "warm", "?limit=100", Math.min(100, size), Optional.of(size));
        for (Figure figure : GETS) {
            gets(estate, figure, "warm", Optional.empty());
        }
        login(estate);
        memory(estate, size);
        crowds(estate);
    }

    private void memory(Estate estate, int servers) throws IOException {
        if (want(Figure.RSS)) {
            Estate.rest(effort.rounds() == 1 ? Duration.ZERO : REST);
            told.accept(Result.reading(
                    Figure.RSS,
                    database.kind(),
                    Optional.of(servers),
                    List.of(estate.controller().residentMegabytes())));
        }
    }

    private Samples creates(Estate estate, String organization, int count) throws Exception {
        return Load.run(CLIENTS, count, estate.controller()::cpuMicros, () -> new Load.Client() {
            private final Wire wire = estate.wire(organization);

            @Override
            public void run(int number) throws IOException {
                Estate.create(wire, organization, "s-" + number, number, count);
            }

            @Override
            public void close() throws IOException {
                wire.close();
            }
        });
    }

    /** Rounds of creates by one client. */
    private void create(Estate estate, String organization, int count, Optional<Integer> servers) throws Exception {
        List<Samples> rounds = new ArrayList<>();
        int each = (count + effort.rounds() - 1) / effort.rounds();
        int first = 0;
        while (first < count) {
            int from = first;
            int many = Math.min(each, count - first);
            String prefix = servers.map(there -> "at-" + there + "-").orElse("at-");
            rounds.add(Load.run(1, many, estate.controller()::cpuMicros, () -> new Load.Client() {
                private final Wire wire = estate.wire(organization);

                @Override
                public void run(int number) throws IOException {
                    Estate.create(wire, organization, prefix + (from + number), from + number, SMALL);
                }

                @Override
                public void close() throws IOException {
                    wire.close();
                }
            }));
            first += many;
        }
        if (want(Figure.CREATE)) {
            tell(Figure.CREATE, servers, rounds);
        }
    }

    private void list(
            Estate estate, Figure figure, String organization, String query, int items, Optional<Integer> servers)
            throws Exception {
        if (!want(figure)) {
            return;
        }
        try (Wire wire = estate.wire(organization)) {
            int seen = JSON.readTree(wire.send(wire.get(Estate.servers(organization) + query))
                            .body())
                    .path("items")
                    .size();
            if (seen != items) {
                throw new IllegalStateException(figure + " is of " + items + " servers, not of " + seen);
            }
        }
        int count = Math.max(1, effort.requests() / 20);
        requests(estate, figure, 1, count, organization, Estate.servers(organization) + query, true, servers);
    }

    private void gets(Estate estate, Figure figure, String organization, Optional<Integer> servers) throws Exception {
        if (!want(figure)) {
            return;
        }
        int clients = figure == Figure.GET_8 || figure == Figure.GET_8_NEW ? CLIENTS : 1;
        boolean kept = figure == Figure.GET_1 || figure == Figure.GET_8;
        String path = Estate.servers(organization) + "/s-0";
        requests(estate, figure, clients, effort.requests(), organization, path, kept, servers);
    }

    /** Rounds of the same GET, after one that does not count. */
    private void requests(
            Estate estate,
            Figure figure,
            int clients,
            int count,
            String organization,
            String path,
            boolean kept,
            Optional<Integer> servers)
            throws Exception {
        List<Samples> rounds = new ArrayList<>();
        for (int round = 0; round <= effort.rounds(); round++) {
            Samples samples = Load.run(clients, count, estate.controller()::cpuMicros, () -> new Load.Client() {
                private final Wire wire = estate.wire(organization);
                private final byte[] request =
                        kept ? wire.get(path) : wire.request("GET", path, "Connection: close\r\n", new byte[0]);

                @Override
                public void run(int number) throws IOException {
                    Wire.Answer answer = wire.send(request);
                    if (answer.status() != 200) {
                        throw new IllegalStateException(path + ": " + answer.status() + " " + answer.text());
                    }
                }

                @Override
                public void close() throws IOException {
                    wire.close();
                }
            });
            if (round > 0) {
                rounds.add(samples);
            }
        }
        tell(figure, servers, rounds);
    }

    private void login(Estate estate) throws Exception {
        if (!want(Figure.LOGIN)) {
            return;
        }
        List<Samples> rounds = new ArrayList<>();
        for (int round = 0; round < effort.rounds(); round++) {
            rounds.add(Load.run(1, Math.max(1, effort.requests() / 200), estate.controller()::cpuMicros, () -> {
                Wire wire = estate.wire("small");
                byte[] request = Estate.login(wire, "small");
                return number -> {
                    Wire.Answer answer = wire.send(request);
                    if (answer.status() != 201) {
                        throw new IllegalStateException("Login: " + answer.status() + " " + answer.text());
                    }
                };
            }));
        }
        tell(Figure.LOGIN, Optional.empty(), rounds);
    }

    /** The curves: the same things with more and more servers. */
    private void crowds(Estate estate) throws Exception {
        if (!want(Figure.CREATE) && !want(Figure.PAGE) && !want(Figure.RSS)) {
            return;
        }
        int there = effort.many();
        for (int size : effort.crowds()) {
            estate.controller().stop();
            try (EmbeddedDatabase opened = database.open(base)) {
                new Crowd(estate.ledger(), "warm").grow(opened, "s-0", there, size);
            }
            database.settle();
            there = size;
            estate.controller().start();
            Optional<Integer> servers = Optional.of(size);
            creates(estate, size);
            list(estate, Figure.PAGE, "warm", "?limit=100", Math.min(100, size), servers);
            gets(estate, Figure.GET_8, "warm", servers);
            memory(estate, size);
        }
    }

    private void creates(Estate estate, int servers) throws Exception {
        if (want(Figure.CREATE)) {
            // it was started anew: as warm as it was at the smaller number
            String warm = "warm-at-" + servers;
            estate.organization(warm, effort.many());
            creates(estate, warm, effort.many());
            String organization = "at-" + servers;
            estate.organization(organization, SMALL);
            create(estate, organization, Math.max(1, effort.creates() / 2), Optional.of(servers));
        }
    }
}
