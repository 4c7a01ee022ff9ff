// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who may do what with whose things: every operation that is published, as everybody who holds a role that ships, is what
 * docs/guides/access-table.md says; {@code -Dguide.write=true} writes it anew. What is another organization's answers as what
 * is not there.
 */
@ExtendWith(Journey.class)
final class AccessTableTest {
    private static final Path GUIDE = Path.of("../../docs/guides/access-table.md");
    private static final Set<String> TIMED = Set.of("getServer", "startServer", "listNetworks", "getOperation");
    private static final int PAIRS = 150;
    private static final int TRIES = 3;
    /** Far more than what the order of two requests makes of them, far less than a look into the database that the other has not. */
    private static final double FACTOR = 1.5;

    private static AccessWorld world;
    private static List<Published> operations;
    private static AccessTable asked;
    private static final Map<String, Optional<String>> VERSIONS = new ConcurrentHashMap<>();

    @BeforeAll
    static void settle(Platform platform) {
        operations = Published.all(platform);
        world = new AccessWorld(platform);
    }

    @AfterAll
    static void leave() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void whatIsAnotherOrganizationsAnswersAsWhatIsNotThere() {
        List<Callable<List<String>>> work = new ArrayList<>();
        for (String role : List.of("organization-admin", "vpn-user")) {
            for (boolean everywhere : List.of(true, false)) {
                work.add(() -> world.as(role, everywhere, AccessTableTest::telling));
            }
        }

        List<String> telling = world.all(work).stream().flatMap(List::stream).toList();

        assertEquals("", String.join("\n", telling));
    }

    private static List<String> telling(Holder holder) {
        return operations.stream()
                .filter(operation -> Asks.of(operation).places().contains(Where.FOREIGN))
                .flatMap(operation -> telling(operation, holder).stream())
                .toList();
    }

    /** Where the answers about another organization's thing and about nothing differ. */
    private static List<String> telling(Published operation, Holder holder) {
        List<String> telling = new ArrayList<>();
        String abroad = holder.things().get(Where.FOREIGN).get("organization");
        for (Belongings foreign : reached(operation, holder, Where.FOREIGN)) {
            Belongings nothing = foreign.replaced(id -> nobodys(id, holder));
            Answer real = Asks.of(operation).send(operation, holder, foreign, ifMatch(operation, Optional.of("\"1\"")));
            Answer absent =
                    Asks.of(operation).send(operation, holder, nothing, ifMatch(operation, Optional.of("\"1\"")));
            if (foreign.path(operation.path()).contains(abroad) && real.status() != 404) {
                telling.add(operation + " as " + holder + ": " + real.status() + " " + real.text() + " is no 404");
            }
            String shown = shape(real, foreign);
            String hidden = shape(absent, nothing);
            if (!shown.equals(hidden)
                    || !real.headers()
                            .map()
                            .keySet()
                            .equals(absent.headers().map().keySet())) {
                telling.add(operation + " as " + holder + ": " + shown + " is not " + hidden);
            }
        }
        return telling;
    }

    private static Optional<String> ifMatch(Published operation, Optional<String> version) {
        return version.filter(any -> operation.changes() && operation.takes("If-Match"));
    }

    /** An id like this that nobody has; the caller's own organization stays what it is. */
    private static String nobodys(String id, Holder holder) {
        if (id.equals(holder.things().get(Where.WHOLE).get("organization"))) {
            return id;
        }
        return id.matches("\\d+")
                ? "999999999"
                : id.replaceAll("_[0-9a-f]{8}-[0-9a-f-]{27}$", "_00000000-0000-7000-8000-0000000000aa");
    }

    /** An answer without what was asked for and the number of the request. */
    private static String shape(Answer answer, Belongings about) {
        ObjectNode body = answer.body().isObject() ? ((ObjectNode) answer.body()).deepCopy() : Api.json();
        // the status is in front
        body.remove(List.of("instance", "requestId", "status"));
        return answer.status() + " " + about.hidden(body.toString());
    }

    @Test
    void anotherOrganizationsThingTakesNoOtherTimeThanWhatIsNotThere() {
        world.as("organization-admin", true, holder -> {
            for (Published operation : operations) {
                if (TIMED.contains(operation.id())) {
                    reached(operation, holder, Where.FOREIGN).forEach(foreign -> sameTime(operation, holder, foreign));
                }
            }
            return true;
        });
    }

