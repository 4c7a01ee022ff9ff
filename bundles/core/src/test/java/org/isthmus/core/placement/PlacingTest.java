// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.Placement;
import org.isthmus.api.server.Servers.Strategy;
import org.isthmus.core.placement.Placing.Candidate;
import org.isthmus.core.placement.Placing.Ranking;
import org.isthmus.core.placement.Placing.Wish;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.Test;

final class PlacingTest {
    private static final Ids IDS = new Ids(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), new Random(1));
    private static final LocationId LOCATION = IDS.location();
    private static final EndpointId ENDPOINT = IDS.endpoint();
    private static final Overcommit ONCE = new Overcommit(100, 100, 100);

    /** A host of 10 CPUs, 10,000 MiB and 1,000 GiB, to be changed. */
    private static final class Host {
        private final String name;
        private int usedCpus;
        private long usedMemory;
        private long usedDisk;
        private Overcommit overcommit = ONCE;
        private Set<String> tags = Set.of();
        private boolean available = true;
        private boolean maintenance;
        private Optional<String> trouble = Optional.empty();
        private Optional<String> refused = Optional.empty();
        private int members;

        Host(String name) {
            this.name = name;
        }

        static Host named(String name) {
            return new Host(name);
        }

        Host using(int cpus, long memory, long disk) {
            usedCpus = cpus;
            usedMemory = memory;
            usedDisk = disk;
            return this;
        }

        Host overcommitted(int cpu, int memory, int disk) {
            overcommit = new Overcommit(cpu, memory, disk);
            return this;
        }

        Host tagged(String... carries) {
            tags = Set.of(carries);
            return this;
        }

        Host inMaintenance() {
            maintenance = true;
            return this;
        }

        Host away() {
            available = false;
            return this;
        }

        Host troubled(String by) {
            trouble = Optional.of(by);
            return this;
        }

        Host refusing(String because) {
            refused = Optional.of(because);
            return this;
        }

        Host withMembers(int count) {
            members = count;
            return this;
        }

        Candidate candidate() {
            return new Candidate(
                    new HostView(
                            IDS.host(),
                            name,
                            LOCATION,
                            ENDPOINT,
                            10,
                            10_000,
                            1_000,
                            usedCpus,
                            usedMemory,
                            usedDisk,
                            overcommit,
                            tags,
                            available,
                            maintenance,
                            available ? "" : "power supply",
                            Instant.EPOCH,
                            "test",
                            1),
                    trouble,
                    members,
                    refused);
        }
    }

    private static Ranking rank(Placement placement, Host... hosts) {
        List<Candidate> candidates = new ArrayList<>();
        for (Host host : hosts) {
            candidates.add(host.candidate());
        }
        int groupSize = candidates.stream().mapToInt(Candidate::members).sum();
        return Placing.rank(new Wish(2, 1_000, 50, placement), candidates, groupSize);
    }

    private static List<String> names(Ranking ranking) {
        return ranking.ranked().stream().map(HostView::name).toList();
    }

    private static String whyNot(Ranking ranking) {
        return ranking.whyNots().get(0).reason();
    }

    private static Placement group(GroupRule rule, boolean strict) {
        return new Placement(Strategy.SPREAD, Set.of(), Optional.of(new Group(new Name("db"), rule, strict)));
    }

    @Test
    void spreadTakesTheEmptiestFirst() {
        Ranking ranking = rank(
                Placement.DEFAULT,
                Host.named("full").using(6, 1_000, 0),
                Host.named("empty"),
                Host.named("half").using(3, 1_000, 0));

        assertEquals(List.of("empty", "half", "full"), names(ranking));
    }

    @Test
    void packTakesTheFullestThatStillHasRoom() {
        Placement pack = new Placement(Strategy.PACK, Set.of(), Optional.empty());

        Ranking ranking = rank(
                pack,
                Host.named("empty"),
                Host.named("full").using(9, 0, 0),
                Host.named("nearly").using(8, 0, 0));

        assertEquals(List.of("nearly", "empty"), names(ranking));
        assertEquals("it has 1 of 10 CPUs left (overcommit 100 %), and 2 are wanted.", whyNot(ranking));
    }

    @Test
    void fullnessIsThatOfTheScarcestPart() {
        Ranking ranking = rank(
                Placement.DEFAULT,
                Host.named("no-memory").using(0, 8_000, 0),
                Host.named("few-cpus").using(5, 0, 0));

        assertEquals(List.of("few-cpus", "no-memory"), names(ranking));
    }

    @Test
    void equalHostsAreTakenByName() {
        assertEquals(
                List.of("a", "b", "c"),
                names(rank(Placement.DEFAULT, Host.named("c"), Host.named("a"), Host.named("b"))));
    }

    @Test
    void memoryAndDiskCountToo() {
        assertTrue(whyNot(rank(Placement.DEFAULT, Host.named("a").using(0, 9_500, 0)))
                .contains("MiB of memory"));
        assertTrue(whyNot(rank(Placement.DEFAULT, Host.named("a").using(0, 0, 960)))
                .contains("GiB of disk"));
    }

    @Test
    void overcommitGivesOutMoreOrLessThanThereIs() {
        assertEquals(
                List.of("a"),
                names(rank(Placement.DEFAULT, Host.named("a").using(18, 0, 0).overcommitted(200, 100, 100))));
        assertEquals(
                List.of(),
                names(rank(Placement.DEFAULT, Host.named("a").using(19, 0, 0).overcommitted(200, 100, 100))));
        assertEquals(
                List.of(),
                names(rank(Placement.DEFAULT, Host.named("a").using(4, 0, 0).overcommitted(50, 100, 100))));
    }

    @Test
    void aHostThatIsFilledExactlyHasRoom() {
        assertEquals(List.of("a"), names(rank(Placement.DEFAULT, Host.named("a").using(8, 9_000, 950))));
    }

    @Test
    void hostTagsMustAllBeCarried() {
        Placement both = new Placement(Strategy.SPREAD, Set.of("gpu", "ssd"), Optional.empty());

        Ranking ranking =
                rank(both, Host.named("a").tagged("gpu"), Host.named("b").tagged("gpu", "ssd", "x"));

        assertEquals(List.of("b"), names(ranking));
        assertEquals("it lacks the host tags ssd.", whyNot(ranking));
    }

    @Test
    void maintenanceAbsenceAndTroubleAreReasons() {
        Ranking ranking = rank(
                Placement.DEFAULT,
                Host.named("a").inMaintenance(),
                Host.named("b").away(),
                Host.named("c").troubled("its endpoint is down."),
                Host.named("d").refusing("it said it was full."));

        assertEquals(List.of(), names(ranking));
        assertEquals(
                "No host will do. a: it is in maintenance. b: it is not available: power supply c: its endpoint is"
                        + " down. d: it said it was full.",
                ranking.reason());
    }

    @Test
    void onlyHostsThatWouldDoAreWaitedFor() {
        Ranking ranking = rank(
                Placement.DEFAULT,
                Host.named("a").troubled("its endpoint is down."),
                Host.named("b").troubled("its endpoint is down.").using(10, 0, 0),
                Host.named("c").inMaintenance());

        assertEquals(
                List.of("a"), ranking.waiting().stream().map(HostView::name).toList());
        assertEquals(3, ranking.whyNots().size());
    }

    @Test
    void strictlyApartLeavesOutHostsOfTheGroup() {
        Ranking ranking = rank(
                group(GroupRule.APART, true),
                Host.named("a").withMembers(1),
                Host.named("b").using(7, 0, 0));

        assertEquals(List.of("b"), names(ranking));
        assertEquals("a server of the group db is on it, and they must be apart.", whyNot(ranking));
    }

    @Test
    void preferablyApartTakesHostsOfTheGroupLast() {
        Ranking ranking = rank(
                group(GroupRule.APART, false),
                Host.named("a").withMembers(2),
                Host.named("b").withMembers(1).using(7, 0, 0),
                Host.named("c").using(8, 0, 0));

        assertEquals(List.of("c", "b", "a"), names(ranking));
    }

    @Test
    void strictlyTogetherTakesOnlyHostsOfTheGroup() {
        Ranking ranking = rank(
                group(GroupRule.TOGETHER, true), Host.named("a").withMembers(1).using(5, 0, 0), Host.named("b"));

        assertEquals(List.of("a"), names(ranking));
    }

    @Test
    void theFirstOfAGroupMayGoAnywhere() {
        assertEquals(List.of("a", "b"), names(rank(group(GroupRule.TOGETHER, true), Host.named("a"), Host.named("b"))));
    }

    @Test
    void preferablyTogetherGoesElsewhereWhenTheGroupsHostIsFull() {
        Ranking ranking = rank(
                group(GroupRule.TOGETHER, false), Host.named("a").withMembers(3).using(9, 0, 0), Host.named("b"));

        assertEquals(List.of("b"), names(ranking));
    }

    @Test
    void withoutHostsTheReasonSaysSo() {
        assertEquals("The location has no hosts.", rank(Placement.DEFAULT).reason());
    }

    @Test
    void theReasonOfAThousandHostsIsCutShort() {
        Host[] hosts = new Host[1000];
        for (int i = 0; i < hosts.length; i++) {
            hosts[i] = Host.named("host-" + i).inMaintenance();
        }

        String reason = rank(Placement.DEFAULT, hosts).reason();

        assertTrue(reason.length() < 3_500, reason);
        assertTrue(reason.endsWith("more."), reason);
    }
}