    /** A moment's noise may spoil a measurement; what tells something tells it every time. */
    private static void sameTime(Published operation, Holder holder, Belongings foreign) {
        Belongings nothing = foreign.replaced(id -> nobodys(id, holder));
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            long[] real = new long[PAIRS];
            long[] absent = new long[PAIRS];
            for (int pair = 0; pair < PAIRS; pair++) {
                // each first in turn
                if (pair % 2 == 0) {
                    real[pair] = nanos(operation, holder, foreign);
                    absent[pair] = nanos(operation, holder, nothing);
                } else {
                    absent[pair] = nanos(operation, holder, nothing);
                    real[pair] = nanos(operation, holder, foreign);
                }
            }
            double factor = median(real) / (double) median(absent);
            if (factor < FACTOR && factor > 1 / FACTOR) {
                return;
            }
            seen.add("%d to %d µs".formatted(median(real) / 1000, median(absent) / 1000));
        }
        throw new AssertionError(operation + " takes another time when it is there: medians " + seen);
    }

    private static long nanos(Published operation, Holder holder, Belongings about) {
        long from = System.nanoTime();
        Asks.of(operation).send(operation, holder, about, Optional.empty()).must(404);
        return System.nanoTime() - from;
    }

    private static long median(long[] times) {
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    @Test
    void everyOperationIsAllowedToEveryRoleWhereTheTableSaysSo() throws IOException {
        List<String> gone = new ArrayList<>(Asks.ids());
        operations.forEach(operation -> gone.remove(operation.id()));
        assertEquals(List.of(), gone, "What is not published any more has no line in Asks");

        String guide = Files.readString(GUIDE);
        String written = table().in(guide, operations);
        if (Boolean.getBoolean("guide.write")) {
            Files.writeString(GUIDE, written);
            return;
        }

        assertTrue(
                written.equals(guide),
                () -> "docs/guides/access-table.md says something else than what is so:\n"
                        + AccessTable.difference(guide, written)
                        + "\nIf that is meant: run with -Dguide.write=true and look at it.");
    }

    @Test
    void whoeverIsAllowedSomethingHasTheActionThatIsPublishedForIt() {
        List<String> wrong = new ArrayList<>();
        for (Published operation : operations) {
            Optional<String> action = operation.action().filter(key -> !key.equals("own.account"));
            world.roles().forEach((role, actions) -> {
                Set<Where> where = new TreeSet<>(table().everywhere(role, operation));
                // everybody may see their own account
                where.remove(Where.OWN);
                if (action.isPresent() && actions.contains(action.get()) == where.isEmpty()) {
                    wrong.add(operation + " needs " + action.get() + ", which " + role
                            + (where.isEmpty() ? " has, but is refused" : " lacks, but is allowed: " + where));
                }
            });
        }

        assertEquals("", String.join("\n", wrong));
    }

    /** Everything is asked once. */
    private static synchronized AccessTable table() {
        if (asked == null) {
            List<Callable<AccessTable.Column>> work = new ArrayList<>();
            for (String role : world.roles().keySet()) {
                work.add(() -> world.as(role, true, AccessTableTest::column));
                if (AccessWorld.partly(role)) {
                    work.add(() -> world.as(role, false, AccessTableTest::column));
                }
            }
            asked = new AccessTable(world.roles().keySet(), world.all(work));
        }
        return asked;
    }

    /** Where somebody is allowed each operation. */
    private static AccessTable.Column column(Holder holder) {
        Map<String, Set<Where>> allowed = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        for (Published operation : operations) {
            Ask ask = Asks.of(operation);
            Set<Where> where = new TreeSet<>();
            for (Where each : ask.places()) {
                for (Belongings about : reached(operation, holder, each)) {
                    try {
                        Answer answer = ask.send(operation, holder, about, version(operation, about));
                        if (ask.allowed(answer, about)) {
                            where.add(each);
                        }
                    } catch (AssertionError e) {
                        wrong.add(operation.id() + " as " + holder + ": " + e.getMessage());
                    }
                }
            }
            allowed.put(operation.id(), where);
        }
        assertEquals("", String.join("\n", wrong));
        return new AccessTable.Column(holder.role(), holder.everywhere(), allowed);
    }

    /** What it is asked about; another organization's thing also below the caller's own organization. */
    private static List<Belongings> reached(Published operation, Holder holder, Where where) {
        Belongings there = holder.things().get(where);
        if (where != Where.FOREIGN || !operation.leadsInto()) {
            return List.of(there);
        }
        return List.of(
                there,
                there.with("organization", holder.things().get(Where.WHOLE).get("organization")));
    }

    /** The version of what is to be changed, as whoever sees it reads it. */
    private static Optional<String> version(Published operation, Belongings about) {
        if (!operation.changes() || !operation.takes("If-Match")) {
            return Optional.empty();
        }
        return VERSIONS.computeIfAbsent(about.path(operation.path()), path -> {
            Answer read = about.administrator().get(path);
            return Optional.of(read.status() == 200 ? read.tag() : "\"1\"");
        });
    }
}
